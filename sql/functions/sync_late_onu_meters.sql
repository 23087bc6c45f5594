-- A meter that the registry puts on a known ONU only after the ONU's events came receives them as any other meter of the building:
-- each once, with its own time. Without argument looks at all meters, in one pass over the events.
create or replace function sync_late_onu_meters(meter_ids bigint[] default null) returns integer
language plpgsql as $$
declare
  v_events bigint[];
begin
  if meter_ids is null then
    select array_agg(distinct e.id) into v_events
    from onu_events e
    join oms_meters m on m.onu_id = e.onu_id and m.status = 'active'
    where not exists (select from onu_event_meters l where l.onu_event_id = e.id and l.meter_id = m.id);
  else
    select array_agg(distinct e.id) into v_events
    from unnest(sync_late_onu_meters.meter_ids) as late (id)
    join oms_meters m on m.id = late.id and m.status = 'active'
    join onu_events e on e.onu_id = m.onu_id
    where not exists (select from onu_event_meters l where l.onu_event_id = e.id and l.meter_id = m.id);
  end if;
  if v_events is null then
    return 0;
  end if;
  return (select count(*) from sync_onu_event_meters(v_events));
end
$$;
comment on function sync_late_onu_meters(bigint[]) is
  'Gives meters that came onto their ONU later (all meters without argument) the stored events of that ONU; gives how many events reached one.';
