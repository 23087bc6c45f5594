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
  readonly endedAt: Instant | null;
  readonly isMomentary: boolean;
  readonly detectedAt: Instant;
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
       first_detected_at = ${instantOf('w.detected_at')}, description = w.description, replaced_by = null, last_updated_at = now(),
       event_latitude = coalesce(o.event_latitude, middle.lat), event_longitude = coalesce(o.event_longitude, middle.lng)
     from unnest($1::bigint[], $2::text[], $3::numeric[], $4::bigint[], $5::bigint[], $6::boolean[], $7::bigint[], $8::text[])
       as w (id, status, confidence, customers, ended_at, momentary, detected_at, description)
     join oms_outage_events p on p.id = w.id
     left join lateral (
       select avg(m.location_lat) as lat, avg(m.location_lng) as lng
       from oms_outage_meters x
       join oms_meters m on m.id = x.meter_id
       where p.event_latitude is null and x.outage_event_id = p.id and m.location_lat is not null and m.location_lng is not null
     ) middle on true
     where o.id = w.id`,
    [
      numberArray(outages.map((outage) => outage.key)),
      outages.map((outage) => outage.status),
      numberArray(outages.map((outage) => outage.confidence)),
      numberArray(outages.map((outage) => outage.customers)),
      numberArray(outages.map((outage) => outage.endedAt)),
      outages.map((outage) => outage.isMomentary),
      numberArray(outages.map((outage) => outage.detectedAt)),
      outages.map((outage) => outage.description),
    ],
  );
}
