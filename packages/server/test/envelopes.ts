import type { Provider } from '@lastgasp/model';

const AROUND = {
  timestamp: '2025-09-24T13:51:31.555369',
  source: 'gateway',
  topic: 'some-topic',
  processed_at: '2025-09-24T13:51:31.601002',
} as const;

/** The envelope of the topics, with the provider's message as it is. */
export function kafkaEnvelope(provider: Provider, message: string | object): object {
  // The head-end's always comes as a mirrored request.
  if (typeof message === 'string') return mirroredRequest(message);
  return { ...AROUND, event: message, ...(provider === 'onu' ? { event_type: 'ONU_Event' } : {}) };
}

/** The envelope of a gateway that mirrors requests: the message is a string in the request's body. */
export function mirroredRequest(message: string | object): object {
  const body = typeof message === 'string' ? message : JSON.stringify(message);
  return {
    ...AROUND,
    request: {
      method: 'POST',
      uri: '/events',
      path: '/events',
      remote_addr: '10.0.0.7',
      user_agent: 'head-end',
      content_type: typeof message === 'string' ? 'text/xml' : 'application/json',
      content_length: String(body.length),
      body,
      headers: { 'Content-Type': 'text/xml' },
    },
  };
}
