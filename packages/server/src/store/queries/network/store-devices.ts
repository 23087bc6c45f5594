import type { Queryable } from '../queryable.ts';
import { type RowChanges, runLong } from './store-rows.ts';

/**
 * Takes the staged devices over into the registry, after the feeders. The tree is whole afterwards: new
 * devices are added without links first, then all links are set at once. A device that is gone from the data
 * stays as a leaf; it is no feeder's head any more. `columns` are those that the data has.
 */
export async function storeDevices(client: Queryable, columns: readonly string[]): Promise<RowChanges> {
  await renameSubstationDevices(client);
  await runLong(client, MATCH);
  const [counted] = await runLong<{ total: number; added: number }>(
    client,
    `select count(*)::integer as total, count(*) filter (where id is null)::integer as added from staged_devices`,
  );
  const { total, added } = counted ?? { total: 0, added: 0 };
  const [before] = await runLong<{ changed: number }>(client, COUNT_DIFFERENT, [columns]);
  if (added > 0) {
    await runLong(
      client,
      `insert into network_devices (device_id, kind, name, normally_open, open, implied, substation_id)
      select s.device_id, s.kind, s.name, s.normally_open, s.normally_open, s.implied, ss.id
      from staged_devices s
      left join staged_substations ss on ss.position = s.substation
      where s.id is null
      order by s.position`,
    );
    await runLong(client, MATCH);
  }
  await dethroneFormerHeads(client);
  const [different] = await runLong<{ changed: number }>(client, COUNT_DIFFERENT, [columns]);
  if ((different?.changed ?? 0) > 0) {
    await runLong(
      client,
      `update network_devices t
      set kind = d.kind, name = d.name, substation_id = d.substation_id, feeder_id = d.feeder_id, upstream_id = d.upstream_id,
        normally_open = d.normally_open, other_end_id = d.other_end_id,
        open = case when t.state_at is null and t.open = t.normally_open then d.normally_open else t.open end,
        phases = d.phases, is_feeder_head = d.is_feeder_head, implied = d.implied, location_lat = d.lat, location_lng = d.lng
      from (${DIFFERENT}) d
      where t.id = d.id`,
      [columns],
    );
  }
  return { added, changed: before?.changed ?? 0, unchanged: total - added - (before?.changed ?? 0) };
}

const MATCH = `
  update staged_devices s set id = t.id
  from network_devices t
  where t.device_id = s.device_id and s.id is null`;

// A column that the data does not have leaves what is stored; what is implied has its name and place from elsewhere.
const DIFFERENT = `
  select t.id, n.*
  from staged_devices s
  join network_devices t on t.id = s.id
  left join staged_substations ss on ss.position = s.substation
  left join staged_feeders sf on sf.position = s.feeder
  left join staged_devices su on su.position = s.upstream
  left join staged_devices so on so.position = s.other_end
  cross join lateral (
    select case when 'normally_open' = any ($1) then s.normally_open else t.normally_open end as normally_open
  ) n_open
  cross join lateral (
    select
      s.kind, ss.id as substation_id, sf.id as feeder_id, su.id as upstream_id, s.is_feeder_head, s.implied,
      case when 'name' = any ($1) then s.name else coalesce(s.name, t.name) end as name,
      n_open.normally_open,
      case when not n_open.normally_open then null when 'other_end_id' = any ($1) then so.id else t.other_end_id end as other_end_id,
      case when 'phases' = any ($1) then s.phases else coalesce(s.phases, t.phases) end as phases,
      case when 'lat' = any ($1) then s.lat else coalesce(s.lat, t.location_lat) end as lat,
      case when 'lng' = any ($1) then s.lng else coalesce(s.lng, t.location_lng) end as lng
  ) n
  where (t.kind, t.name, t.substation_id, t.feeder_id, t.upstream_id, t.normally_open, t.other_end_id, t.phases, t.is_feeder_head, t.implied,
      t.location_lat, t.location_lng)
    is distinct from (n.kind, n.name, n.substation_id, n.feeder_id, n.upstream_id, n.normally_open, n.other_end_id, n.phases,
      n.is_feeder_head, n.implied, n.lat, n.lng)`;

const COUNT_DIFFERENT = `select count(*)::integer as changed from (${DIFFERENT}) as different`;

/** Each substation has one device that stands for it; it keeps its identity when its id has to give way to another device's. */
async function renameSubstationDevices(client: Queryable): Promise<void> {
  const renamed = `
    from staged_devices s
    join staged_substations ss on ss.position = s.substation
    where s.kind = 'substation' and t.kind = 'substation' and t.substation_id = ss.id and t.device_id <> s.device_id
      and not exists (select from network_devices o where o.device_id = s.device_id)`;
  const [found] = await runLong<{ is_needed: boolean }>(
    client,
    `select exists (select from network_devices t where exists (select ${renamed})) as is_needed`,
  );
  if (found?.is_needed === true)
    await runLong(client, `update network_devices t set device_id = s.device_id ${renamed}`);
}

/** A feeder has one head at a time, so the former one steps back before the new one is set. */
async function dethroneFormerHeads(client: Queryable): Promise<void> {
  const former = `
    from staged_feeders sf
    where t.feeder_id = sf.id and t.is_feeder_head
      and not exists (
        select from staged_devices s where s.id = t.id and s.is_feeder_head and s.feeder = sf.position)`;
  const [found] = await runLong<{ is_needed: boolean }>(
    client,
    `select exists (select from network_devices t where exists (select ${former})) as is_needed`,
  );
  if (found?.is_needed === true)
    await runLong(client, `update network_devices t set is_feeder_head = false ${former}`);
}
