import type { Queryable } from '../queryable.ts';

/**
 * Makes the temporary tables that an import is gathered in; they go with the transaction. `position` is the
 * place in the reader's list, by which the other tables name it, and `id` is null until the row is stored.
 */
export async function createStagingTables(client: Queryable): Promise<void> {
  await client.query(`
    create temporary table staged_substations (
      position integer primary key, id bigint,
      substation_id text, name text, lat double precision, lng double precision, region_code text, voltage_level text
    ) on commit drop;

    create temporary table staged_feeders (
      position integer primary key, id bigint,
      feeder_id text, substation integer, name text, lat double precision, lng double precision, capacity_kva numeric
    ) on commit drop;

    create temporary table staged_devices (
      position integer primary key, id bigint,
      device_id text, kind text, name text, substation integer, feeder integer, upstream integer, normally_open boolean,
      other_end integer, phases text, is_feeder_head boolean, implied boolean, lat double precision, lng double precision, circuit_path text
    ) on commit drop;

    create temporary table staged_distribution_points (
      position integer primary key, id bigint,
      dp_id text, feeder integer, device integer, name text, lat double precision, lng double precision, building_id text
    ) on commit drop;

    create temporary table staged_customers (
      id bigint, customer_id text, name text, phone text, address text, building_id text
    ) on commit drop;

    create temporary table staged_meters (
      id bigint, meter_number text, customer_id text, substation integer, feeder integer, distribution_point integer, device integer,
      above_feeder_head boolean, link_source text, link_distance_m double precision, lat double precision, lng double precision,
      building_id text, customers integer, priority smallint, phases text, cell text, asset_mrid text, usage_point_mrid text,
      onu_id bigint, onu_serial_no text, meter_type text
    ) on commit drop`);
}
