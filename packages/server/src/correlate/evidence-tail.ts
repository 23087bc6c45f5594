import type { Instant } from '@lastgasp/engine';
import {
  type EvidencePosition,
  readEvidencePosition,
  saveEvidencePosition,
} from '../store/queries/correlate/evidence-position.ts';
import { type EvidenceRow, readEvidence } from '../store/queries/correlate/read-evidence.ts';
import type { Queryable } from '../store/queries/queryable.ts';

// The tail of the evidence log.
//
// Ids and transaction ids are given before the commit, so "everything above the last id" would skip what a slow
// transaction commits later. Instead the position is a snapshot of PostgreSQL itself: `base` says exactly which
// transactions' evidence was processed. To go on, a snapshot of now becomes the `target`, and what is visible in
// `target` and not in `base` is read in the order of (xid, id), a chunk at a time, with the last row kept beside
// it; at the end `target` becomes the `base`. No writer takes a lock for this, and a transaction that stays open
// for hours delays nothing but its own evidence, which is read as soon as it commits.
//
// The position is stored in the transaction that writes what was made of the chunk, and only where it is still
// the one that was read: a process can die anywhere, and two can never both write.

/** Part of the evidence log, and the position before and after it. */
export interface EvidenceChunk {
  readonly rows: readonly EvidenceRow[];
  readonly before: EvidencePosition;
  readonly after: EvidencePosition;
  /** Whether more may be committed already. */
  readonly isFull: boolean;
}

/** The next chunk of at most `limit` rows. */
export async function readChunk(client: Queryable, limit: number): Promise<EvidenceChunk> {
  const position = await readEvidencePosition(client);
  const rows = await readEvidence(client, position, limit);
  const isFull = rows.length === limit;
  const { base, target, last } = position;
  return {
    rows,
    before: { base, target, last },
    after: isFull
      ? { base, target, last: (rows.at(-1) as EvidenceRow).key }
      : { base: target, target: null, last: null },
    isFull,
  };
}

/** Stores that a chunk is processed and judged as of `judgedUntil`, to be committed with what was made of it. */
export async function acknowledgeChunk(
  client: Queryable,
  chunk: EvidenceChunk,
  judgedUntil: Instant,
): Promise<void> {
  await saveEvidencePosition(client, chunk.before, chunk.after, judgedUntil);
}
