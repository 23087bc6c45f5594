/**
 * Why a provider message, or one event of it, was set aside:
 * - `not_text` the bytes are no UTF-8, or the text holds what no UTF-8 can carry;
 * - `too_large` more bytes than the format's limit;
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
  /** One sentence without control characters; it names the field and what was found there. */
  readonly reason: string;
}
