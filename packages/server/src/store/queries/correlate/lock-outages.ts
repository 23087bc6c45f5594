import type { Instant } from '@lastgasp/engine';
import type { OutageStatus } from '@lastgasp/model';
import type { Queryable } from '../queryable.ts';
import { microsOf, numberArray } from './array-literal.ts';

/** An outage as it is stored. */
export interface StoredOutage {
  readonly key: number;
  readonly id: string;
  readonly deviceKey: number;
  readonly status: OutageStatus;
  readonly startedAt: Instant;
  readonly endedAt: Instant | null;
  readonly detectedAt: Instant;
  readonly isMomentary: boolean;
  readonly confidence: number;
  readonly customers: number;
  /** Id of the outage that it turned out to be part of. */
  readonly replacedBy: string | null;
  readonly hasMeters: boolean;
  /** False for one that a trip opened in the database and nothing has been told of yet. */
  readonly isTold: boolean;
}

interface OutageRow {
  id: number;
  event_id: string;
  device_id: number;
  status: OutageStatus;
  started_at: number;
  ended_at: number | null;
  detected_at: number;
  momentary: boolean;
  confidence: number;
  customers: number;
  replaced_by: string | null;
  has_meters: boolean;
  is_told: boolean;
}

/**
 * The outages with these ids, and the open ones of these devices, locked against other writers until the transaction
 * ends. The lock lets events be linked to them meanwhile.
 */
export async function lockOutages(
  client: Queryable,
  ids: readonly string[],
  deviceKeys: readonly number[],
): Promise<readonly StoredOutage[]> {
  const { rows } = await client.query<OutageRow>(
    `select o.id::float8, o.event_id, o.device_id::float8, o.status, ${microsOf('o.started_at')} as started_at,
       ${microsOf('o.actual_restoration_time')} as ended_at,
       ${microsOf('o.first_detected_at')} as detected_at, o.momentary, o.confidence_score::float8 as confidence,
       o.affected_customers_count as customers, r.event_id as replaced_by,
       exists (select from oms_outage_meters m where m.outage_event_id = o.id) as has_meters,
       exists (select from oms_event_timeline t where t.outage_event_id = o.id) as is_told
     from oms_outage_events o
     left join oms_outage_events r on r.id = o.replaced_by
     where o.event_id = any ($1::text[])
       or (o.device_id = any ($2::bigint[]) and oms_is_open(o.status))
     order by o.id
     for no key update of o`,
    [ids, numberArray(deviceKeys)],
  );
  return rows.map((row) => ({
    key: row.id,
    id: row.event_id,
    deviceKey: row.device_id,
    status: row.status,
    startedAt: row.started_at,
    endedAt: row.ended_at,
    detectedAt: row.detected_at,
    isMomentary: row.momentary,
    confidence: row.confidence,
    customers: row.customers,
    replacedBy: row.replaced_by,
    hasMeters: row.has_meters,
    isTold: row.is_told,
  }));
}
