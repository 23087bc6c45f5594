-- A batch of SCADA messages in one go. There is no message id: substation, feeder, event type, alarm type and time are the
-- identity, so copies over two ways are one event. The one extraction of the format; gateway, files and psql end here.
create or replace function ingest_scada_events(messages json[], received_ats timestamptz[])
returns table (ordinal integer, event_id bigint, stored boolean, meters integer, detail jsonb)
language plpgsql
set enable_seqscan = off
as $$
#variable_conflict use_column
declare
  v_ids bigint[];
  v_stored boolean[];
begin
  with parsed as materialized (
    select m.ord, m.message, m.received_at, m.message::jsonb as j
    from unnest(ingest_scada_events.messages, ingest_scada_events.received_ats) with ordinality as m (message, received_at, ord)
  ), extracted as materialized (
    select p.ord, p.message, p.received_at,
      p.j ->> 'eventType' as event_type,
      p.j ->> 'substationId' as substation_id,
      coalesce(p.j ->> 'feederId', '') as feeder_id,
      p.j ->> 'mainStationId' as main_station_id,
      p.j ->> 'alarmType' as alarm_type,
      (p.j ->> 'timestamp')::timestamptz as event_timestamp,
      (p.j ->> 'voltage')::double precision as voltage,
      p.j ->> 'severity' as severity,
      p.j ->> 'reason' as reason,
      coalesce(p.j #>> '{coordinates,lat}', p.j ->> 'latitude')::double precision as latitude,
      coalesce(p.j #>> '{coordinates,lng}', p.j ->> 'longitude')::double precision as longitude,
      p.j ->> 'source' as source
    from parsed p
  ), new as (
    insert into scada_events (event_type, substation_id, feeder_id, main_station_id, alarm_type, signal, event_timestamp, voltage,
      severity, reason, latitude, longitude, source, clock_suspect, raw_payload, received_at)
    select e.event_type, e.substation_id, e.feeder_id, e.main_station_id, e.alarm_type,
      oms_scada_signal(e.event_type, e.alarm_type), e.event_timestamp, e.voltage, e.severity, e.reason, e.latitude, e.longitude,
      e.source, oms_clock_suspect(e.event_timestamp, e.received_at), e.message, e.received_at
    from extracted e
    order by e.substation_id, e.feeder_id, e.event_type, e.alarm_type, e.event_timestamp, e.ord
    on conflict (substation_id, feeder_id, event_type, alarm_type, event_timestamp) do nothing
    returning id, scada_events.substation_id, scada_events.feeder_id, event_type, alarm_type, event_timestamp
  ), placed as (
    select e.ord, n.id as new_id,
      row_number() over (partition by e.substation_id, e.feeder_id, e.event_type, e.alarm_type, e.event_timestamp order by e.ord) as nth,
      (select o.id from scada_events o where n.id is null and o.substation_id = e.substation_id and o.feeder_id = e.feeder_id
        and o.event_type = e.event_type and o.alarm_type = e.alarm_type and o.event_timestamp = e.event_timestamp) as old_id
    from extracted e
    left join new n using (substation_id, feeder_id, event_type, alarm_type, event_timestamp)
  )
  select array_agg(coalesce(p.new_id, p.old_id) order by p.ord), array_agg(p.new_id is not null and p.nth = 1 order by p.ord)
  into v_ids, v_stored
  from placed p;

  perform resolve_scada_events(array(select distinct i.id from unnest(v_ids, v_stored) as i (id, stored) where i.stored));

  perform count_provider_messages('scada', ingest_scada_events.received_ats, array(
    select r.received_at from unnest(ingest_scada_events.received_ats, v_stored) as r (received_at, stored) where r.stored));

  return query
  select i.ord::integer, i.id, i.stored, e.total_meters, jsonb_build_object(
    'scada_event_id', e.id,
    'meters_checked', e.meters_checked_at is not null,
    'total_meters', e.total_meters,
    'offline_meters', e.offline_meters,
    'online_meters', e.online_meters,
    'unknown_meters', e.unknown_meters)
    || case when e.outage_event_id is not null then jsonb_build_object('outage_event_id', e.outage_event_id)
      else jsonb_build_object('reason', case
        when e.network_substation_id is null and e.device_id is not null then 'the position of a tie'
        when e.network_substation_id is null then 'substation not in the registry'
        when e.feeder_id <> '' and e.network_feeder_id is null then 'feeder not in the registry'
        when e.signal = 'other' then 'the alarm tells nothing of supply'
        when e.clock_suspect then 'stamped in the future'
        when e.signal in ('switch_closed', 'voltage_present') then 'supply is back'
        when e.total_meters = 0 then 'no meters registered'
        else 'supply is known to have come back since' end) end
  from unnest(v_ids, v_stored) with ordinality as i (id, stored, ord)
  left join scada_events e on e.id = i.id
  order by i.ord;
end
$$;
comment on function ingest_scada_events(json[], timestamptz[]) is
  'Takes a batch of SCADA messages; gives for each its row, whether it was new, and the result of the check of its meters.';
