-- Looks before it writes: else the whole network would be read again after each trip.
create or replace function ensure_scada_devices(event_ids bigint[]) returns void
language plpgsql as $$
begin
  perform imply_devices(
    array(
      select distinct e.network_substation_id
      from scada_events e
      where e.id = any (ensure_scada_devices.event_ids) and e.network_substation_id is not null
        and not exists (select from network_devices d where d.substation_id = e.network_substation_id and d.kind = 'substation')),
    array(
      select distinct e.network_feeder_id
      from scada_events e
      where e.id = any (ensure_scada_devices.event_ids) and e.network_feeder_id is not null
        and not exists (select from network_devices d where d.feeder_id = e.network_feeder_id and d.is_feeder_head)));
end
$$;
comment on function ensure_scada_devices(bigint[]) is 'Makes the implied head breaker or substation device for SCADA events whose feeder or substation has none.';
