import { err, ok, type Rejection, type RejectionCode, type Result } from '@lastgasp/model';
import { MAX_JSON_BYTES } from './body-text.ts';
import { isJsonObject, type JsonObject } from './json-object.ts';
import { describeValue, joinPath, reject, rejectWithin } from './reject.ts';
import { parseStrictJson } from './strict-json.ts';

/** A mirrored request with a mirrored record as its body has four; no real path has more. */
const MAX_WRAPPINGS = 6;

/** Most messages of one array; ASVS asks for a limit, and no sender known batches more than some hundreds. */
export const MAX_BATCH = 1000;

/** Where an envelope has its content; `body` counts only inside one, as that of the request that was mirrored. */
const ENVELOPE_KEYS = ['event', 'request'] as const;
const REQUEST_KEYS = ['body', 'event', 'request'] as const;

/** What an envelope or a request says about the message in it. */
export interface Carried {
  /** Sender named by the request's header `X-SCADA-Source`. */
  readonly source?: string;
  /** The intake that the call center's envelope carries: `{intakeId, omsEventId}`. */
  readonly intake?: unknown;
}

/** One provider message found in a body: JSON, or the text of a SOAP envelope. */
export interface FoundMessage {
  readonly content: JsonObject | string;
  /** What the wrapping says of it. */
  readonly carried: Carried;
  /** `[2]` for the third of several, empty for the only one: what its field paths begin with. */
  readonly prefix: string;
}

/** What holds no message, and why. */
export interface Unwrappable {
  readonly rejection: Rejection;
  /** The element of an array that is at fault; undefined where it is the whole body. */
  readonly element: unknown;
}

interface Place {
  readonly path: string;
  readonly prefix: string;
  readonly wrappings: number;
  readonly insideEnvelope: boolean;
  readonly element: unknown;
}

type Found = Result<FoundMessage, Unwrappable>;

/**
 * The provider messages in a parsed body: it may be one or an array of several, each bare or in an envelope, each an
 * object or a text to be parsed. Knows both envelopes of the Kafka topics: `event` with the message, and `request` with
 * the message in its `body`, also the request inside `event`. An object that is no envelope is taken for a message.
 * `isMessage` tells a message of the provider from an envelope around one.
 */
export function unwrapEnvelopes(
  body: unknown,
  isMessage: (value: JsonObject) => boolean,
  carried: Carried,
): readonly Found[] {
  return unwrap(body, isMessage, carried, {
    path: '',
    prefix: '',
    wrappings: 0,
    insideEnvelope: false,
    element: undefined,
  });
}

function unwrap(
  value: unknown,
  isMessage: (value: JsonObject) => boolean,
  carried: Carried,
  place: Place,
): readonly Found[] {
  if (isJsonObject(value) && isMessage(value)) {
    return [ok({ content: value, carried, prefix: place.prefix })];
  }
  if (place.wrappings === MAX_WRAPPINGS) {
    return setAside(place, `is wrapped more than ${MAX_WRAPPINGS} times`);
  }
  if (typeof value === 'string') return unwrapText(value, isMessage, carried, place);
  if (Array.isArray(value)) {
    if (value.length === 0) return setAside(place, 'is an array without messages');
    if (value.length > MAX_BATCH) {
      return setAside(place, `has ${value.length} messages; at most ${MAX_BATCH} are taken`, 'too_large');
    }
    return value.flatMap((element: unknown, index) => {
      const path = `${place.path}[${index}]`;
      const prefix = `${place.prefix}[${index}]`;
      return unwrap(element, isMessage, carried, {
        ...place,
        path,
        prefix,
        wrappings: place.wrappings + 1,
        element,
      });
    });
  }
  if (!isJsonObject(value)) {
    return setAside(place, `must be a message or an envelope, got ${describeValue(value)}`);
  }
  const inside = carriedWith(value, carried);
  for (const key of place.insideEnvelope ? REQUEST_KEYS : ENVELOPE_KEYS) {
    const content = value[key];
    if (content === undefined || content === null) continue;
    const path = joinPath(place.path, key);
    return unwrap(content, isMessage, inside, {
      ...place,
      path,
      wrappings: place.wrappings + 1,
      insideEnvelope: true,
    });
  }
  if (place.path.endsWith('request')) {
    const rejection = reject('missing_field', joinPath(place.path, 'body'), 'is missing');
    return [err({ rejection, element: place.element })];
  }
  return [ok({ content: value, carried, prefix: place.prefix })];
}

function unwrapText(
  text: string,
  isMessage: (value: JsonObject) => boolean,
  carried: Carried,
  place: Place,
): readonly Found[] {
  if (text.trim() === '') return setAside(place, 'is empty', 'missing_field');
  if (looksLikeXml(text)) return [ok({ content: text, carried, prefix: place.prefix })];
  if (!/^\s*[[{]/.test(text)) {
    return setAside(place, `must be a message or an envelope, got ${describeValue(text)}`);
  }
  if (text.length > MAX_JSON_BYTES) {
    return setAside(place, `has ${text.length} characters; at most ${MAX_JSON_BYTES} are taken`, 'too_large');
  }
  const parsed = parseStrictJson(text);
  if (!parsed.ok) {
    return [err({ rejection: rejectWithin(place.path, parsed.error), element: place.element })];
  }
  return unwrap(parsed.value, isMessage, carried, { ...place, wrappings: place.wrappings + 1 });
}

/** True for a text whose first character is that of a tag: no JSON begins so, every XML document does. */
export function looksLikeXml(text: string): boolean {
  return /^\s*</.test(text);
}

/** What this envelope adds to what is carried: the innermost one that says something wins. */
function carriedWith(envelope: JsonObject, carried: Carried): Carried {
  const source = senderOf(envelope.headers);
  const intake = envelope.intake ?? carried.intake;
  if (source === null && intake === carried.intake) return carried;
  return { ...carried, ...(source === null ? {} : { source }), ...(intake === undefined ? {} : { intake }) };
}

/** The header `X-SCADA-Source` in any case; the first of several. Null where a request has none. */
function senderOf(headers: unknown): string | null {
  if (!isJsonObject(headers)) return null;
  const name = Object.keys(headers).find((key) => key.toLowerCase() === 'x-scada-source');
  if (name === undefined) return null;
  const value = headers[name];
  const sender: unknown = Array.isArray(value) ? value[0] : value;
  return typeof sender === 'string' && sender.trim() !== '' ? sender : null;
}

function setAside(
  place: Place,
  complaint: string,
  code: RejectionCode = 'invalid_envelope',
): readonly Found[] {
  const rejection =
    place.path === '' ? reject(code, null, `The message ${complaint}.`) : reject(code, place.path, complaint);
  return [err({ rejection, element: place.element })];
}
