import type { Queryable } from '../queryable.ts';

/** What an interruption that nobody has ended yet keeps without supply, by the utility's codes. */
export interface LeftWithoutSupply {
  /** Feeders with an open outage of their own. */
  readonly feederIds: readonly string[];
  /** Substations with an open outage of the whole substation. */
  readonly substationIds: readonly string[];
  /** Meters that reported last that their supply went. */
  readonly meterNumbers: readonly string[];
}

/** What is without supply as the registry has it. */
export async function readLeftWithoutSupply(client: Queryable): Promise<LeftWithoutSupply> {
  const { rows } = await client.query<{ feeders: string[]; substations: string[]; meters: string[] }>(
    `with open_outages as (
      select feeder_id, substation_id from oms_outage_events
      where status in ('detected', 'confirmed', 'in_progress', 'partially_restored')
    )
    select
      array(select distinct f.feeder_id from open_outages o join network_feeders f on f.id = o.feeder_id order by 1) as feeders,
      array(select distinct s.substation_id from open_outages o join network_substations s on s.id = o.substation_id
        where o.feeder_id is null order by 1) as substations,
      array(select meter_number from oms_meters where power_status = 'off' order by 1) as meters`,
  );
  const [row] = rows;
  return {
    feederIds: row?.feeders ?? [],
    substationIds: row?.substations ?? [],
    meterNumbers: row?.meters ?? [],
  };
}
