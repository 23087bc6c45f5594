-- Matches kept head-end events again and applies them to the meter that they now find. An event that its usage point brought to a
-- meter goes to the one that has its asset, once that is known; on the same meter it has no second effect.
create or replace function sync_kaifa_event_meters(event_ids bigint[]) returns integer
language plpgsql
set enable_seqscan = off
as $$
declare
  v_found integer;
begin
  with waiting as materialized (
    select e.id, e.asset_mrid, e.usage_point_mrid, e.meter_id, e.matched_by
    from kaifa_events e
    where e.id = any (sync_kaifa_event_meters.event_ids) and (e.meter_id is null or e.matched_by = 'usage_point_mrid')
    order by e.id
  ), resolved as materialized (
    select w.id, w.meter_id as former_meter_id, w.matched_by as formerly_by, r.meter_id, r.matched_by
    from waiting w
    cross join lateral oms_resolve_kaifa_meter(w.asset_mrid, w.usage_point_mrid) r
    where r.meter_id is not null
  ), matched as (
    update kaifa_events e set meter_id = r.meter_id, matched_by = r.matched_by
    from resolved r
    where e.id = r.id and e.meter_id is not distinct from r.former_meter_id and e.matched_by is not distinct from r.formerly_by
      and (r.former_meter_id is null or r.matched_by <> 'usage_point_mrid')
    returning e.id, e.meter_id, e.signal, e.event_timestamp, e.received_at, r.former_meter_id
  ), settled as (
    update oms_unmatched_identifiers u set matched_at = now()
    from resolved r
    where u.source_type = 'kaifa' and u.source_event_id = r.id and u.matched_at is null
      and (r.matched_by <> 'usage_point_mrid' or u.identifier_kind = 'usage_point_mrid'
        or exists (select from oms_meters n where n.meter_number = u.identifier_value))
  )
  select apply_meter_reports('kaifa', array_agg(m.id), array_agg(m.meter_id),
    array_agg(case m.signal when 'other' then 'heard' else m.signal end),
    array_agg(m.event_timestamp), array_agg(m.received_at))
  into v_found
  from matched m
  where m.meter_id is distinct from m.former_meter_id
  having count(*) > 0;
  return coalesce(v_found, 0);
end
$$;
comment on function sync_kaifa_event_meters(bigint[]) is 'Matches kept head-end events with the registry again and applies them; gives how many found their meter.';
