import type { Queryable } from '../queryable.ts';

/** Keys of the substations in which an outage lasts. */
export async function listSubstationsWithOpenOutages(client: Queryable): Promise<readonly number[]> {
  const { rows } = await client.query<{ substation_id: number }>(
    `select distinct substation_id::float8
     from oms_outage_events
     where oms_is_open(status) and substation_id is not null
     order by 1`,
  );
  return rows.map((row) => row.substation_id);
}
