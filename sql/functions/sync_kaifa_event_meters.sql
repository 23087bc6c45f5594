-- Matches kept head-end events again and applies those that now find their meter.
create or replace function sync_kaifa_event_meters(event_ids bigint[]) returns integer
language plpgsql
set enable_seqscan = off
as $$
declare
  v_found integer;
begin
  with waiting as materialized (
    select row_number() over (order by e.id) as ord, e.id, e.asset_mrid, e.usage_point_mrid
    from kaifa_events e
    where e.id = any (sync_kaifa_event_meters.event_ids) and e.meter_id is null
    order by e.id
  ), resolved as (
    select w.id, r.meter_id, r.matched_by
    from (select array_agg(asset_mrid order by ord) as assets, array_agg(usage_point_mrid order by ord) as usage_points from waiting) a
    cross join lateral oms_resolve_kaifa_meters(a.assets, a.usage_points) r
    join waiting w on w.ord = r.ord
    where r.meter_id is not null
  ), matched as (
    update kaifa_events e set meter_id = r.meter_id, matched_by = r.matched_by
    from resolved r
    where e.id = r.id and e.meter_id is null
    returning e.id, e.meter_id, e.signal, e.event_timestamp, e.received_at
  ), settled as (
    update oms_unmatched_identifiers u set matched_at = now()
    from matched m
    where u.source_type = 'kaifa' and u.source_event_id = m.id and u.matched_at is null
  )
  select apply_meter_reports('kaifa', array_agg(m.id), array_agg(m.meter_id),
    array_agg(case m.signal when 'other' then 'heard' else m.signal end),
    array_agg(m.event_timestamp), array_agg(m.received_at))
  into v_found
  from matched m
  having count(*) > 0;
  return coalesce(v_found, 0);
end
$$;
comment on function sync_kaifa_event_meters(bigint[]) is 'Matches kept head-end events with the registry again and applies them; gives how many found their meter.';
