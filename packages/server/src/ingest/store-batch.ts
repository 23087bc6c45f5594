import { setTimeout as sleep } from 'node:timers/promises';
import { err, ok, type Provider, type Result } from '@lastgasp/model';
import { DatabaseError, type Pool, type PoolClient } from 'pg';
import { isRetryable } from '../store/pool.ts';
import { type ArrivedEvent, insertEvents, type StoredEvent } from '../store/queries/ingest/insert-events.ts';

const ATTEMPTS = 5;

type StoreOutcome = Result<StoredEvent, DatabaseError>;
type Insert = (events: readonly ArrivedEvent[]) => Promise<readonly StoredEvent[]>;

/**
 * Writes a batch of one provider's events, in one transaction where all of them can be taken. Where the data of one is
 * refused, halves the batch until that one stands alone: its outcome is the error, the others are stored. Throws what says
 * nothing of the data: the connection, the disk, a time limit.
 */
export const storeBatch = (
  pool: Pool,
  provider: Provider,
  events: readonly ArrivedEvent[],
): Promise<readonly StoreOutcome[]> => storeHalves((part) => insertWithRetry(pool, provider, part), events);

/** The same inside a transaction that `client` has begun, which a refused event does not end. */
export const storeBatchWithin = (
  client: PoolClient,
  provider: Provider,
  events: readonly ArrivedEvent[],
): Promise<readonly StoreOutcome[]> =>
  storeHalves((part) => insertBehindSavepoint(client, provider, part), events);

async function storeHalves(
  insert: Insert,
  events: readonly ArrivedEvent[],
): Promise<readonly StoreOutcome[]> {
  try {
    return (await insert(events)).map(ok);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    if (events.length === 1) return [err(error)];
    const middle = events.length >> 1;
    const first = await storeHalves(insert, events.slice(0, middle));
    const second = await storeHalves(insert, events.slice(middle));
    return [...first, ...second];
  }
}

/**
 * Errors of the data itself: class 21 (a statement that meets the same row twice), 22 (data exception), 23 (constraint),
 * 54 (more than the server's limits take), LG (a check of ours).
 */
export const isRefusal = (error: unknown): error is DatabaseError =>
  error instanceof DatabaseError && /^(21|22|23|54|LG)/.test(error.code ?? '');

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

// A deadlock is left to who began the transaction: what it wrote before is to be tried again with the rest.
async function insertBehindSavepoint(
  client: PoolClient,
  provider: Provider,
  events: readonly ArrivedEvent[],
): Promise<readonly StoredEvent[]> {
  for (let attempt = 1; ; attempt++) {
    await client.query('savepoint batch');
    try {
      const stored = await insertEvents(client, provider, events);
      await client.query('release savepoint batch');
      return stored;
    } catch (error) {
      if (!isRefusal(error)) throw error;
      await client.query('rollback to savepoint batch');
      if (error.code !== '23505' || attempt === ATTEMPTS) throw error;
      await sleep(attempt * attempt * 5);
    }
  }
}
