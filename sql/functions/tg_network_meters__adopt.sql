-- A link written by hand is believed where the meter names no feeder or substation of its own.
create or replace function tg_network_meters__adopt() returns trigger
language plpgsql as $$
begin
  if tg_table_name = 'network_feeder_meters' then
    update oms_meters m
    set feeder_id = i.feeder_id, substation_id = coalesce(m.substation_id, f.substation_id), priority = i.priority
    from inserted i
    join network_feeders f on f.id = i.feeder_id
    where m.id = i.meter_id and m.feeder_id is null;
  else
    update oms_meters m
    set substation_id = i.substation_id, priority = i.priority
    from inserted i
    where m.id = i.meter_id and m.substation_id is null;
  end if;
  return null;
end
$$;
comment on function tg_network_meters__adopt() is 'Takes a link row written by hand over into oms_meters where the meter has no link of its own.';
