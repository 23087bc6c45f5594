-- The head-end names a meter by asset, else by usage point; some head-ends send the meter number as the asset. `offset 0`
-- keeps each look-up to the rows that need it, and to once.
create or replace function oms_resolve_kaifa_meters(asset_mrids text[], usage_point_mrids text[])
returns table (ord bigint, meter_id bigint, matched_by text)
language sql stable
set enable_seqscan = off
as $$
  select i.ord, coalesce(i.by_asset, i.by_usage_point, i.by_number),
    case when i.by_asset is not null then 'asset_mrid' when i.by_usage_point is not null then 'usage_point_mrid'
      when i.by_number is not null then 'meter_number' end
  from (
    select n.*, case when n.by_asset is null and n.by_usage_point is null then
      (select m.id from oms_meters m where m.meter_number = n.asset_mrid) end as by_number
    from (
      select a.*, case when a.by_asset is null then
        (select m.id from oms_meters m where m.usage_point_mrid = a.usage_point_mrid
          order by m.status = 'active' desc, m.id limit 1) end as by_usage_point
      from (
        select g.ord, g.asset_mrid, g.usage_point_mrid,
          (select m.id from oms_meters m where m.asset_mrid = g.asset_mrid) as by_asset
        from unnest(asset_mrids, usage_point_mrids) with ordinality as g (asset_mrid, usage_point_mrid, ord)
        offset 0
      ) a
      offset 0
    ) n
    offset 0
  ) i
$$;
comment on function oms_resolve_kaifa_meters(text[], text[]) is 'The meter of each asset and usage point, and by which identifier it was found.';
