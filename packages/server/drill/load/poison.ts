import type { ProviderMessage } from '../../src/simulation/provider-messages.ts';

type Spoil = (body: string, mark: string) => string;

/** Ways to make a JSON message one that must be refused, each of another kind. */
const SPOILT_JSON: readonly Spoil[] = [
  (body) => body.slice(0, Math.floor(body.length * 0.6)),
  (body) => body.replace(/"timestamp":"[^"]*"/, '"timestamp":"2025-02-30T25:00:00Z"'),
  (body) => body.replace(/"timestamp":"[^"]*"/, '"timestamp":1e400'),
  (body) => body.replace(/"timestamp":"[^"]*",?/, ''),
  (body) => `${'['.repeat(5_000)}${body}`,
  (_body, mark) => `\u0000\u0001 ${mark}`,
  (_body, mark) => JSON.stringify({ hello: mark }),
];

/** The same for SOAP. */
const SPOILT_SOAP: readonly Spoil[] = [
  (body) => body.slice(0, Math.floor(body.length * 0.6)),
  (body) => body.replace('<?xml version="1.0" encoding="UTF-8"?>', '<!DOCTYPE a [<!ENTITY b "c">]>'),
  (body) => body.replace('</ns2:EndDeviceEvents>', '</ns2:Other>'),
  (_body, mark) => `<?xml version="1.0"?>${'<a>'.repeat(500)}${mark}`,
];

/** A message that resembles `message` and that no reader may take; another one for each number. */
export function poisonOf(message: ProviderMessage, nth: number): ProviderMessage {
  const ways = message.provider === 'kaifa' ? SPOILT_SOAP : SPOILT_JSON;
  const spoil = ways[nth % ways.length] as Spoil;
  return { ...message, body: spoil(message.body, `poison ${nth}`) };
}
