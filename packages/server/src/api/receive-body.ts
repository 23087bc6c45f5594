import type { Readable } from 'node:stream';

/** The body of a request, or as much of its beginning as the route takes. */
export interface ReceivedBody {
  readonly bytes: Buffer;
  /** How many bytes were sent; null where the rest was not waited for. */
  readonly sentBytes: number | null;
}

/**
 * What is read of a body beyond the limit and thrown away before the sender is answered: one that is still sending when the
 * connection is closed often never sees its answer.
 */
const MOST_DROPPED_BYTES = 16 * 1024 * 1024;

/**
 * Reads a body to its end and keeps its first `limit` bytes. Rejects with a `statusCode` of 400 where the sender went away
 * before it had sent everything.
 */
export function receiveBody(body: Readable, limit: number): Promise<ReceivedBody> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let kept = 0;
    let sent = 0;
    const settle = () => {
      body.off('data', onData).off('end', onEnd).off('error', onFailure).off('close', onFailure);
    };
    const onEnd = () => {
      settle();
      resolve({ bytes: Buffer.concat(chunks, kept), sentBytes: sent });
    };
    const onData = (chunk: Buffer) => {
      sent += chunk.length;
      if (kept < limit) {
        const part = chunk.subarray(0, limit - kept);
        chunks.push(part);
        kept += part.length;
      }
      if (sent <= limit + MOST_DROPPED_BYTES) return;
      settle();
      body.pause();
      resolve({ bytes: Buffer.concat(chunks, kept), sentBytes: null });
    };
    const onFailure = (cause?: unknown) => {
      settle();
      reject(Object.assign(new Error('the body did not arrive whole', { cause }), { statusCode: 400 }));
    };
    body.on('data', onData).on('end', onEnd).on('error', onFailure).on('close', onFailure);
  });
}
