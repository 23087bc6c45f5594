-- Whether the point behind a device has its supply the normal way: every device up to the substation is closed.
create or replace function oms_is_fed_normally(device bigint) returns boolean
language sql stable as $$
  with recursive up as (
    select d.id, d.upstream_id, d.kind, not d.open and not d.normally_open as carries
    from network_devices d where d.id = oms_is_fed_normally.device
    union
    select d.id, d.upstream_id, d.kind, not d.open and not d.normally_open
    from up join network_devices d on d.id = up.upstream_id
    where up.carries
  )
  select exists (select from up where up.kind = 'substation' and up.upstream_id is null)
$$;
comment on function oms_is_fed_normally(bigint) is 'Whether all devices from this one up to its substation are closed, as they stand now.';
