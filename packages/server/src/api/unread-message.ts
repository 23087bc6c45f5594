import { createHash } from 'node:crypto';
import type { Provider, Rejection } from '@lastgasp/model';
import { type Receipt, toSourceType } from '../ingest/inbound-message.ts';
import { IngestOverloaded } from '../ingest/ingest-errors.ts';
import { tooLarge } from '../ingest/reading/body-text.ts';
import { quoted, reject } from '../ingest/reading/reject.ts';
import type { ApiContext } from './api-context.ts';
import type { ReceivedBody } from './receive-body.ts';

/** A message that a gateway keeps without having read it. */
export interface UnreadMessage {
  readonly provider: Provider;
  readonly bytes: Buffer;
  readonly rejection: Rejection;
  readonly sender: string | null;
  readonly remoteAddress: string;
  readonly receivedAt: Date;
}

/** Keeps a message that was not read as a dead letter; the receipt comes after the commit. */
export type UnreadKeeper = (message: UnreadMessage) => Promise<Receipt>;

// Each holds up to 2 MB until it is committed, and a real sender sends none.
const MOST_UNDER_WAY = 16;

/**
 * Why a body is not read: it was sent compressed, or is larger than `limit`, so that only its beginning is there; null where
 * it is to be read. `declaredBytes` is what the sender says it has.
 */
export function findUnreadable(
  body: ReceivedBody,
  limit: number,
  { encoding, declaredBytes }: { readonly encoding: string | null; readonly declaredBytes: number | null },
): Rejection | null {
  const bytes = body.sentBytes ?? declaredBytes;
  const isCut = bytes === null || bytes > limit;
  if (encoding === null) return isCut ? tooLarge(bytes, limit) : null;
  const rejection = reject(
    'compressed',
    'Content-Encoding',
    `is ${quoted(encoding)}; a message must not be compressed`,
  );
  return isCut ? { ...rejection, cutFrom: bytes } : rejection;
}

/** Keeps messages that are not read, a few at a time; refuses one more with `IngestOverloaded`, nothing of it kept. */
export function createUnreadKeeper({ ingest, ingestCounts }: ApiContext): UnreadKeeper {
  let underWay = 0;
  return async ({ provider, bytes, rejection, sender, remoteAddress, receivedAt }) => {
    if (underWay === MOST_UNDER_WAY) throw new IngestOverloaded(1);
    underWay++;
    try {
      const deadLetterId = await ingest.setAside({
        sourceType: toSourceType(provider),
        transport: 'http',
        sender,
        remoteAddress,
        topic: null,
        partition: null,
        offset: null,
        rejection,
        payload: bytes,
        // Two large messages may begin alike.
        payloadSha256: createHash('sha256')
          .update(bytes)
          .update(rejection.cutFrom === undefined ? '' : ` of ${rejection.cutFrom}`)
          .digest(),
        receivedAt,
      });
      ingestCounts[provider].received++;
      ingestCounts[provider].rejected++;
      return { events: [], rejected: [{ rejection, deadLetterId }] };
    } finally {
      underWay--;
    }
  };
}
