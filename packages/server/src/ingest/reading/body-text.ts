import { isUtf8 } from 'node:buffer';
import { err, ok, type Rejection, type Result } from '@lastgasp/model';
import { reject } from './reject.ts';

/** Largest JSON message. Fastify's own default; a real one has 300 to 3,000 bytes. */
export const MAX_JSON_BYTES = 1024 * 1024;

/** Largest SOAP envelope; one with 1,000 meter events has about 1.2 MB. */
export const MAX_SOAP_BYTES = 2 * 1024 * 1024;

/** The text of a body, or why it is none; `maxBytes` counts UTF-8. A byte order mark in front is left out. */
export function bodyText(body: Uint8Array | string, maxBytes: number): Result<string, Rejection> {
  const bytes = byteLength(body, maxBytes);
  if (bytes > maxBytes) return err(tooLarge(bytes, maxBytes));
  if (typeof body === 'string') {
    if (body.isWellFormed()) return ok(withoutMark(body));
    return err(
      reject('not_text', null, 'The message holds half of a surrogate pair, which is no character.'),
    );
  }
  if (!isUtf8(body)) return err(reject('not_text', null, 'The message is not UTF-8.'));
  return ok(withoutMark(bufferOf(body).toString('utf8')));
}

/**
 * The rejection of a message of more than `maxBytes`, of which that many are kept; `bytes` is how many it has, null where
 * its sender did not say and nobody read to the end.
 */
export function tooLarge(bytes: number | null, maxBytes: number): Rejection {
  const has = bytes === null ? `more than ${maxBytes}` : bytes;
  const complaint = `The message has ${has} bytes; at most ${maxBytes} are taken. Only the first ${maxBytes} are kept, so it cannot be replayed.`;
  return { ...reject('too_large', null, complaint), cutFrom: bytes };
}

/** The beginning of a body as text: its first `maxBytes`, without a character that is cut in two. */
export function firstBytes(body: Uint8Array | string, maxBytes: number): string {
  const bytes =
    typeof body === 'string' ? Buffer.from(body.slice(0, maxBytes).toWellFormed()) : bufferOf(body);
  return bytes
    .subarray(0, maxBytes)
    .toString('utf8')
    .replace(/\ufffd$/, '');
}

/**
 * What is kept of a body that could not be read, so that it can be looked at and sent again: the text itself; a `data:`
 * URL in base64 where the bytes are no UTF-8; a JSON string where the text holds a lone surrogate; the beginning, up to
 * `maxBytes`, of what was too large.
 */
export function keptBody(body: Uint8Array | string, rejection: Rejection, maxBytes: number): string {
  if (rejection.cutFrom !== undefined) return firstBytes(body, maxBytes);
  if (typeof body === 'string') return body.isWellFormed() ? body : JSON.stringify(body);
  const bytes = bufferOf(body);
  return isUtf8(bytes)
    ? bytes.toString('utf8')
    : `data:application/octet-stream;base64,${bytes.toString('base64')}`;
}

function byteLength(body: Uint8Array | string, maxBytes: number): number {
  if (typeof body !== 'string') return body.byteLength;
  // A character takes at most three bytes of UTF-8 for each of its UTF-16 units: short texts need no counting.
  return body.length * 3 <= maxBytes ? body.length : Buffer.byteLength(body);
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function withoutMark(text: string): string {
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
}
