-- The head-end names a meter by asset, else by usage point; some head-ends send the meter number as the asset.
create or replace function oms_resolve_kaifa_meters(asset_mrids text[], usage_point_mrids text[])
returns table (ord bigint, meter_id bigint, matched_by text)
language sql stable
set enable_seqscan = off
as $$
  select i.ord, coalesce(a.id, u.id, n.id),
    case when a.id is not null then 'asset_mrid' when u.id is not null then 'usage_point_mrid' when n.id is not null then 'meter_number' end
  from unnest(asset_mrids, usage_point_mrids) with ordinality as i (asset_mrid, usage_point_mrid, ord)
  left join oms_meters a on a.asset_mrid = i.asset_mrid
  left join lateral (
    select m.id from oms_meters m
    where a.id is null and m.usage_point_mrid = i.usage_point_mrid
    order by m.status = 'active' desc, m.id limit 1
  ) u on true
  left join lateral (
    select m.id from oms_meters m where a.id is null and u.id is null and m.meter_number = i.asset_mrid
  ) n on true
$$;
comment on function oms_resolve_kaifa_meters(text[], text[]) is 'The meter of each asset and usage point, and by which identifier it was found.';
