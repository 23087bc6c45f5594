import type { OutageDiff } from '@lastgasp/engine';
import type { PoolClient } from 'pg';
import type { Correlation } from './correlation.ts';
import { acknowledgeChunk, readChunk } from './evidence-tail.ts';

/** What one step of correlating came to. */
export interface CorrelatedChunk {
  /** What it changed; null where nothing that evidence says is about an outage. */
  readonly diff: OutageDiff | null;
  /** How many rows of evidence it took. */
  readonly evidence: number;
  /** Whether more may be committed already. */
  readonly isFull: boolean;
}

/**
 * One transaction of correlating: the next chunk of evidence, what it changes, and the position. For whoever has the correlator's
 * lock, or the database for himself; where it throws the caller rolls back and lets the correlation forget.
 */
export async function correlateChunk(
  client: PoolClient,
  correlation: Correlation,
  limit: number,
): Promise<CorrelatedChunk> {
  await client.query('begin');
  const chunk = await readChunk(client, limit);
  const diff = await correlation.take(client, chunk);
  await acknowledgeChunk(client, chunk);
  await client.query('commit');
  return { diff, evidence: chunk.rows.length, isFull: chunk.isFull };
}
