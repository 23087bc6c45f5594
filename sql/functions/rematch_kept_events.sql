-- Matches what was kept with a registry that has learnt something.
create or replace function rematch_kept_events() returns integer
language plpgsql as $$
declare
  v_found integer := 0;
  v_ids bigint[];
begin
  if exists (select from oms_unmatched_identifiers where matched_at is null) then
    v_ids := array(
      select distinct u.source_event_id from oms_unmatched_identifiers u
      where u.matched_at is null and u.source_type = 'kaifa'
        and (u.identifier_kind = 'asset_mrid' and (exists (select from oms_meters m where m.asset_mrid = u.identifier_value)
            or exists (select from oms_meters m where m.meter_number = u.identifier_value))
          or u.identifier_kind = 'usage_point_mrid' and exists (select from oms_meters m where m.usage_point_mrid = u.identifier_value)));
    if cardinality(v_ids) > 0 then
      v_found := v_found + sync_kaifa_event_meters(v_ids);
    end if;

    v_ids := array(
      select distinct u.source_event_id from oms_unmatched_identifiers u
      where u.matched_at is null and u.source_type = 'onu'
        and (u.identifier_kind = 'onu_id' and exists (select from oms_meters m where m.onu_id = u.identifier_value::bigint)
          or u.identifier_kind = 'meter_number' and exists (select from oms_meters m where m.meter_number = u.identifier_value)));
    if cardinality(v_ids) > 0 then
      v_found := v_found + (select count(*) from sync_onu_event_meters(v_ids));
    end if;

    v_ids := array(
      select distinct u.source_event_id from oms_unmatched_identifiers u
      where u.matched_at is null and u.source_type = 'call_center'
        and (u.identifier_kind = 'meter_number' and exists (select from oms_meters m where m.meter_number = u.identifier_value)
          or u.identifier_kind = 'phone' and exists (select from oms_customers c where c.phone_key = u.identifier_value)
          or u.identifier_kind = 'address' and exists (select from oms_customers c where c.address_key = u.identifier_value)));
    if cardinality(v_ids) > 0 then
      v_found := v_found + link_callcenter_tickets(v_ids);
    end if;

    v_ids := array(
      select distinct u.source_event_id from oms_unmatched_identifiers u
      where u.matched_at is null and u.source_type = 'scada'
        and (u.identifier_kind = 'feeder_id' and exists (select from network_feeders f where f.feeder_id = u.identifier_value)
          or u.identifier_kind = 'substation_id' and exists (select from network_substations s where s.substation_id = u.identifier_value)));
    v_found := v_found + resolve_scada_events(v_ids);
  end if;

  -- A trip that came before the feeder's meters did.
  with waiting as (
    update scada_events e
    set meters_checked_at = null
    where e.total_meters = 0 and e.device_id is not null and e.signal <> 'other'
      and case when e.network_feeder_id is not null
        then exists (select from oms_meters m where m.feeder_id = e.network_feeder_id and not m.above_feeder_head and m.status = 'active')
        else exists (select from oms_meters m where m.substation_id = e.network_substation_id and m.status = 'active') end
    returning e.id
  )
  select array_agg(w.id) into v_ids from waiting w;
  if v_ids is not null then
    perform check_scada_event_meters(v_ids);
    perform open_scada_outages(v_ids);
    v_found := v_found + cardinality(v_ids);
  end if;
  return v_found;
end
$$;
comment on function rematch_kept_events() is 'Matches events kept as unmatched with the registry again and applies those that find their place; gives how many did.';
