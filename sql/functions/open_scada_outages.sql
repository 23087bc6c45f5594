-- The least that must be true without the engine: at most one open outage per device. A trip joins the open outage of its device or
-- of its whole substation, opens one where there is none, and opens nothing where supply is known to have come back
-- since. Who belongs to the outage, its confidence and its end are the engine's.
create or replace function open_scada_outages(event_ids bigint[]) returns void
language plpgsql
set enable_seqscan = off
as $$
begin
  with trips as materialized (
    select e.id, e.device_id, e.network_substation_id, e.network_feeder_id, e.event_timestamp, e.received_at, e.total_customers, e.reason, e.latitude, e.longitude
    from scada_events e
    where e.id = any (open_scada_outages.event_ids) and e.device_id is not null and e.total_meters > 0
      and e.signal in ('switch_open', 'voltage_lost') and not e.clock_suspect
      and not exists (
        select from oms_evidence c
        where c.substation_id = e.network_substation_id and c.device_id is not null and not c.clock_suspect
          and c.kind in ('switch_closed', 'voltage_present') and c.event_at >= e.event_timestamp
          and (c.device_id = e.device_id
            or c.device_id = (select d.id from network_devices d where d.substation_id = e.network_substation_id and d.kind = 'substation')))
      -- Its outage of that time has ended, be it by what lies below: the engine knows whether this changes it.
      and not exists (
        select from oms_outage_events o
        where o.substation_id = e.network_substation_id and o.device_id = e.device_id and o.meter_id is null and o.status = 'restored'
          and e.event_timestamp between o.started_at and o.actual_restoration_time)
  ), uncovered as (
    select distinct on (t.device_id) t.*
    from trips t
    where not exists (
      select from oms_outage_events o
      join network_devices d on d.id = o.device_id
      where oms_is_open(o.status) and o.meter_id is null
        and (o.device_id = t.device_id
          or (d.kind = 'substation' and d.substation_id = t.network_substation_id and o.started_at <= t.event_timestamp)))
    order by t.device_id, t.event_timestamp, t.id
  ), counted as (
    -- Who is in another open outage already is not interrupted by this one.
    select u.*, d.device_id as device_code, d.kind, d.location_lat, d.location_lng, u.total_customers - (
      select coalesce(sum(x.customers), 0)
      from oms_outage_events o
      join oms_outage_meters x on x.outage_event_id = o.id and x.out_until is null
      join oms_meters m on m.id = x.meter_id
      where o.substation_id = u.network_substation_id
        and oms_is_open(o.status)
        and (u.network_feeder_id is null or (m.feeder_id = u.network_feeder_id and not m.above_feeder_head))) as customers
    from uncovered u
    join network_devices d on d.id = u.device_id
  )
  insert into oms_outage_events (event_id, event_type, status, severity, confidence_score, affected_customers_count, root_cause, device_id,
    substation_id, feeder_id, started_at, first_detected_at, event_latitude, event_longitude, planned)
  select oms_outage_event_id(c.device_code, c.event_timestamp),
    case when c.network_feeder_id is null then 'substation_outage' else 'feeder_outage' end,
    'detected', oms_severity(c.customers), 0.95, c.customers, c.reason, c.device_id, c.network_substation_id, c.network_feeder_id,
    c.event_timestamp, c.received_at,
    coalesce(c.location_lat, f.location_lat, s.location_lat, c.latitude), coalesce(c.location_lng, f.location_lng, s.location_lng, c.longitude),
    oms_is_planned(c.device_id, c.event_timestamp)
  from counted c
  left join network_feeders f on f.id = c.network_feeder_id
  left join network_substations s on s.id = c.network_substation_id
  where c.customers > 0
  on conflict do nothing;

  with joined as (
    update scada_events e
    set outage_event_id = (
      select o.id
      from oms_outage_events o
      join network_devices d on d.id = o.device_id
      where oms_is_open(o.status) and o.meter_id is null
        and (o.device_id = e.device_id
          or (d.kind = 'substation' and d.substation_id = e.network_substation_id and o.started_at <= e.event_timestamp))
      order by o.device_id = e.device_id desc limit 1)
    where e.id = any (open_scada_outages.event_ids) and e.signal in ('switch_open', 'voltage_lost') and not e.clock_suspect
      and e.total_meters > 0 and e.outage_event_id is null
      and not exists (
        select from oms_evidence c
        where c.substation_id = e.network_substation_id and c.device_id = e.device_id and not c.clock_suspect
          and c.kind in ('switch_closed', 'voltage_present') and c.event_at >= e.event_timestamp)
    returning e.id, e.outage_event_id, e.event_timestamp, e.received_at
  )
  insert into oms_event_sources (outage_event_id, source_type, source_event_id, source_table, correlation_weight, event_timestamp, detected_at)
  select j.outage_event_id, 'scada', j.id::text, 'scada_events', 0.95, j.event_timestamp, j.received_at
  from joined j
  where j.outage_event_id is not null
  on conflict do nothing;
end
$$;
comment on function open_scada_outages(bigint[]) is 'Opens or joins the outages that these SCADA trips mean, at most one open outage per device.';
