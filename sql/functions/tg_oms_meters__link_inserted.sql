-- New meters get their substation from their feeder where none is given, and their rows in the two link tables.
create or replace function tg_oms_meters__link_inserted() returns trigger
language plpgsql as $$
begin
  update oms_meters m
  set substation_id = f.substation_id
  from inserted i
  join network_feeders f on f.id = i.feeder_id
  where m.id = i.id and i.substation_id is null;

  insert into network_feeder_meters (feeder_id, meter_id, priority)
  select feeder_id, id, priority from inserted where feeder_id is not null
  on conflict do nothing;

  insert into network_substation_meters (substation_id, meter_id, feeder_id, priority)
  select substation_id, id, feeder_id, priority from inserted where substation_id is not null
  on conflict do nothing;
  return null;
end
$$;
comment on function tg_oms_meters__link_inserted() is 'Gives new meters their substation and their rows in the link tables.';
