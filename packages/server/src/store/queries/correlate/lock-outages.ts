import { formatInstant, type Instant } from '@lastgasp/engine';
import type { OutageStatus } from '@lastgasp/model';
import type { Queryable } from '../queryable.ts';
import { microsOf, numberArray } from './array-literal.ts';

/** An outage as it is stored. */
export interface StoredOutage {
  readonly key: number;
  readonly id: string;
  readonly deviceKey: number;
  /** Of a service its meter. */
  readonly meterKey: number | null;
  readonly status: OutageStatus;
  readonly startedAt: Instant;
  readonly endedAt: Instant | null;
  readonly isMomentary: boolean;
  readonly confidence: number;
  readonly customers: number;
  readonly customersLow: number | null;
  readonly customersHigh: number | null;
  readonly unverifiedCustomers: number;
  /** Whether announced work explained it. */
  readonly isPlanned: boolean;
  /** Id of the outage that it turned out to be part of. */
  readonly replacedBy: string | null;
  /** True where evidence took it back altogether. */
  readonly isWithdrawn: boolean;
  readonly hasMeters: boolean;
  /** False for one that a trip opened in the database and nothing has been told of yet. */
  readonly isTold: boolean;
}

interface OutageRow {
  id: number;
  event_id: string;
  device_id: number;
  meter_id: number | null;
  status: OutageStatus;
  started_at: number;
  ended_at: number | null;
  momentary: boolean;
  confidence: number;
  customers: number;
  customers_low: number | null;
  customers_high: number | null;
  unverified_customers: number;
  planned: boolean;
  replaced_by: string | null;
  is_withdrawn: boolean;
  has_meters: boolean;
  is_told: boolean;
}

/** Ended outages are looked for among those that began at most so long before. */
const LONGEST_OUTAGE = '60 days';

/**
 * The outages of these substations that last or lasted at `since` or later, whatever became of them, locked against other writers
 * until the transaction ends. The lock lets events be linked to them meanwhile.
 */
export async function lockOutages(
  client: Queryable,
  substationKeys: readonly number[],
  since: Instant,
): Promise<readonly StoredOutage[]> {
  const { rows } = await client.query<OutageRow>(
    `select o.id::float8, o.event_id, o.device_id::float8, o.meter_id::float8, o.status, ${microsOf('o.started_at')} as started_at,
       ${microsOf('o.actual_restoration_time')} as ended_at, o.momentary, o.confidence_score::float8 as confidence,
       o.affected_customers_count as customers, o.customers_low, o.customers_high, o.unverified_customers, o.planned,
       r.event_id as replaced_by, o.withdrawn_at is not null as is_withdrawn,
       exists (select from oms_outage_meters m where m.outage_event_id = o.id) as has_meters,
       exists (select from oms_event_timeline t where t.outage_event_id = o.id) as is_told
     from oms_outage_events o
     left join oms_outage_events r on r.id = o.replaced_by
     where o.id in (
       select x.id from oms_outage_events x where x.substation_id = any ($1::bigint[]) and oms_is_open(x.status)
       union
       select x.id from oms_outage_events x
       where x.substation_id = any ($1::bigint[]) and x.started_at >= $2::timestamptz - $3::interval
         and (x.started_at >= $2 or x.actual_restoration_time >= $2))
     order by o.id
     for no key update of o`,
    [
      numberArray(substationKeys),
      Number.isFinite(since) ? formatInstant(since) : '-infinity',
      LONGEST_OUTAGE,
    ],
  );
  return rows.map((row) => ({
    key: row.id,
    id: row.event_id,
    deviceKey: row.device_id,
    meterKey: row.meter_id,
    status: row.status,
    startedAt: row.started_at,
    endedAt: row.ended_at,
    isMomentary: row.momentary,
    confidence: row.confidence,
    customers: row.customers,
    customersLow: row.customers_low,
    customersHigh: row.customers_high,
    unverifiedCustomers: row.unverified_customers,
    isPlanned: row.planned,
    replacedBy: row.replaced_by,
    isWithdrawn: row.is_withdrawn,
    hasMeters: row.has_meters,
    isTold: row.is_told,
  }));
}
