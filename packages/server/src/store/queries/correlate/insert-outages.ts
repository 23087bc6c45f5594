import type { Instant } from '@lastgasp/engine';
import type { Queryable } from '../queryable.ts';
import { instantOf, numberArray } from './array-literal.ts';

/** What an outage is when it is first written; the rest follows once its meters and evidence stand beside it. */
export interface NewOutage {
  readonly id: string;
  readonly deviceKey: number;
  /** Of a service its meter. */
  readonly meterKey: number | null;
  readonly startedAt: Instant;
  readonly endedAt: Instant | null;
  readonly detectedAt: Instant;
}

/** Writes new outages and gives their keys by id. Its place is the meter's, the device's, else its feeder's, else its substation's. */
export async function insertOutages(
  client: Queryable,
  outages: readonly NewOutage[],
): Promise<ReadonlyMap<string, number>> {
  if (outages.length === 0) return new Map();
  const { rows } = await client.query<{ id: number; event_id: string }>(
    `insert into oms_outage_events (event_id, event_type, status, severity, confidence_score, device_id, meter_id, substation_id,
       feeder_id, dp_id, started_at, first_detected_at, actual_restoration_time, event_latitude, event_longitude)
     select w.event_id,
       case when w.meter_id is not null then 'service_outage' when d.kind = 'substation' then 'substation_outage' when d.is_feeder_head then 'feeder_outage' else 'device_outage' end,
       case when w.ended_at is null then 'detected' else 'restored' end, 'low', 0, d.id, w.meter_id, d.substation_id, d.feeder_id,
       (select p.id from network_distribution_points p where d.kind = 'distribution_point' and p.device_id = d.id order by p.id limit 1),
       ${instantOf('w.started_at')}, ${instantOf('w.detected_at')}, ${instantOf('w.ended_at')}, place.lat, place.lng
     from unnest($1::text[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[])
       as w (event_id, device_id, started_at, ended_at, detected_at, meter_id)
     join network_devices d on d.id = w.device_id
     left join network_feeders f on f.id = d.feeder_id
     left join network_substations s on s.id = d.substation_id
     left join oms_meters m on m.id = w.meter_id
     left join lateral (
       select p.lat, p.lng
       from (values (0, m.location_lat, m.location_lng), (1, d.location_lat, d.location_lng), (2, f.location_lat, f.location_lng),
         (3, s.location_lat, s.location_lng))
         as p (nearness, lat, lng)
       where p.lat is not null and p.lng is not null
       order by p.nearness limit 1
     ) place on true
     returning id::float8, event_id`,
    [
      outages.map((outage) => outage.id),
      numberArray(outages.map((outage) => outage.deviceKey)),
      numberArray(outages.map((outage) => outage.startedAt)),
      numberArray(outages.map((outage) => outage.endedAt)),
      numberArray(outages.map((outage) => outage.detectedAt)),
      numberArray(outages.map((outage) => outage.meterKey)),
    ],
  );
  return new Map(rows.map((row) => [row.event_id, row.id]));
}
