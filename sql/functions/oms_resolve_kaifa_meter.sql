-- The head-end names a meter by asset, else by usage point; some head-ends send the meter number as the asset. `offset 0`
-- keeps each look-up to the rows that need it, and to once; the function is plain, so that callers' plans take it in.
create or replace function oms_resolve_kaifa_meter(asset_mrid text, usage_point_mrid text)
returns table (meter_id bigint, matched_by text)
language sql stable
as $$
  select coalesce(i.by_asset, i.by_usage_point, i.by_number),
    case when i.by_asset is not null then 'asset_mrid' when i.by_usage_point is not null then 'usage_point_mrid'
      when i.by_number is not null then 'meter_number' end
  from (
    select n.*, case when n.by_asset is null and n.by_usage_point is null then
      (select m.id from oms_meters m where m.meter_number = oms_resolve_kaifa_meter.asset_mrid) end as by_number
    from (
      select a.*, case when a.by_asset is null then
        (select m.id from oms_meters m where m.usage_point_mrid = oms_resolve_kaifa_meter.usage_point_mrid
          order by m.status = 'active' desc, m.id limit 1) end as by_usage_point
      from (
        select (select m.id from oms_meters m where m.asset_mrid = oms_resolve_kaifa_meter.asset_mrid) as by_asset
        offset 0
      ) a
      offset 0
    ) n
    offset 0
  ) i
$$;
comment on function oms_resolve_kaifa_meter(text, text) is 'The meter of an asset and usage point, and by which identifier it was found; nulls where none has them.';
