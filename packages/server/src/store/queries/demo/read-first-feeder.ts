import type { Queryable } from '../queryable.ts';

/** A feeder with its substation, by the codes that SCADA sends. */
export interface FeederCodes {
  readonly feederId: string;
  readonly substationId: string;
}

/** A feeder of the registry that has meters, for an example that does something; null where there is none. */
export async function readFirstFeeder(client: Queryable): Promise<FeederCodes | null> {
  const { rows } = await client.query<{ feeder_id: string; substation_id: string }>(
    `select f.feeder_id, s.substation_id
     from network_feeders f join network_substations s on s.id = f.substation_id
     where exists (select from network_feeder_meters m where m.feeder_id = f.id)
     order by f.id
     limit 1`,
  );
  const [row] = rows;
  return row === undefined ? null : { feederId: row.feeder_id, substationId: row.substation_id };
}
