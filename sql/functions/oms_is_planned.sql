-- For what SQL opens by itself; the engine decides for good. Work begins up to a quarter of an hour early: the policy has the same
-- number, plannedEarlyMinutes, and plannedLateMinutes for its end.
create or replace function oms_is_planned(device_id bigint, at timestamptz) returns boolean
language sql stable parallel safe as $$
  with recursive above as (
    select d.id, d.upstream_id from network_devices d where d.id = oms_is_planned.device_id
    union
    select d.id, d.upstream_id from above a join network_devices d on d.id = a.upstream_id
  )
  select exists (
    select from oms_planned_work w
    join above a on a.id = w.device_id
    where w.status = 'planned'
      and oms_is_planned.at between w.starts_at - interval '15 minutes' and w.ends_at
      and now() <= w.ends_at + interval '15 minutes')
$$;
comment on function oms_is_planned(bigint, timestamptz) is 'Whether work announced at a device, or at one upstream of it, explains that it opened at an instant.';
