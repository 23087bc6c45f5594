import type { Rejection, RejectionCode } from '@lastgasp/model';
import { longNumberText } from './exact-number.ts';

/** Longest field path and longest quoted value in a reason; the rest is in the payload that is kept beside it. */
const QUOTED_CHARACTERS = 60;
const PATH_CHARACTERS = 200;

/** The rejection of `field` (null for the whole message); `complaint` completes the sentence that the field begins. */
export function reject(code: RejectionCode, field: string | null, complaint: string): Rejection {
  const path = field === null || field === '' ? null : printable(field, PATH_CHARACTERS);
  return { code, field: path, reason: complaint };
}

/** The same rejection with the field's path continued from `prefix`, as in `[2].voltage`. */
export function rejectWithin(prefix: string, rejection: Rejection): Rejection {
  if (prefix === '') return rejection;
  return { ...rejection, field: rejection.field === null ? prefix : joinPath(prefix, rejection.field) };
}

/** Two parts of a field path as one: `a` and `b` give `a.b`, `a` and `[1]` give `a[1]`; an empty key is shown as `""`. */
export function joinPath(path: string, next: string): string {
  if (next === '') return joinPath(path, '""');
  return path === '' || next.startsWith('[') ? path + next : `${path}.${next}`;
}

/** What a value is, for the end of a reason: `the text "11"`, `the number 0.5`, `an object`, `null`. */
export function describeValue(value: unknown): string {
  if (typeof value === 'string') return value === '' ? 'an empty text' : `the text ${quoted(value)}`;
  if (typeof value === 'number' || typeof value === 'boolean') return `the ${typeof value} ${value}`;
  if (value === null) return 'null';
  const digits = longNumberText(value);
  if (digits !== null) return `the number ${digits.slice(0, QUOTED_CHARACTERS)}, beyond what is exact`;
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' ? 'an object' : `a value of type ${typeof value}`;
}

/** A text of the sender between quotes, shortened, with control, invisible and direction characters escaped. */
export function quoted(text: string): string {
  const shown = text.length > QUOTED_CHARACTERS ? `${text.slice(0, QUOTED_CHARACTERS)}…` : text;
  return JSON.stringify(shown).replace(
    /[\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g,
    escaped,
  );
}

function printable(text: string, characters: number): string {
  const shown = text.length > characters ? `${text.slice(0, characters)}…` : text;
  // JSON's own escapes, without the quotes and without escaping the quotes inside: a path is shown as it is written.
  return JSON.stringify(shown).slice(1, -1).replaceAll('\\"', '"').replaceAll('\\\\', '\\');
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
