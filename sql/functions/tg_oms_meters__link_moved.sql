create or replace function tg_oms_meters__link_moved() returns trigger
language plpgsql as $$
begin
  delete from network_feeder_meters
  where meter_id = new.id and feeder_id is distinct from new.feeder_id;
  delete from network_substation_meters
  where meter_id = new.id and substation_id is distinct from new.substation_id;

  if new.feeder_id is not null then
    insert into network_feeder_meters (feeder_id, meter_id, priority)
    values (new.feeder_id, new.id, new.priority)
    on conflict (feeder_id, meter_id) do update set priority = excluded.priority;
  end if;
  if new.substation_id is not null then
    insert into network_substation_meters (substation_id, meter_id, feeder_id, priority)
    values (new.substation_id, new.id, new.feeder_id, new.priority)
    on conflict (substation_id, meter_id) do update set feeder_id = excluded.feeder_id, priority = excluded.priority;
  end if;
  return null;
end
$$;
comment on function tg_oms_meters__link_moved() is 'Keeps the link tables in step when a meter moves to another feeder or substation or changes its priority.';
