import type { Instant, OutageDiff } from '@lastgasp/engine';
import type { PoolClient } from 'pg';
import { readNow } from '../store/queries/correlate/is-evidence-pending.ts';
import type { Correlation } from './correlation.ts';
import type { ClockReading } from './correlation-clock.ts';
import { acknowledgeChunk, type EvidenceChunk, readChunk } from './evidence-tail.ts';

/** What one step of correlating came to. */
export interface CorrelatedChunk {
  /** What it changed; null where nothing was to be judged. */
  readonly diff: OutageDiff | null;
  /** How many rows of evidence it took. */
  readonly evidence: number;
  /** Whether more may be committed already. */
  readonly isFull: boolean;
}

/**
 * One transaction of correlating: the next chunk of evidence, what it and the time change, and the position. `clock` tells from the
 * chunk and the database's time where the clock stands. `requireLease` throws where somebody else may write by now; whoever has the
 * database for himself needs none. Where it throws the caller rolls back and lets the correlation forget.
 */
export async function correlateChunk(
  client: PoolClient,
  correlation: Correlation,
  limit: number,
  requireLease: () => Promise<void>,
  clock: (chunk: EvidenceChunk, now: Instant) => ClockReading,
): Promise<CorrelatedChunk> {
  await client.query('begin');
  await requireLease();
  const chunk = await readChunk(client, limit);
  const { at, isNews } = clock(chunk, await readNow(client));
  const diff = await correlation.take(client, chunk, at);
  // A poll that finds nothing writes nothing.
  if (isNews || diff !== null || chunk.before.last !== null) await acknowledgeChunk(client, chunk, at);
  await client.query('commit');
  return { diff, evidence: chunk.rows.length, isFull: chunk.isFull };
}
