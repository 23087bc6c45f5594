import { err, ok, PROVIDERS, type Provider, type Rejection, type Result } from '@lastgasp/model';
import { isJsonObject } from './json-object.ts';
import { describeValue, quoted, reject } from './reject.ts';
import { parseRfc3339, rfc3339Fault } from './rfc3339.ts';
import { parseStrictJson } from './strict-json.ts';

/** One line of a file of recorded provider messages. */
export interface RecordedEvent {
  readonly receivedAt: Date;
  readonly provider: Provider;
  /** The provider's message as `readMessage` takes it: JSON already parsed, or a text such as a SOAP envelope. */
  readonly body: string | object;
}

/** Spellings of a source: the providers' names, and the one that the registry stores. */
const SOURCES: ReadonlyMap<unknown, Provider> = new Map<unknown, Provider>([
  ...PROVIDERS.map((provider) => [provider, provider] as const),
  ['call_center', 'call-center'],
]);

/**
 * A line of recorded events, `{"receivedAt", "source", "body"}`; other keys are ignored. Refuses a source that is none of
 * the four providers, a time without offset, and a body that is neither text nor JSON object or array. What is wrong with
 * the body itself is for `readMessage` to say.
 */
export function readRecordedEvent(line: string): Result<RecordedEvent, Rejection> {
  const parsed = parseStrictJson(line);
  if (!parsed.ok) return parsed;
  const record = parsed.value;
  if (!isJsonObject(record)) {
    return err(reject('invalid_json', null, `The line must be an object, got ${describeValue(record)}.`));
  }
  const { receivedAt, source, body } = record;
  const missing = ['receivedAt', 'source', 'body'].find((key) => (record[key] ?? null) === null);
  if (missing !== undefined) return err(reject('missing_field', missing, 'is missing'));
  if (typeof receivedAt !== 'string') {
    return err(reject('invalid_field', 'receivedAt', `must be text, got ${describeValue(receivedAt)}`));
  }
  const instant = parseRfc3339(receivedAt);
  if (instant === null) {
    return err(
      reject('invalid_field', 'receivedAt', `${rfc3339Fault(receivedAt)}, got ${quoted(receivedAt)}`),
    );
  }
  const provider = SOURCES.get(source);
  if (provider === undefined) {
    const complaint = `must be one of ${PROVIDERS.join(', ')}, got ${describeValue(source)}`;
    return err(reject('unknown_source', 'source', complaint));
  }
  if (typeof body !== 'string' && !isJsonObject(body) && !Array.isArray(body)) {
    return err(reject('invalid_field', 'body', `must be an object or a text, got ${describeValue(body)}`));
  }
  return ok({ receivedAt: instant, provider, body });
}
