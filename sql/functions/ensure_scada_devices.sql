-- A feeder without a breaker of its own in the data, and a substation as a whole, still interrupt supply as one device: it is
-- implied, under the feeder's or substation's code.
create or replace function ensure_scada_devices(event_ids bigint[]) returns void
language sql as $$
  insert into network_devices (device_id, kind, name, substation_id, implied)
  select distinct s.substation_id, 'substation', s.name, s.id, true
  from scada_events e
  join network_substations s on s.id = e.network_substation_id
  where e.id = any (ensure_scada_devices.event_ids)
    and not exists (select from network_devices d where d.substation_id = s.id and d.kind = 'substation')
  on conflict do nothing;

  insert into network_devices (device_id, kind, name, substation_id, feeder_id, upstream_id, is_feeder_head, implied)
  select distinct f.feeder_id, 'breaker', f.name, f.substation_id, f.id, s.id, true, true
  from scada_events e
  join network_feeders f on f.id = e.network_feeder_id
  left join network_devices s on s.substation_id = f.substation_id and s.kind = 'substation'
  where e.id = any (ensure_scada_devices.event_ids)
    and not exists (select from network_devices d where d.feeder_id = f.id and d.is_feeder_head)
  on conflict do nothing;
$$;
comment on function ensure_scada_devices(bigint[]) is 'Makes the implied head breaker or substation device for SCADA events whose feeder or substation has none.';
