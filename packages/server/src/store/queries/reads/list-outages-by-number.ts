import type { OutageSummary } from '@lastgasp/model';
import type { Queryable } from '../queryable.ts';
import { OUTAGE_SELECT, type OutageRow, toOutageSummary } from './outage-row.ts';

/** The outages with these numbers (`oms_outage_events.id`), in no particular order. */
export async function listOutagesByNumber(
  database: Queryable,
  numbers: readonly number[],
): Promise<OutageSummary[]> {
  if (numbers.length === 0) return [];
  const { rows } = await database.query<OutageRow>(`${OUTAGE_SELECT} where o.id = any ($1::bigint[])`, [
    numbers,
  ]);
  return rows.map(toOutageSummary);
}
