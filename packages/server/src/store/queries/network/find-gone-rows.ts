import type { Queryable } from '../queryable.ts';
import { runLong } from './store-rows.ts';

/** Rows of one table that the registry has and the data has not. */
export interface GoneRows {
  readonly count: number;
  /** The first hundred of them, in order. */
  readonly ids: readonly string[];
}

/** The tables of which an import tells what is gone. */
export const TABLES_WITH_GONE_ROWS = ['feeders', 'devices', 'distributionPoints', 'meters'] as const;
export type TableWithGoneRows = (typeof TABLES_WITH_GONE_ROWS)[number];

/**
 * What the registry has of the substations in the data, and the data has not. Nothing is deleted: history
 * names it. Other substations are another bundle's matter.
 */
export async function findGoneRows(
  client: Queryable,
): Promise<Readonly<Record<TableWithGoneRows, GoneRows>>> {
  return {
    feeders: await findGone(
      client,
      `select t.feeder_id as id
      from network_feeders t
      join staged_substations ss on ss.id = t.substation_id
      where not exists (select from staged_feeders s where s.id = t.id)`,
    ),
    devices: await findGone(
      client,
      `select t.device_id as id
      from network_devices t
      join staged_substations ss on ss.id = t.substation_id
      where not exists (select from staged_devices s where s.id = t.id)`,
    ),
    distributionPoints: await findGone(
      client,
      `select t.dp_id as id
      from network_distribution_points t
      join network_feeders f on f.id = t.feeder_id
      join staged_substations ss on ss.id = f.substation_id
      where not exists (select from staged_distribution_points s where s.id = t.id)`,
    ),
    meters: await findGone(
      client,
      `select t.meter_number as id
      from oms_meters t
      join staged_substations ss on ss.id = t.substation_id
      where t.status = 'active' and not exists (select from staged_meters s where s.id = t.id)`,
    ),
  };
}

async function findGone(client: Queryable, gone: string): Promise<GoneRows> {
  const [found] = await runLong<{ count: number; ids: string[] | null }>(
    client,
    `with gone as materialized (${gone})
    select (select count(*)::integer from gone) as count,
      (select array_agg(id) from (select id from gone order by id limit 100) as listed) as ids`,
  );
  return { count: found?.count ?? 0, ids: found?.ids ?? [] };
}
