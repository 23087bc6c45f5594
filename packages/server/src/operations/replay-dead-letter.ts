import { describeRejection, err, ok, type Provider, type Result } from '@lastgasp/model';
import type { Pool } from 'pg';
import { readMessage } from '../ingest/providers/read-message.ts';
import { readRecordedEvent } from '../ingest/reading/recorded-event.ts';
import { storeBatch } from '../ingest/store-batch.ts';
import type { StoredDeadLetter } from '../store/queries/dead-letters/find-dead-letters.ts';
import { markReplayed } from '../store/queries/dead-letters/mark-replayed.ts';

/** What a replayed dead letter came to. */
export interface ReplayedDeadLetter {
  readonly id: number;
  readonly stored: number;
  readonly duplicate: number;
}

/**
 * Sends a message that was set aside the way of a new one, with the time it was received at first. It stays set aside, with
 * the reason given back, where it is still refused or was never kept whole; taken twice it has one effect.
 */
export async function replayDeadLetter(
  pool: Pool,
  letter: StoredDeadLetter,
): Promise<Result<ReplayedDeadLetter, string>> {
  const message = messageOf(letter);
  if (!message.ok) return message;
  const { provider, body, receivedAt } = message.value;
  const read = readMessage(provider, body, letter.sender === null ? {} : { source: letter.sender });
  const [refused] = read.rejected;
  if (refused !== undefined) return err(describeRejection(refused.rejection));

  const outcomes = await storeBatch(
    pool,
    provider,
    read.events.map((json) => ({ json, receivedAt })),
  );
  for (const outcome of outcomes) if (!outcome.ok) return err(outcome.error.message);
  await markReplayed(pool, letter.id);
  const stored = outcomes.filter((outcome) => outcome.ok && outcome.value.outcome === 'stored').length;
  return ok({ id: letter.id, stored, duplicate: outcomes.length - stored });
}

interface LetterMessage {
  readonly provider: Provider;
  readonly body: Uint8Array | string | object;
  readonly receivedAt: Date;
}

function messageOf(letter: StoredDeadLetter): Result<LetterMessage, string> {
  // Read all the same, the beginning would be refused for where it was cut, or worse, taken for the whole.
  if (letter.isCut || letter.code === 'compressed') return err(describeRejection(letter));
  if (letter.sourceType !== 'unknown') {
    const provider = letter.sourceType === 'call_center' ? 'call-center' : letter.sourceType;
    return ok({ provider, body: letter.payload, receivedAt: letter.receivedAt });
  }
  // Not even the provider was known: a line of a recorded file.
  const record = readRecordedEvent(letter.payload.toString());
  return record.ok ? ok(record.value) : err(describeRejection(record.error));
}
