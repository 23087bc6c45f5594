import type { Queryable } from '../queryable.ts';
import { type RowChanges, runLong, storeRows } from './store-rows.ts';

/** An asset mRID that the data gives to another meter than the registry does. */
export interface MovedAsset {
  readonly assetMrid: string;
  readonly fromMeterNumber: string;
  readonly toMeterNumber: string;
}

/** What an import did to the meters. */
export interface MeterChanges extends RowChanges {
  /** Asset mRIDs taken from meters that the data does not have, at most a thousand. */
  readonly movedAssets: readonly MovedAsset[];
}

/**
 * Takes the staged meters over into the registry, after everything they name; `columns` are those that the
 * data has. What was reported of a meter stays as it is; one that was retired and is in the data again is
 * active again.
 */
export async function storeMeters(client: Queryable, columns: readonly string[]): Promise<MeterChanges> {
  await runLong(client, MATCH);
  const movedAssets = await releaseAssets(client);
  const changes = await storeRows(client, columns, {
    match: MATCH,
    countNew: `
      select count(*)::integer as total, count(*) filter (where id is null)::integer as added
      from staged_meters`,
    countChanged: `select count(*)::integer as changed from (${DIFFERENT}) as different`,
    // Ingestion updates meters in the order of their ids; taking the same order, neither waits for the other in a circle.
    lock: `
      select count(*) from (
        select from oms_meters m
        where m.id in (select d.id from (${DIFFERENT}) d)
        order by m.id
        for no key update
      ) as locked`,
    update: `
      update oms_meters t
      set customer_id = d.customer_id, substation_id = d.substation_id, feeder_id = d.feeder_id, dp_id = d.dp_id,
        device_id = d.device_id, above_feeder_head = d.above_feeder_head, link_source = d.link_source,
        link_distance_m = d.link_distance_m, location_lat = d.lat, location_lng = d.lng, building_id = d.building_id,
        customers = d.customers, priority = d.priority, phases = d.phases, cell = d.cell, asset_mrid = d.asset_mrid,
        usage_point_mrid = d.usage_point_mrid, onu_id = d.onu_id, onu_serial_no = d.onu_serial_no, meter_type = d.meter_type,
        status = 'active'
      from (${DIFFERENT}) d
      where t.id = d.id`,
    insert: `
      insert into oms_meters (meter_number, customer_id, substation_id, feeder_id, dp_id, device_id, above_feeder_head,
        link_source, link_distance_m, location_lat, location_lng, building_id, customers, priority, phases, cell, asset_mrid,
        usage_point_mrid, onu_id, onu_serial_no, meter_type)
      select s.meter_number, c.id, ss.id, sf.id, sp.id, sd.id, s.above_feeder_head, s.link_source, s.link_distance_m, s.lat,
        s.lng, s.building_id, s.customers, s.priority, s.phases, s.cell, s.asset_mrid, s.usage_point_mrid, s.onu_id,
        s.onu_serial_no, s.meter_type
      from staged_meters s
      ${JOINS}
      where s.id is null
      order by s.feeder, s.device, s.meter_number`,
  });
  return { ...changes, movedAssets };
}

const MATCH = `
  update staged_meters s set id = t.id
  from oms_meters t
  where t.meter_number = s.meter_number and s.id is null`;

const JOINS = `
  left join oms_customers c on c.customer_id = s.customer_id
  left join staged_substations ss on ss.position = s.substation
  left join staged_feeders sf on sf.position = s.feeder
  left join staged_distribution_points sp on sp.position = s.distribution_point
  left join staged_devices sd on sd.position = s.device`;

const DIFFERENT = `
  select t.id, n.*
  from staged_meters s
  join oms_meters t on t.id = s.id
  ${JOINS}
  cross join lateral (
    select
      case when 'customer_id' = any ($1) then c.id else t.customer_id end as customer_id,
      ss.id as substation_id, sf.id as feeder_id, sp.id as dp_id, sd.id as device_id, s.above_feeder_head, s.link_source,
      s.link_distance_m,
      case when 'lat' = any ($1) then s.lat else t.location_lat end as lat,
      case when 'lng' = any ($1) then s.lng else t.location_lng end as lng,
      case when 'building_id' = any ($1) then s.building_id else t.building_id end as building_id,
      case when 'customers' = any ($1) then s.customers else t.customers end as customers,
      case when 'priority' = any ($1) then s.priority else t.priority end as priority,
      case when 'phases' = any ($1) then s.phases else t.phases end as phases,
      case when 'cell' = any ($1) then s.cell else t.cell end as cell,
      case when 'asset_mrid' = any ($1) then s.asset_mrid else t.asset_mrid end as asset_mrid,
      case when 'usage_point_mrid' = any ($1) then s.usage_point_mrid else t.usage_point_mrid end as usage_point_mrid,
      case when 'onu_id' = any ($1) then s.onu_id else t.onu_id end as onu_id,
      case when 'onu_serial_no' = any ($1) then s.onu_serial_no else t.onu_serial_no end as onu_serial_no,
      case when 'meter_type' = any ($1) then s.meter_type else t.meter_type end as meter_type
  ) n
  where (t.customer_id, t.substation_id, t.feeder_id, t.dp_id, t.device_id, t.above_feeder_head, t.link_source,
      t.link_distance_m, t.location_lat, t.location_lng, t.building_id, t.customers, t.priority, t.phases, t.cell,
      t.asset_mrid, t.usage_point_mrid, t.onu_id, t.onu_serial_no, t.meter_type, t.status)
    is distinct from (n.customer_id, n.substation_id, n.feeder_id, n.dp_id, n.device_id, n.above_feeder_head, n.link_source,
      n.link_distance_m, n.lat, n.lng, n.building_id, n.customers, n.priority, n.phases, n.cell,
      n.asset_mrid, n.usage_point_mrid, n.onu_id, n.onu_serial_no, n.meter_type, 'active')`;

/** An asset belongs to one meter, so one that gets another place leaves its former meter first. */
async function releaseAssets(client: Queryable): Promise<MovedAsset[]> {
  const moved = await runLong<{
    asset_mrid: string;
    from_number: string;
    to_number: string;
    is_gone: boolean;
  }>(
    client,
    `select s.asset_mrid, t.meter_number as from_number, s.meter_number as to_number,
      not exists (select from staged_meters o where o.id = t.id) as is_gone
    from staged_meters s
    join oms_meters t on t.asset_mrid = s.asset_mrid
    where t.id is distinct from s.id
    order by s.meter_number`,
  );
  if (moved.length > 0) {
    await runLong(
      client,
      `update oms_meters t set asset_mrid = null
      from staged_meters s
      where t.asset_mrid = s.asset_mrid and t.id is distinct from s.id`,
    );
  }
  return moved
    .filter((row) => row.is_gone)
    .slice(0, 1_000)
    .map((row) => ({
      assetMrid: row.asset_mrid,
      fromMeterNumber: row.from_number,
      toMeterNumber: row.to_number,
    }));
}
