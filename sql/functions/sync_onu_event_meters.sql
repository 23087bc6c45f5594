-- An ONU stands for every meter of its building: those the registry has on it and those the message names. Applies the event
-- to each of them it was not applied to yet; keeps what matches nothing; records another serial than the registry's.
create or replace function sync_onu_event_meters(event_ids bigint[]) returns table (event_id bigint, meters integer)
language plpgsql
set enable_seqscan = off
as $$
#variable_conflict use_column
declare
  v_events bigint[];
  v_meters bigint[];
  v_kinds text[];
  v_ats timestamptz[];
  v_received timestamptz[];
begin
  with events as materialized (
    select e.id, e.onu_id, e.onu_serial, e.event_type, e.event_timestamp, e.received_at, e.associated_meters
    from onu_events e
    where e.id = any (sync_onu_event_meters.event_ids)
  ), found as materialized (
    select distinct on (f.id, f.meter_id) f.*
    from (
      select e.id, m.id as meter_id, 'onu_id' as matched_by, m.onu_serial_no
      from events e
      join oms_meters m on m.onu_id = e.onu_id and m.status = 'active'
      union all
      select e.id, m.id, 'associated_meter', null
      from events e
      cross join lateral unnest(e.associated_meters) as a (meter_number)
      join oms_meters m on m.meter_number = a.meter_number
    ) f
    order by f.id, f.meter_id, f.matched_by desc
  ), linked as (
    insert into onu_event_meters (onu_event_id, meter_id, matched_by)
    select f.id, f.meter_id, f.matched_by from found f
    on conflict do nothing
    returning onu_event_id, meter_id
  ), unknown as (
    insert into oms_unmatched_identifiers (source_type, source_event_id, identifier_kind, identifier_value, event_timestamp)
    select 'onu', e.id, 'onu_id', e.onu_id::text, e.event_timestamp
    from events e
    where not exists (select from found f where f.id = e.id and f.matched_by = 'onu_id')
    union all
    select 'onu', e.id, 'meter_number', a.meter_number, e.event_timestamp
    from events e
    cross join lateral unnest(e.associated_meters) as a (meter_number)
    where not exists (select from oms_meters m where m.meter_number = a.meter_number)
    on conflict do nothing
  ), settled as (
    update oms_unmatched_identifiers u set matched_at = now()
    from events e
    where u.source_type = 'onu' and u.source_event_id = e.id and u.matched_at is null
      and case u.identifier_kind when 'onu_id' then exists (select from found f where f.id = e.id and f.matched_by = 'onu_id')
        else exists (select from oms_meters m where m.meter_number = u.identifier_value) end
  ), doubted as (
    insert into oms_identity_conflicts as c (source_type, conflict_kind, identifier, registry_value, reported_value, source_event_id)
    select distinct on (e.onu_id, f.onu_serial_no, e.onu_serial)
      'onu', 'onu_serial', e.onu_id::text, f.onu_serial_no, e.onu_serial, e.id
    from events e
    join found f on f.id = e.id
    where e.onu_serial is not null and f.onu_serial_no is not null and f.onu_serial_no <> e.onu_serial
    order by e.onu_id, f.onu_serial_no, e.onu_serial, e.id
    on conflict (source_type, conflict_kind, identifier, registry_value, reported_value)
      do update set times_seen = c.times_seen + 1, last_seen_at = now()
  )
  select array_agg(l.onu_event_id), array_agg(l.meter_id),
    array_agg(case e.event_type when 'ONU_PowerRestored' then 'power_on' else 'power_off' end),
    array_agg(e.event_timestamp), array_agg(e.received_at)
  into v_events, v_meters, v_kinds, v_ats, v_received
  from linked l
  join events e on e.id = l.onu_event_id;

  if v_events is not null then
    perform apply_meter_reports('onu', v_events, v_meters, v_kinds, v_ats, v_received);
  end if;
  return query
  select l.id, count(*)::integer from unnest(v_events) as l (id) group by l.id;
end
$$;
comment on function sync_onu_event_meters(bigint[]) is 'Applies ONU events to every meter of their ONU; gives how many meters each of them reached now.';
