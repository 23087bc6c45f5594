import type { Queryable } from '../queryable.ts';
import { type RowChanges, storeRows } from './store-rows.ts';

/** Takes the staged feeders over into the registry, after the substations; `columns` are those that the data has. */
export async function storeFeeders(client: Queryable, columns: readonly string[]): Promise<RowChanges> {
  return storeRows(client, columns, {
    match: `
      update staged_feeders s set id = t.id
      from network_feeders t
      where t.feeder_id = s.feeder_id and s.id is null`,
    countNew: `
      select count(*)::integer as total, count(*) filter (where id is null)::integer as added
      from staged_feeders`,
    countChanged: `select count(*)::integer as changed from (${DIFFERENT}) as different`,
    update: `
      update network_feeders t
      set substation_id = d.substation_id, name = d.name, location_lat = d.lat, location_lng = d.lng, capacity_kva = d.capacity_kva
      from (${DIFFERENT}) d
      where t.id = d.id`,
    insert: `
      insert into network_feeders (feeder_id, substation_id, name, location_lat, location_lng, capacity_kva)
      select s.feeder_id, ss.id, coalesce(s.name, s.feeder_id), s.lat, s.lng, s.capacity_kva
      from staged_feeders s
      join staged_substations ss on ss.position = s.substation
      where s.id is null
      order by s.position`,
  });
}

const DIFFERENT = `
  select t.id, n.*
  from staged_feeders s
  join network_feeders t on t.id = s.id
  join staged_substations ss on ss.position = s.substation
  cross join lateral (
    select
      ss.id as substation_id,
      case when 'name' = any ($1) then coalesce(s.name, s.feeder_id) else t.name end as name,
      case when 'lat' = any ($1) then s.lat else t.location_lat end as lat,
      case when 'lng' = any ($1) then s.lng else t.location_lng end as lng,
      case when 'capacity_kva' = any ($1) then s.capacity_kva::numeric(12, 2) else t.capacity_kva end as capacity_kva
  ) n
  where (t.substation_id, t.name, t.location_lat, t.location_lng, t.capacity_kva)
    is distinct from (n.substation_id, n.name, n.lat, n.lng, n.capacity_kva)`;
