-- A feeder without a breaker of its own in the data, and a substation as a whole, still interrupt supply as one device: it is
-- implied, under the feeder's or substation's code, or beside a device that has that code already. Looks before it writes: a statement that inserts nothing would still count as a
-- change of the registry, and the whole network would be read again after each trip.
create or replace function ensure_scada_devices(event_ids bigint[]) returns void
language plpgsql as $$
declare
  v_substations bigint[] := array(
    select distinct e.network_substation_id
    from scada_events e
    where e.id = any (ensure_scada_devices.event_ids) and e.network_substation_id is not null
      and not exists (select from network_devices d where d.substation_id = e.network_substation_id and d.kind = 'substation'));
  v_feeders bigint[] := array(
    select distinct e.network_feeder_id
    from scada_events e
    where e.id = any (ensure_scada_devices.event_ids) and e.network_feeder_id is not null
      and not exists (select from network_devices d where d.feeder_id = e.network_feeder_id and d.is_feeder_head));
begin
  if cardinality(v_substations) > 0 then
    insert into network_devices (device_id, kind, name, substation_id, implied)
    select case when exists (select from network_devices d where d.device_id = s.substation_id) then s.substation_id || '#substation' else s.substation_id end,
      'substation', s.name, s.id, true
    from network_substations s
    where s.id = any (v_substations)
    order by s.id
    on conflict do nothing;
  end if;
  if cardinality(v_feeders) > 0 then
    insert into network_devices (device_id, kind, name, substation_id, feeder_id, upstream_id, is_feeder_head, implied)
    select case when exists (select from network_devices d where d.device_id = f.feeder_id) then f.feeder_id || '#breaker' else f.feeder_id end,
      'breaker', f.name, f.substation_id, f.id, s.id, true, true
    from network_feeders f
    left join network_devices s on s.substation_id = f.substation_id and s.kind = 'substation'
    where f.id = any (v_feeders)
    order by f.id
    on conflict do nothing;
  end if;
end
$$;
comment on function ensure_scada_devices(bigint[]) is 'Makes the implied head breaker or substation device for SCADA events whose feeder or substation has none.';
