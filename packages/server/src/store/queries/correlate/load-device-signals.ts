import { formatInstant, type Instant } from '@lastgasp/engine';
import type { Queryable } from '../queryable.ts';
import { numberArray } from './array-literal.ts';
import { type EvidencePosition, isProcessed, positionValues } from './evidence-position.ts';
import { EVIDENCE_COLUMNS, type EvidenceColumns, type EvidenceRow, toEvidenceRow } from './read-evidence.ts';

/** All evidence about devices of these substations that happened at `since` or later and lies before `position`. */
export async function loadDeviceSignals(
  client: Queryable,
  substationKeys: readonly number[],
  since: Instant,
  position: EvidencePosition,
): Promise<readonly EvidenceRow[]> {
  const { rows } = await client.query({
    rowMode: 'array',
    text: `select ${EVIDENCE_COLUMNS}
      from oms_evidence e
      where e.substation_id = any ($1::bigint[]) and e.device_id is not null and e.event_at >= $2::timestamptz
        and ${isProcessed(3)}`,
    values: [numberArray(substationKeys), formatInstant(since), ...positionValues(position)],
  });
  return (rows as EvidenceColumns[]).map(toEvidenceRow);
}
