import Type, { type Static, type TObject, type TProperties } from 'typebox';
import { isJsonObject } from './json-object.ts';
import { rfc3339Fault } from './rfc3339.ts';

/** Longest code, number or name that something is found by; the utility's own columns hold 64. */
export const MAX_IDENTIFIER = 64;

/** Longest id that a system makes up for a message or an asset; the head-end's columns hold 100. */
export const MAX_LONG_IDENTIFIER = 128;

/** Longest text that people write or read. */
export const MAX_TEXT = 2000;

/** Where a schema's own words are not enough, a check has these: what the value must be, completing a reason. */
type Fault = (value: unknown) => string | null;

const checked = <T>(schema: object, fault: Fault) =>
  Type.Refine(
    Type.Unsafe<T>(schema),
    (value) => fault(value) === null,
    (value) => fault(value) ?? '',
  );

/** A text of 1 to `maxLength` characters with at least one that is not blank. */
export const requiredText = (maxLength: number, description: string) =>
  Type.Unsafe<string>({ type: 'string', maxLength, pattern: '\\S', description });

/** A text of up to `maxLength` characters, which may be empty, null or absent. */
export const optionalText = (maxLength: number, description: string) =>
  Type.Optional(Type.Unsafe<string | null>({ type: ['string', 'null'], maxLength, description }));

/** A text, number or truth value that no rule reads; null or absent too. */
export const optionalScalar = (description: string) =>
  Type.Optional(
    checked<string | number | boolean | null>({ description }, (value) => {
      if (typeof value === 'string' && value.length > MAX_TEXT) {
        return `must have at most ${MAX_TEXT} characters`;
      }
      return Array.isArray(value) || isJsonObject(value) ? 'must be a text, a number, true or false' : null;
    }),
  );

/** An instant as sent: RFC 3339 with its offset (rfc3339.ts). */
export const instant = (description: string) =>
  checked<string>({ type: 'string', description: `${description}. RFC 3339 with an offset` }, (value) =>
    typeof value === 'string' ? rfc3339Fault(value) : null,
  );

/** A finite number; a number within quotes is a text and refused. */
export const requiredNumber = (description: string) => Type.Number({ description });

/** Degrees within `limit` either side of zero, null or absent. */
export const optionalDegrees = (limit: number, description: string) =>
  Type.Optional(
    Type.Unsafe<number | null>({ type: ['number', 'null'], minimum: -limit, maximum: limit, description }),
  );

/** One of `words`, in any case; `what` names the word in the reason. */
export const wordInAnyCase = (what: string, words: readonly string[], description: string) =>
  checked<string | null>({ type: ['string', 'null'], description }, (value) => {
    if (typeof value !== 'string' || value.trim() === '') return null;
    const given = value.trim().toLowerCase();
    if (words.some((word) => word.toLowerCase() === given)) return null;
    return `must be a ${what} that is known (${words.join(', ')})`;
  });

/** A meter number, or an object that has it as `meterId`. */
export const meterReference = checked<string | { meterId: string }>(
  { description: 'A meter number, or an object with meterId' },
  (value) => {
    const number = isJsonObject(value) ? value.meterId : value;
    if (typeof number !== 'string' || number.trim() === '') {
      return 'must be a meter number, or an object with it as meterId';
    }
    return number.length > MAX_IDENTIFIER ? `must have at most ${MAX_IDENTIFIER} characters` : null;
  },
);

/** Exactly one of `words`. */
export const oneOfWords = <const Words extends readonly string[]>(words: Words, description: string) =>
  Type.Unsafe<Words[number]>({ type: 'string', enum: [...words], description });

/** An object with these fields; other fields are kept unread. */
export const requiredObject = <Fields extends TProperties>(fields: Fields, description: string) =>
  checked<Static<TObject<Fields>>>({ ...Type.Object(fields), description }, notAnObject);

/** An object with these fields, null or absent; other fields are kept unread. */
export const optionalObject = <Fields extends TProperties>(fields: Fields, description: string) =>
  Type.Optional(
    checked<Static<TObject<Fields>> | null>(
      { ...Type.Object(fields), type: ['object', 'null'], description },
      notAnObject,
    ),
  );

/** A long number that is kept digit for digit is an object to JavaScript, and none to JSON. */
function notAnObject(value: unknown): string | null {
  return typeof value === 'object' && value !== null && !isJsonObject(value) ? 'must be an object' : null;
}

/** A place as `{lat, lng}` in degrees (WGS 84); null or absent too. */
export const optionalPlace = (description: string) =>
  optionalObject(
    { lat: optionalDegrees(90, 'Latitude'), lng: optionalDegrees(180, 'Longitude') },
    description,
  );
