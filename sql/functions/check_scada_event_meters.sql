-- One row per meter of the event's scope with the state found: the meters below the feeder's head breaker as the switches stand,
-- or the whole substation where the event names no feeder. Changes no meter: what SCADA sees says nothing certain of one service.
create or replace function check_scada_event_meters(event_ids bigint[]) returns void
language sql
set enable_seqscan = off
as $$
  with events as materialized (
    select e.id, e.network_feeder_id, e.network_substation_id, e.signal
    from scada_events e
    where e.id = any (check_scada_event_meters.event_ids) and e.signal <> 'other' and e.meters_checked_at is null
  ), transferred as materialized (
    select x.meter_id, x.feeder_id, x.substation_id
    from oms_transferred_meters x
    where (select exists (select from network_transfers)) and x.status = 'active'
  ), found as materialized (
    select e.id, m.id as meter_id, m.customers, m.power_status, m.communication_status,
      oms_meter_state(m.power_status, m.communication_status) as meter_status
    from events e
    join oms_meters m on m.feeder_id = e.network_feeder_id and not m.above_feeder_head and m.status = 'active'
    where not exists (select from transferred t where t.meter_id = m.id)
    union all
    select e.id, m.id, m.customers, m.power_status, m.communication_status, oms_meter_state(m.power_status, m.communication_status)
    from events e
    join oms_meters m on m.substation_id = e.network_substation_id and m.status = 'active'
    where e.network_feeder_id is null and not exists (select from transferred t where t.meter_id = m.id)
    union all
    select e.id, m.id, m.customers, m.power_status, m.communication_status, oms_meter_state(m.power_status, m.communication_status)
    from events e
    join transferred t on case when e.network_feeder_id is null then t.substation_id = e.network_substation_id
      else t.feeder_id = e.network_feeder_id end
    join oms_meters m on m.id = t.meter_id
  ), recorded as (
    insert into scada_event_affected_meters (scada_event_id, meter_id, meter_status, power_status, communication_status, checked_at)
    select f.id, f.meter_id, f.meter_status, f.power_status, f.communication_status, now()
    from found f
    on conflict do nothing
  ), counted as (
    select f.id, count(*)::integer as total, sum(f.customers)::integer as customers,
      count(*) filter (where f.meter_status = 'offline')::integer as offline,
      count(*) filter (where f.meter_status = 'online')::integer as online,
      count(*) filter (where f.meter_status = 'unknown')::integer as unknown
    from found f
    group by f.id
  )
  update scada_events e
  set total_meters = coalesce(c.total, 0),
    offline_meters = coalesce(c.offline, 0),
    online_meters = coalesce(c.online, 0),
    unknown_meters = coalesce(c.unknown, 0),
    total_customers = coalesce(c.customers, 0),
    affected_meter_count = case when v.signal in ('switch_open', 'voltage_lost') then coalesce(c.total, 0) else 0 end,
    meters_checked_at = now()
  from events v
  left join counted c on c.id = v.id
  where e.id = v.id
$$;
comment on function check_scada_event_meters(bigint[]) is 'Checks the meters of the scope of each of these SCADA events and writes down the state found.';
