import { formatInstant, type Instant, METER_REPORT_KINDS } from '@lastgasp/engine';
import type { Queryable } from '../queryable.ts';
import { numberArray } from './array-literal.ts';
import { type EvidencePosition, isProcessed, positionValues } from './evidence-position.ts';
import { EVIDENCE_COLUMNS, type EvidenceColumns, type EvidenceRow, toEvidenceRow } from './read-evidence.ts';

/** Meters and the time in which their reports are asked for. */
export interface ReportWindow {
  readonly meterKeys: readonly number[];
  readonly from: Instant;
  /** May be infinite. */
  readonly to: Instant;
}

/** What was reported of the supply of these meters within their windows, and lies before `position`; by window. */
export async function loadMeterReports(
  client: Queryable,
  windows: readonly ReportWindow[],
  position: EvidencePosition,
): Promise<readonly (readonly EvidenceRow[])[]> {
  const found: EvidenceRow[][] = windows.map(() => []);
  const meterKeys = windows.flatMap((window) => window.meterKeys);
  if (meterKeys.length === 0) return found;
  // One index probe a meter.
  const { rows } = await client.query({
    rowMode: 'array',
    text: `select ${EVIDENCE_COLUMNS}, m.ordinal
      from unnest($1::bigint[], $2::integer[]) as m (meter_id, ordinal)
      cross join lateral (
        select * from oms_evidence r
        where r.meter_id = m.meter_id
          and r.event_at between ($3::timestamptz[])[m.ordinal] and ($4::timestamptz[])[m.ordinal]
        offset 0
      ) e
      where e.kind = any ($5::text[]) and ${isProcessed(6)}`,
    values: [
      numberArray(meterKeys),
      numberArray(windows.flatMap((window, i) => window.meterKeys.map(() => i + 1))),
      windows.map((window) => formatInstant(window.from)),
      windows.map((window) => (Number.isFinite(window.to) ? formatInstant(window.to) : 'infinity')),
      METER_REPORT_KINDS,
      ...positionValues(position),
    ],
  });
  for (const row of rows as [...EvidenceColumns, number][]) {
    const ordinal = row.at(-1) as number;
    found[ordinal - 1]?.push(toEvidenceRow(row.slice(0, -1) as unknown as EvidenceColumns));
  }
  return found;
}
