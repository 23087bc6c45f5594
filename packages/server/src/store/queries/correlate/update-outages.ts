import type { Instant } from '@lastgasp/engine';
import type { OutageStatus } from '@lastgasp/model';
import type { Queryable } from '../queryable.ts';
import { instantOf, numberArray } from './array-literal.ts';

/** What the correlator writes of an outage. */
export interface OutageUpdate {
  readonly key: number;
  readonly status: OutageStatus;
  readonly confidence: number;
  readonly customers: number;
  readonly customersInterval: readonly [low: number, high: number];
  readonly unverifiedCustomers: number;
  readonly isPlanned: boolean;
  readonly deviceKey: number;
  readonly startedAt: Instant;
  readonly endedAt: Instant | null;
  readonly isMomentary: boolean;
  /** Why it is believed, in a sentence. */
  readonly description: string;
}

/** Writes what outages have come to. One whose place is not known stands in the middle of its meters. */
export async function updateOutages(client: Queryable, outages: readonly OutageUpdate[]): Promise<void> {
  if (outages.length === 0) return;
  await client.query(
    `update oms_outage_events o
     set status = w.status, severity = oms_severity(w.customers), confidence_score = w.confidence,
       affected_customers_count = w.customers, actual_restoration_time = ${instantOf('w.ended_at')}, momentary = w.momentary,
       started_at = ${instantOf('w.started_at')}, device_id = w.device_id, customers_low = w.low, customers_high = w.high,
       unverified_customers = w.unverified, planned = w.planned, root_cause = coalesce(o.root_cause, told.reason),
       description = w.description, replaced_by = null, withdrawn_at = null, last_updated_at = now(),
       event_latitude = coalesce(o.event_latitude, middle.lat), event_longitude = coalesce(o.event_longitude, middle.lng)
     from unnest($1::bigint[], $2::text[], $3::numeric[], $4::bigint[], $5::bigint[], $6::boolean[], $7::bigint[], $8::text[],
       $9::bigint[], $10::integer[], $11::integer[], $12::integer[], $13::boolean[])
       as w (id, status, confidence, customers, ended_at, momentary, started_at, description, device_id, low, high, unverified, planned)
     join oms_outage_events p on p.id = w.id
     left join lateral (
       select avg(m.location_lat) as lat, avg(m.location_lng) as lng
       from oms_outage_meters x
       join oms_meters m on m.id = x.meter_id
       where p.event_latitude is null and x.outage_event_id = p.id and m.location_lat is not null and m.location_lng is not null
     ) middle on true
     left join lateral (
       select e.reason from oms_event_sources s
       join scada_events e on e.id = s.source_event_id::bigint
       where p.root_cause is null and s.outage_event_id = p.id and s.source_type = 'scada' and s.source_table = 'scada_events'
         and s.correlation_weight > 0 and e.reason is not null
       order by e.event_timestamp, e.id
       limit 1
     ) told on true
     where o.id = w.id`,
    [
      numberArray(outages.map((outage) => outage.key)),
      outages.map((outage) => outage.status),
      numberArray(outages.map((outage) => outage.confidence)),
      numberArray(outages.map((outage) => outage.customers)),
      numberArray(outages.map((outage) => outage.endedAt)),
      outages.map((outage) => outage.isMomentary),
      numberArray(outages.map((outage) => outage.startedAt)),
      outages.map((outage) => outage.description),
      numberArray(outages.map((outage) => outage.deviceKey)),
      numberArray(outages.map(({ customersInterval }) => customersInterval[0])),
      numberArray(outages.map(({ customersInterval }) => customersInterval[1])),
      numberArray(outages.map((outage) => outage.unverifiedCustomers)),
      outages.map((outage) => outage.isPlanned),
    ],
  );
}
