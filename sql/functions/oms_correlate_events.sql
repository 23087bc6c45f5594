-- Which open outage covers an event: by topology where its meter or device is known, else by time and distance. Opens nothing.
create or replace function oms_correlate_events(
  event_type text,
  source_type text,
  source_event_id text,
  at timestamptz,
  lat double precision default null,
  lng double precision default null,
  window_minutes integer default 30,
  radius_meters double precision default 1000
) returns bigint
language sql stable as $$
  with meters as (
    select k.meter_id from kaifa_events k
    where oms_correlate_events.source_type = 'kaifa' and k.id::text = oms_correlate_events.source_event_id and k.meter_id is not null
    union all
    select o.meter_id from onu_event_meters o
    where oms_correlate_events.source_type = 'onu' and o.onu_event_id::text = oms_correlate_events.source_event_id
    union all
    select t.meter_id from callcenter_tickets t
    where oms_correlate_events.source_type = 'call_center' and t.id::text = oms_correlate_events.source_event_id and t.meter_id is not null
  ), places as (
    select m.feeder_id, m.substation_id, m.id as meter_id, m.above_feeder_head from oms_meters m where m.id in (select meter_id from meters)
    union all
    select s.network_feeder_id, s.network_substation_id, null, false
    from scada_events s
    where oms_correlate_events.source_type = 'scada' and s.id::text = oms_correlate_events.source_event_id
  ), covering as (
    select o.id, 0 as distance, 0 as rank, o.started_at
    from oms_outage_events o
    join network_devices d on d.id = o.device_id
    join places p on exists (select from oms_outage_meters x where x.outage_event_id = o.id and x.meter_id = p.meter_id)
      or (o.meter_id is null and d.is_feeder_head and o.feeder_id = p.feeder_id and not p.above_feeder_head)
      or (o.meter_id is null and d.kind = 'substation' and o.substation_id = p.substation_id)
    where oms_is_open(o.status)
      and o.started_at <= oms_correlate_events.at + make_interval(mins => oms_correlate_events.window_minutes)
    union all
    select o.id, haversine_distance_meters(oms_correlate_events.lat, oms_correlate_events.lng, o.event_latitude, o.event_longitude), 1, o.started_at
    from oms_outage_events o
    where oms_is_open(o.status)
      and not exists (select from places)
      and o.started_at between oms_correlate_events.at - make_interval(mins => oms_correlate_events.window_minutes)
        and oms_correlate_events.at + make_interval(mins => oms_correlate_events.window_minutes)
      and haversine_distance_meters(oms_correlate_events.lat, oms_correlate_events.lng, o.event_latitude, o.event_longitude)
        <= oms_correlate_events.radius_meters
  )
  select c.id from covering c order by c.rank, c.distance, c.started_at desc, c.id limit 1
$$;
comment on function oms_correlate_events(text, text, text, timestamptz, double precision, double precision, integer, double precision) is
  'The open outage that covers an event, by topology, else within window and radius; null where none does. Opens nothing.';
