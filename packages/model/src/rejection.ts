/**
 * Why a provider message, or one event of it, was set aside:
 * - `not_text` the bytes are no UTF-8, or the text holds what no UTF-8 can carry;
 * - `too_large` more bytes than the format's limit;
 * - `compressed` sent with a Content-Encoding; the bytes are kept as they came;
 * - `invalid_json`, `invalid_xml` not well-formed, or ambiguous (a key given twice);
 * - `unsafe_content` well-formed, and refused for safety: a DOCTYPE, deep nesting, `__proto__` as a key;
 * - `invalid_envelope` neither a message of the provider nor one of the envelopes it comes in;
 * - `missing_field`, `invalid_field` a message of the provider with a field absent or wrong;
 * - `unknown_source` a recorded event of a provider that is not one of the four;
 * - `unreadable` the reader itself failed: a bug to report, kept apart so that it never stops the stream.
 */
export const REJECTION_CODES = [
  'not_text',
  'too_large',
  'compressed',
  'invalid_json',
  'invalid_xml',
  'unsafe_content',
  'invalid_envelope',
  'missing_field',
  'invalid_field',
  'unknown_source',
  'unreadable',
] as const;
export type RejectionCode = (typeof REJECTION_CODES)[number];

/** Why something that a provider sent was not taken, in words that its sender can act on. */
export interface Rejection {
  readonly code: RejectionCode;
  /** Path of the field at fault, such as `customer.phone` or `EndDeviceEvent[2].createdDateTime`; null for the whole. */
  readonly field: string | null;
  /** What is wrong, without control characters: of the field, which it does not name again, or a sentence about the whole. */
  readonly reason: string;
  /**
   * Bytes of a message of which only the beginning is kept, so that it cannot be replayed; null where nobody knows how many
   * there were. Absent where all of it is kept.
   */
  readonly cutFrom?: number | null;
}

/** Field and reason as one line, `customer.phone: must be text, got the number 5`, for places with room for one text. */
export function describeRejection({ field, reason }: Pick<Rejection, 'field' | 'reason'>): string {
  return field === null ? reason : `${field}: ${reason}`;
}
