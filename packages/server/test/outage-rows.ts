import type { Pool } from 'pg';

/** Writes one outage of the small network as the correlator does: its row, members, a source and a timeline entry. */
export async function openOutage(
  pool: Pool,
  id: string,
  changes: {
    readonly feeder?: string;
    readonly startedAt?: string;
    readonly meters?: readonly string[];
  } = {},
): Promise<number> {
  const { rows } = await pool.query<{ id: number }>(
    `with device as (
       insert into network_devices (device_id, kind, feeder_id, substation_id)
       select 'D-' || $1, 'fuse', f.id, f.substation_id from network_feeders f where f.feeder_id = $2
       returning id, feeder_id, substation_id
     ), outage as (
       insert into oms_outage_events (event_id, event_type, status, severity, confidence_score, affected_customers_count,
         device_id, feeder_id, substation_id, started_at, first_detected_at)
       select $1, 'device_outage', 'detected', 'low', 0.75,
         (select coalesce(sum(customers), 0) from oms_meters where meter_number = any ($4)),
         d.id, d.feeder_id, d.substation_id, $3, $3 from device d
       returning id
     ), members as (
       insert into oms_outage_meters (outage_event_id, meter_id, customers, out_from)
       select o.id, m.id, m.customers, $3 from outage o join oms_meters m on m.meter_number = any ($4)
     )
     select id::integer from outage`,
    [id, changes.feeder ?? 'F00K123', changes.startedAt ?? '2026-11-23T08:00:00Z', changes.meters ?? []],
  );
  const number = rows[0]?.id as number;
  await noteChange(pool, id, 'detected', 'The outage was detected.');
  return number;
}

/** Writes a change of an outage as the correlator does: its status, a timeline entry, and the notification. */
export async function noteChange(
  pool: Pool,
  id: string,
  status: string,
  description: string,
): Promise<number> {
  const { rows } = await pool.query<{ id: number }>(
    `with outage as (
       update oms_outage_events
       set status = $2, last_updated_at = now(),
         actual_restoration_time = case when $2 in ('restored', 'cancelled') then started_at + interval '1 hour' end
       where event_id = $1
       returning id, started_at
     ), gone as (
       update oms_outage_meters m set out_until = o.started_at + interval '1 hour'
       from outage o where m.outage_event_id = o.id and $2 in ('restored', 'cancelled')
     ), woken as (select pg_notify('lastgasp_outages', ''))
     insert into oms_event_timeline (outage_event_id, event_type, status, description, source, "timestamp")
     select o.id, 'status', $2, $3, 'system', o.started_at from outage o, woken
     returning id::integer`,
    [id, status, description],
  );
  return rows[0]?.id as number;
}
