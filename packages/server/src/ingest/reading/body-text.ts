import { isUtf8 } from 'node:buffer';
import { err, ok, type Rejection, type Result } from '@lastgasp/model';
import { reject } from './reject.ts';

/** Largest JSON message. Fastify's own default; a real one has 300 to 3,000 bytes. */
export const MAX_JSON_BYTES = 1024 * 1024;

/** Largest SOAP envelope; one with 1,000 meter events has about 1.2 MB. */
export const MAX_SOAP_BYTES = 2 * 1024 * 1024;

/** How much of a message that is too large is kept with its rejection: enough to recognise the sender. */
const KEPT_CHARACTERS = 4096;

/** The text of a body, or why it is none; `maxBytes` counts UTF-8. A byte order mark in front is left out. */
export function bodyText(body: Uint8Array | string, maxBytes: number): Result<string, Rejection> {
  const bytes = byteLength(body, maxBytes);
  if (bytes > maxBytes) {
    return err(reject('too_large', null, `The message has ${bytes} bytes; at most ${maxBytes} are taken.`));
  }
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
 * What is kept of a body that could not be read, so that it can be looked at and sent again: the text itself; a `data:`
 * URL in base64 where the bytes are no UTF-8; a JSON string where the text holds a lone surrogate; the beginning of what
 * was too large.
 */
export function keptBody(body: Uint8Array | string, rejection: Rejection): string {
  if (rejection.code === 'too_large') {
    const start =
      typeof body === 'string' ? body : bufferOf(body.subarray(0, KEPT_CHARACTERS)).toString('utf8');
    return start.slice(0, KEPT_CHARACTERS).toWellFormed();
  }
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
