import type { Queryable } from '../queryable.ts';
import { type RowChanges, storeRows } from './store-rows.ts';

/** Takes the staged distribution points over into the registry, after the devices; `columns` are those that the data has. */
export async function storeDistributionPoints(
  client: Queryable,
  columns: readonly string[],
): Promise<RowChanges> {
  return storeRows(client, columns, {
    match: `
      update staged_distribution_points s set id = t.id
      from network_distribution_points t
      where t.dp_id = s.dp_id and s.id is null`,
    countNew: `
      select count(*)::integer as total, count(*) filter (where id is null)::integer as added
      from staged_distribution_points`,
    countChanged: `select count(*)::integer as changed from (${DIFFERENT}) as different`,
    update: `
      update network_distribution_points t
      set feeder_id = d.feeder_id, device_id = d.device_id, name = d.name, location_lat = d.lat, location_lng = d.lng,
        building_id = d.building_id
      from (${DIFFERENT}) d
      where t.id = d.id`,
    insert: `
      insert into network_distribution_points (dp_id, feeder_id, device_id, name, location_lat, location_lng, building_id)
      select s.dp_id, sf.id, sd.id, coalesce(s.name, s.dp_id), s.lat, s.lng, s.building_id
      from staged_distribution_points s
      left join staged_feeders sf on sf.position = s.feeder
      left join staged_devices sd on sd.position = s.device
      where s.id is null
      order by s.position`,
  });
}

const DIFFERENT = `
  select t.id, n.*
  from staged_distribution_points s
  join network_distribution_points t on t.id = s.id
  left join staged_feeders sf on sf.position = s.feeder
  left join staged_devices sd on sd.position = s.device
  cross join lateral (
    select
      sf.id as feeder_id,
      sd.id as device_id,
      case when 'name' = any ($1) then coalesce(s.name, s.dp_id) else t.name end as name,
      case when 'lat' = any ($1) then s.lat else t.location_lat end as lat,
      case when 'lng' = any ($1) then s.lng else t.location_lng end as lng,
      case when 'building_id' = any ($1) then s.building_id else t.building_id end as building_id
  ) n
  where (t.feeder_id, t.device_id, t.name, t.location_lat, t.location_lng, t.building_id)
    is distinct from (n.feeder_id, n.device_id, n.name, n.lat, n.lng, n.building_id)`;
