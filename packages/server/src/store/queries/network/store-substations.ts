import type { Queryable } from '../queryable.ts';
import { type RowChanges, storeRows } from './store-rows.ts';

/** Takes the staged substations over into the registry; `columns` are those that the data has. */
export async function storeSubstations(client: Queryable, columns: readonly string[]): Promise<RowChanges> {
  return storeRows(client, columns, {
    match: `
      update staged_substations s set id = t.id
      from network_substations t
      where t.substation_id = s.substation_id and s.id is null`,
    countNew: `
      select count(*)::integer as total, count(*) filter (where id is null)::integer as added
      from staged_substations`,
    countChanged: `select count(*)::integer as changed from (${DIFFERENT}) as different`,
    update: `
      update network_substations t
      set name = d.name, location_lat = d.lat, location_lng = d.lng, region_code = d.region_code, voltage_level = d.voltage_level
      from (${DIFFERENT}) d
      where t.id = d.id`,
    insert: `
      insert into network_substations (substation_id, name, location_lat, location_lng, region_code, voltage_level)
      select substation_id, coalesce(name, substation_id), lat, lng, region_code, voltage_level
      from staged_substations
      where id is null
      order by position`,
  });
}

const DIFFERENT = `
  select t.id, n.*
  from staged_substations s
  join network_substations t on t.id = s.id
  cross join lateral (
    select
      case when 'name' = any ($1) then coalesce(s.name, s.substation_id) else t.name end as name,
      case when 'lat' = any ($1) then s.lat else t.location_lat end as lat,
      case when 'lng' = any ($1) then s.lng else t.location_lng end as lng,
      case when 'region_code' = any ($1) then s.region_code else t.region_code end as region_code,
      case when 'voltage_level' = any ($1) then s.voltage_level else t.voltage_level end as voltage_level
  ) n
  where (t.name, t.location_lat, t.location_lng, t.region_code, t.voltage_level)
    is distinct from (n.name, n.lat, n.lng, n.region_code, n.voltage_level)`;
