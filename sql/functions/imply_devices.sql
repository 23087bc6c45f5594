-- A feeder without a breaker of its own in the data, and a substation as a whole, still interrupt supply as one device: it is
-- implied, under the feeder's or substation's code, or beside a device that has that code already. Writes nothing where nothing is
-- missing: a statement that inserts nothing would still count as a change of the registry, and the whole network would be read again.
create or replace function imply_devices(substation_ids bigint[], feeder_ids bigint[]) returns void
language plpgsql as $$
begin
  if cardinality(substation_ids) > 0 then
    insert into network_devices (device_id, kind, name, substation_id, implied)
    select case when exists (select from network_devices d where d.device_id = s.substation_id) then s.substation_id || '#substation' else s.substation_id end,
      'substation', s.name, s.id, true
    from network_substations s
    where s.id = any (substation_ids)
    order by s.id
    on conflict do nothing;
  end if;
  if cardinality(feeder_ids) > 0 then
    insert into network_devices (device_id, kind, name, substation_id, feeder_id, upstream_id, is_feeder_head, implied)
    select case when exists (select from network_devices d where d.device_id = f.feeder_id) then f.feeder_id || '#breaker' else f.feeder_id end,
      'breaker', f.name, f.substation_id, f.id, s.id, true, true
    from network_feeders f
    left join network_devices s on s.substation_id = f.substation_id and s.kind = 'substation'
    where f.id = any (feeder_ids)
    order by f.id
    on conflict do nothing;
  end if;
end
$$;
comment on function imply_devices(bigint[], bigint[]) is 'Makes the devices that stand for these substations as a whole and for the head breakers of these feeders, which have none yet.';
