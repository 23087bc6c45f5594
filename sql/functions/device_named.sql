-- A feeder's code names its head, a substation's the substation as a whole; either is made where nothing has opened there yet.
create or replace function device_named(code text) returns bigint
language plpgsql as $$
declare
  v_device_id bigint := (select d.id from network_devices d where d.device_id = device_named.code);
  v_feeder network_feeders;
  v_substation_id bigint;
begin
  if v_device_id is not null then
    return v_device_id;
  end if;
  select f.* into v_feeder from network_feeders f where f.feeder_id = device_named.code;
  v_substation_id := coalesce(v_feeder.substation_id, (select s.id from network_substations s where s.substation_id = device_named.code));
  if v_substation_id is null then
    return null;
  end if;
  perform imply_devices(
    array(select v_substation_id
      where not exists (select from network_devices d where d.substation_id = v_substation_id and d.kind = 'substation')),
    array(select v_feeder.id
      where v_feeder.id is not null and not exists (select from network_devices d where d.feeder_id = v_feeder.id and d.is_feeder_head)));
  return (
    select d.id from network_devices d
    where case when v_feeder.id is not null then d.feeder_id = v_feeder.id and d.is_feeder_head
      else d.substation_id = v_substation_id and d.kind = 'substation' end);
end
$$;
comment on function device_named(text) is 'The device with this code, or the one that stands for the feeder or substation with it; null where the registry has none of them.';
