import type { Provider, Result } from '@lastgasp/model';
import type { DatabaseError, Pool, PoolClient } from 'pg';
import { withTransaction } from '../store/pool.ts';
import { insertDeadLetters, type NewDeadLetter } from '../store/queries/dead-letters/insert-dead-letters.ts';
import type { ArrivedEvent, StoredEvent } from '../store/queries/ingest/insert-events.ts';
import { moveSourcePosition, type SourcePosition } from '../store/queries/ingest/source-positions.ts';
import type { InboundMessage } from './inbound-message.ts';
import { readMessage } from './providers/read-message.ts';
import { storeBatchWithin } from './store-batch.ts';
import { refusalOf, toDeadLetter } from './to-dead-letter.ts';

/** Consecutive messages of one partition, all of one provider, and the position that they are read from. */
export interface PartitionSlice {
  readonly provider: Provider;
  /** The stored position that the slice begins at. */
  readonly position: SourcePosition;
  /** The position behind its last message: offsets may have gaps. */
  readonly nextOffset: bigint;
  readonly messages: readonly InboundMessage[];
}

/** What became of a slice, once all of it and its position are committed. */
export interface StoredSlice {
  readonly events: readonly ArrivedEvent[];
  readonly outcomes: readonly Result<StoredEvent, DatabaseError>[];
  /** Parts that were set aside, each with where it came from. */
  readonly deadLetters: number;
}

/** A slice whose messages have been read: what goes to the database, and what is set aside before that. */
export interface ReadSlice {
  readonly slice: PartitionSlice;
  readonly events: readonly ArrivedEvent[];
  /** Index of the message that each event came in. */
  readonly origins: readonly number[];
  readonly letters: readonly NewDeadLetter[];
}

/** Reads every message of a slice; never throws, whatever is in them. */
export function readSlice(slice: PartitionSlice): ReadSlice {
  const events: ArrivedEvent[] = [];
  const origins: number[] = [];
  const letters: NewDeadLetter[] = [];
  for (const [index, message] of slice.messages.entries()) {
    const read = readMessage(
      message.provider,
      message.body,
      message.sender === undefined ? {} : { source: message.sender },
    );
    for (const json of read.events) {
      events.push({ json, receivedAt: message.receivedAt });
      origins.push(index);
    }
    for (const part of read.rejected) letters.push(toDeadLetter(message, part.payload, part.rejection));
  }
  return { slice, events, origins, letters };
}

/**
 * Writes a slice in one transaction: the partition's position first, then its events and dead letters, `maxBatch` events a
 * statement. Gives null, with nothing written, where the position is not the stored one any more: somebody else has taken
 * these messages. What the data is refused for is set aside; throws what says nothing of the data.
 */
export async function storeSlice(pool: Pool, read: ReadSlice, maxBatch: number): Promise<StoredSlice | null> {
  const { slice, events } = read;
  return withTransaction(pool, async (client) => {
    if (!(await moveSourcePosition(client, slice.position, slice.nextOffset))) return null;
    const outcomes = await storeEvents(client, read, maxBatch);
    const letters = [...read.letters, ...refusedLetters(read, outcomes)];
    if (letters.length > 0) await insertDeadLetters(client, letters);
    return { events, outcomes, deadLetters: letters.length };
  });
}

async function storeEvents(client: PoolClient, { slice, events }: ReadSlice, maxBatch: number) {
  const outcomes: Result<StoredEvent, DatabaseError>[] = [];
  for (let begin = 0; begin < events.length; begin += maxBatch) {
    const batch = events.slice(begin, begin + maxBatch);
    outcomes.push(...(await storeBatchWithin(client, slice.provider, batch)));
  }
  if (outcomes.length !== events.length) throw new Error('an event was written and not given back');
  return outcomes;
}

function refusedLetters(
  { slice, events, origins }: ReadSlice,
  outcomes: readonly Result<StoredEvent, DatabaseError>[],
): NewDeadLetter[] {
  return outcomes.flatMap((outcome, index) => {
    if (outcome.ok) return [];
    const message = slice.messages[origins[index] as number] as InboundMessage;
    return [toDeadLetter(message, (events[index] as ArrivedEvent).json, refusalOf(outcome.error))];
  });
}
