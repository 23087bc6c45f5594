import type { Queryable } from '../queryable.ts';
import { isGaspOfStorm, isOutageOfStorm, type StormMark, stormParameters } from './made-by-storm.ts';

/** What a storm that was cut off keeps without supply, by the utility's codes. */
export interface LeftByStorm {
  /** Feeders with an open outage of the storm. */
  readonly feederIds: readonly string[];
  /** Substations with an open outage of the whole substation. */
  readonly substationIds: readonly string[];
  /** Meters whose last gasp was the storm's. */
  readonly meterNumbers: readonly string[];
}

/** What the storm has without supply, as the registry has it; nothing that anybody else reported. */
export async function readLeftByStorm(client: Queryable, mark: StormMark): Promise<LeftByStorm> {
  const { rows } = await client.query<{ feeders: string[]; substations: string[]; meters: string[] }>(
    `with left_open as materialized (
      select o.event_type, o.feeder_id, o.substation_id from oms_outage_events o
      where oms_is_open(o.status) and ${isOutageOfStorm('o')}
    )
    select
      array(select distinct f.feeder_id from left_open o join network_feeders f on f.id = o.feeder_id
        where o.event_type = 'feeder_outage' order by 1) as feeders,
      array(select distinct s.substation_id from left_open o join network_substations s on s.id = o.substation_id
        where o.event_type = 'substation_outage' order by 1) as substations,
      array(select m.meter_number from oms_meters m where m.power_status = 'off' and ${isGaspOfStorm('m')}
        order by 1) as meters`,
    stormParameters(mark),
  );
  const [row] = rows;
  return {
    feederIds: row?.feeders ?? [],
    substationIds: row?.substations ?? [],
    meterNumbers: row?.meters ?? [],
  };
}
