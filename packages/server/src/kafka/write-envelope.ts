import type { Provider } from '@lastgasp/model';

/** What is told around a message on a topic. */
export interface EnvelopeContext {
  readonly topic: string;
  readonly receivedAt: Date;
}

/** The ids that the database gives a ticket without any of its own: the same from every process. */
export const intakeOf = (ticketId: string) => ({
  ticketId,
  intakeId: `INT-${ticketId}`,
  omsEventId: `OMS-${ticketId}`,
});

/**
 * A provider's event in the envelope of the topics, `{timestamp, source, event, topic, processed_at}`. `json` goes in as it is,
 * to the last digit. The ONU's has an `event_type`, the Call Center's the ids of the intake where it brings none.
 */
export function writeEventEnvelope(provider: Provider, json: string, context: EnvelopeContext): string {
  const extra: Record<string, unknown> = {};
  if (provider === 'onu') extra.event_type = 'ONU_Event';
  if (provider === 'call-center') {
    const { ticketId, intake } = JSON.parse(json) as { ticketId: string; intake?: unknown };
    const { intakeId, omsEventId } = intakeOf(ticketId);
    extra.intake = intake ?? { intakeId, omsEventId };
  }
  return wrap('event', json, context, extra);
}

/** A whole body in the envelope of a gateway that mirrors requests: `request.body` is its text. */
export function writeRequestEnvelope(body: string, path: string, context: EnvelopeContext): string {
  const request = {
    method: 'POST',
    uri: path,
    path,
    content_type: body.trimStart().startsWith('<') ? 'text/xml' : 'application/json',
    content_length: Buffer.byteLength(body),
    body,
    headers: {},
  };
  return wrap('request', JSON.stringify(request), context, {});
}

function wrap(
  key: 'event' | 'request',
  json: string,
  { topic, receivedAt }: EnvelopeContext,
  extra: Readonly<Record<string, unknown>>,
): string {
  const before = JSON.stringify({ timestamp: receivedAt.toISOString(), source: 'lastgasp', ...extra });
  const after = JSON.stringify({ topic, processed_at: new Date().toISOString() });
  return `${before.slice(0, -1)},"${key}":${json},${after.slice(1)}`;
}
