import type { Instant } from '@lastgasp/engine';
import type { DeviceKind, OutageStatus, SourceType } from '@lastgasp/model';
import type { Queryable } from '../queryable.ts';
import { microsOf } from './array-literal.ts';

/** A stored outage with the meters it interrupted and its evidence counted. */
export interface OutageWithMeters {
  readonly id: string;
  readonly status: OutageStatus;
  readonly deviceKey: number;
  readonly deviceCode: string;
  readonly deviceKind: DeviceKind;
  /** Of a service the number of its meter. */
  readonly serviceOf: string | null;
  readonly confidence: number;
  /** Everyone it interrupted, in customers. */
  readonly customers: number;
  /** 80 % interval of the customers it interrupted. */
  readonly customersLow: number;
  readonly customersHigh: number;
  readonly customersOutNow: number;
  readonly meterNumbers: readonly string[];
  readonly startedAt: Instant;
  readonly detectedAt: Instant;
  readonly endedAt: Instant | null;
  readonly isMomentary: boolean;
  readonly sources: Readonly<Partial<Record<SourceType, number>>>;
  readonly replacedBy: string | null;
}

/** Every outage ever stored but those that evidence took back altogether, by start, then id; meters by number. */
export async function listOutagesWithMeters(database: Queryable): Promise<readonly OutageWithMeters[]> {
  const { rows } = await database.query<OutageWithMeters>(
    `select o.event_id as id, o.status, o.device_id::float8 as "deviceKey", d.device_id as "deviceCode", d.kind as "deviceKind",
       service.meter_number as "serviceOf", coalesce(o.customers_low, o.affected_customers_count) as "customersLow",
       coalesce(o.customers_high, o.affected_customers_count) as "customersHigh",
       o.confidence_score::float8 as confidence, o.affected_customers_count as customers,
       coalesce(m.customers_out_now, 0)::float8 as "customersOutNow", coalesce(m.numbers, '{}') as "meterNumbers",
       ${microsOf('o.started_at')} as "startedAt", ${microsOf('o.first_detected_at')} as "detectedAt",
       ${microsOf('o.actual_restoration_time')} as "endedAt", o.momentary as "isMomentary",
       coalesce(s.counts, '{}') as sources, r.event_id as "replacedBy"
     from oms_outage_events o
     join network_devices d on d.id = o.device_id
     left join oms_meters service on service.id = o.meter_id
     left join oms_outage_events r on r.id = o.replaced_by
     left join lateral (
       select sum(x.customers) filter (where x.out_until is null) as customers_out_now,
         array_agg(m.meter_number order by m.meter_number collate "C") as numbers
       from (
         select y.meter_id, y.customers, y.out_until from oms_outage_meters y where y.outage_event_id = o.id
         union all
         -- One that was replaced names whom it was held to interrupt when that was decided.
         select u.meter_id, c.customers, c.out_from
         from oms_outage_meter_changes c
         cross join unnest(c.meter_ids) u (meter_id)
         where o.status = 'cancelled' and c.outage_event_id = o.id and not c.is_member
           and c.decided_at = (select max(l.decided_at) from oms_outage_meter_changes l where l.outage_event_id = o.id)
       ) x
       join oms_meters m on m.id = x.meter_id
     ) m on true
     left join lateral (
       select jsonb_object_agg(e.source_type, e.events) as counts
       from (select source_type, count(*) as events from oms_event_sources where outage_event_id = o.id group by source_type) e
     ) s on true
     where o.withdrawn_at is null
     order by o.started_at, o.event_id collate "C"`,
  );
  return rows;
}
