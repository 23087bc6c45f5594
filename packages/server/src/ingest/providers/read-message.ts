import type { Provider, Rejection } from '@lastgasp/model';
import {
  bodyText,
  firstBytes,
  keptBody,
  MAX_JSON_BYTES,
  MAX_SOAP_BYTES,
  tooLarge,
} from '../reading/body-text.ts';
import {
  type Carried,
  type FoundMessage,
  looksLikeXml,
  MAX_BATCH,
  unwrapEnvelopes,
} from '../reading/envelope.ts';
import type { JsonObject } from '../reading/json-object.ts';
import { nodeName } from '../reading/message-node.ts';
import { reject } from '../reading/reject.ts';
import { parseStrictJson } from '../reading/strict-json.ts';
import { readCallCenterMessage } from './call-center/read-call-center-message.ts';
import { withCarried } from './carried.ts';
import { normaliseKaifaJson } from './kaifa/normalise-kaifa-json.ts';
import { readKaifaMessage } from './kaifa/read-kaifa-message.ts';
import { readSoapEnvelope } from './kaifa/read-soap-envelope.ts';
import { readOnuMessage } from './onu/read-onu-message.ts';
import { readScadaMessage } from './scada/read-scada-message.ts';
import { joined, MAX_WRITTEN_CHARACTERS, type ReadMessage, refuse, within } from './set-aside.ts';

export type { Carried } from '../reading/envelope.ts';
export type { ReadMessage, SetAside } from './set-aside.ts';

/** A Kafka envelope around a SOAP string: the string's limit, and as much again for JSON's escapes. */
const MAX_KAIFA_JSON_BYTES = 2 * MAX_SOAP_BYTES;

/** One of these keys tells a message of the provider from an envelope; no envelope has one of them. */
const MARKS: Readonly<Record<Provider, readonly string[]>> = {
  scada: ['eventType', 'substationId'],
  onu: ['onuId', 'type'],
  kaifa: ['header', 'payload'],
  'call-center': ['ticketId', 'customer'],
};

const READERS = {
  scada: readScadaMessage,
  onu: readOnuMessage,
  'call-center': readCallCenterMessage,
} as const;

/**
 * The events in one message of a provider, whatever way it came: bytes or text as received, or JSON already parsed (from
 * a recorded file). It may be bare or in one of the Kafka envelopes, a JSON array of either, or, from the meters'
 * head-end, a SOAP envelope with many events. `carried` is what the request around the body says (the header
 * `X-SCADA-Source`). Checks everything that the database would refuse, so that a batch never fails for one message; what
 * is refused is in `rejected` and hinders nothing else. Never throws; an unreadable message gives one rejection.
 */
export function readMessage(
  provider: Provider,
  body: Uint8Array | string | object,
  carried: Carried = {},
): ReadMessage {
  try {
    if (typeof body === 'string' || body instanceof Uint8Array) return readBody(provider, body, carried);
    const text = writtenJson(body);
    return text === null ? refuse(notJson(), '') : readBody(provider, text, carried);
  } catch (cause) {
    // A bug in a reader must cost one message, not the stream: in a Kafka partition it would stop all that follow.
    const fault = (cause instanceof Error ? cause.message : 'unknown').replace(/[^ -~]/g, '?').slice(0, 200);
    const rejection = reject('unreadable', null, `The reader failed: ${fault}.`);
    const kept = typeof body === 'string' || body instanceof Uint8Array ? body : (writtenJson(body) ?? '');
    return refuse(rejection, keptBody(kept, rejection, maxBytesOf(provider)));
  }
}

function readBody(provider: Provider, body: Uint8Array | string, carried: Carried): ReadMessage {
  const maxBytes = maxBytesOf(provider);
  const decoded = bodyText(body, maxBytes);
  if (!decoded.ok) return refuse(decoded.error, keptBody(body, decoded.error, maxBytes));
  const text = decoded.value;
  if (looksLikeXml(text)) return readXmlText(provider, text);
  const parsed = parseStrictJson(text);
  if (!parsed.ok) return refuse(parsed.error, text);

  const found = unwrapEnvelopes(parsed.value, (value) => isMessageOf(provider, value), carried);
  if (found.length > MAX_BATCH) {
    const complaint = `The message holds ${found.length} messages; at most ${MAX_BATCH} are taken.`;
    return refuse(reject('too_large', null, complaint), text);
  }
  const reads: ReadMessage[] = [];
  let characters = 0;
  for (const one of found) {
    const read = one.ok
      ? readFound(provider, one.value, text.length)
      : refuse(
          one.error.rejection,
          one.error.element === undefined ? text : JSON.stringify(one.error.element),
        );
    reads.push(read);
    characters += charactersOf(read);
    if (characters > MAX_WRITTEN_CHARACTERS) {
      const complaint = `The message repeats so much that it becomes more than ${MAX_WRITTEN_CHARACTERS} characters.`;
      return refuse(reject('too_large', null, complaint), text);
    }
  }
  return reads.length === 1 ? reads[0]! : joined(reads);
}

function charactersOf({ events, rejected }: ReadMessage): number {
  return (
    events.reduce((sum, event) => sum + event.length, 0) +
    rejected.reduce((sum, { payload }) => sum + payload.length, 0)
  );
}

/** One message without its wrapping; `bodyLength` is that of the JSON which it was found in. */
function readFound(provider: Provider, found: FoundMessage, bodyLength: number): ReadMessage {
  const { content, carried, prefix } = found;
  if (typeof content === 'string') return within(prefix, readXmlText(provider, content));
  const message = withCarried(provider, content, carried);
  if (provider === 'kaifa') {
    // The larger limit of this provider is for SOAP in an envelope, not for JSON.
    if (bodyLength > MAX_JSON_BYTES) return refuseTooLarge(JSON.stringify(message), MAX_JSON_BYTES);
    return within(
      prefix,
      readKaifaMessage(normaliseKaifaJson(message), () => JSON.stringify(message)),
    );
  }
  const read = READERS[provider](message);
  if (read.ok) {
    return { events: [JSON.stringify(read.value.message)], subjects: [read.value.subject], rejected: [] };
  }
  const rejection = isMessageOf(provider, message) ? read.error : neither(read.error);
  return within(prefix, refuse(rejection, JSON.stringify(message)));
}

function readXmlText(provider: Provider, text: string): ReadMessage {
  if (provider !== 'kaifa') {
    return refuse(reject('invalid_json', null, 'The message is XML; this provider sends JSON.'), text);
  }
  if (Buffer.byteLength(text) > MAX_SOAP_BYTES) return refuseTooLarge(text, MAX_SOAP_BYTES);
  // Strictly nothing may stand before an XML declaration; templates of senders put a line end there.
  const envelope = readSoapEnvelope(text.trimStart());
  if (!envelope.ok) return refuse(envelope.error, text);
  return joined(envelope.value.map((parts) => readKaifaMessage(parts, () => text)));
}

function isMessageOf(provider: Provider, value: JsonObject): boolean {
  if (provider !== 'kaifa') return MARKS[provider].some((mark) => value[mark] !== undefined);
  return Object.keys(value).some((key) => MARKS.kaifa.includes(nodeName(key)));
}

/** A message with none of the provider's marks may as well have been meant as an envelope. */
function neither(rejection: Rejection): Rejection {
  return { ...rejection, reason: `${rejection.reason}, and no envelope's event or request either` };
}

function maxBytesOf(provider: Provider): number {
  return provider === 'kaifa' ? MAX_KAIFA_JSON_BYTES : MAX_JSON_BYTES;
}

function refuseTooLarge(text: string, maxBytes: number): ReadMessage {
  return refuse(tooLarge(Buffer.byteLength(text), maxBytes), firstBytes(text, maxBytes));
}

function notJson(): Rejection {
  return reject('invalid_json', null, 'The message is no value that JSON can write.');
}

/** The JSON of a parsed message; null for what JSON cannot write: cycles, functions, nesting of thousands of levels. */
function writtenJson(body: object): string | null {
  try {
    return JSON.stringify(body) ?? null;
  } catch {
    return null;
  }
}
