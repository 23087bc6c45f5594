import { setTimeout as sleep } from 'node:timers/promises';
import { err, ok, type Provider, type Result } from '@lastgasp/model';
import { DatabaseError, type Pool } from 'pg';
import { isRetryable } from '../store/pool.ts';
import { type ArrivedEvent, insertEvents, type StoredEvent } from '../store/queries/ingest/insert-events.ts';

const ATTEMPTS = 5;

/**
 * Writes a batch of one provider's events, in one transaction where all of them can be taken. Where the data of one is
 * refused, halves the batch until that one stands alone: its outcome is the error, the others are stored. Throws what says
 * nothing of the data: the connection, the disk, a time limit.
 */
export async function storeBatch(
  pool: Pool,
  provider: Provider,
  events: readonly ArrivedEvent[],
): Promise<readonly Result<StoredEvent, DatabaseError>[]> {
  try {
    const stored = await insertWithRetry(pool, provider, events);
    return stored.map(ok);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    if (events.length === 1) return [err(error)];
    const middle = events.length >> 1;
    const first = await storeBatch(pool, provider, events.slice(0, middle));
    const second = await storeBatch(pool, provider, events.slice(middle));
    return [...first, ...second];
  }
}

/** Errors of the data itself: class 22 (data exception), 23 (constraint), LG (a check of ours). */
export const isRefusal = (error: unknown): error is DatabaseError =>
  error instanceof DatabaseError && /^(22|23|LG)/.test(error.code ?? '');

// One statement is its own transaction, so the whole transaction is what is tried again. A unique violation is retried too:
// two new tickets with one tracking id at the same moment see each other the second time.
async function insertWithRetry(
  pool: Pool,
  provider: Provider,
  events: readonly ArrivedEvent[],
): Promise<readonly StoredEvent[]> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await insertEvents(pool, provider, events);
    } catch (error) {
      const worthIt = isRetryable(error) || (error instanceof DatabaseError && error.code === '23505');
      if (!worthIt || attempt === ATTEMPTS) throw error;
      await sleep(attempt * attempt * 5);
    }
  }
}
