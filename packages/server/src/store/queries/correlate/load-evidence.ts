import { formatInstant, type Instant } from '@lastgasp/engine';
import type { Queryable } from '../queryable.ts';
import { type EvidencePosition, isProcessed, positionValues } from './evidence-position.ts';
import { EVIDENCE_COLUMNS, type EvidenceColumns, type EvidenceRow, toEvidenceRow } from './read-evidence.ts';

const ROWS_AT_ONCE = 50_000;

/**
 * Hands over, some at a time, all evidence that lies before `position` and happened at `since` or later. What is received long before it
 * happens is stamped by a clock that nobody believes, so the range of receipt finds it.
 */
export async function loadEvidence(
  client: Queryable,
  since: Instant,
  position: EvidencePosition,
  take: (rows: readonly EvidenceRow[]) => void,
): Promise<void> {
  const from = Number.isFinite(since) ? formatInstant(since) : '-infinity';
  await client.query(
    `declare tracked_evidence no scroll cursor for
     select ${EVIDENCE_COLUMNS} from oms_evidence e
     where e.received_at >= $1::timestamptz - interval '1 hour' and e.event_at >= $1::timestamptz and ${isProcessed(2)}`,
    [from, ...positionValues(position)],
  );
  for (let isMore = true; isMore; ) {
    const { rows } = await client.query({
      rowMode: 'array',
      text: `fetch ${ROWS_AT_ONCE} from tracked_evidence`,
    });
    take((rows as EvidenceColumns[]).map(toEvidenceRow));
    isMore = rows.length === ROWS_AT_ONCE;
  }
  await client.query('close tracked_evidence');
}
