import type { Queryable } from '../queryable.ts';

/** Of these ids of outages those that exist, with how many there are of each, numbered ones included. */
export async function findTakenIds(
  client: Queryable,
  ids: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  if (ids.length === 0) return new Map();
  const { rows } = await client.query<{ id: string; taken: number }>(
    `select w.id, 1 + (select count(*) from oms_outage_events n
         where n.event_id >= w.id || '-' and n.event_id < w.id || '.')::integer as taken
     from unnest($1::text[]) as w (id)
     join oms_outage_events o on o.event_id = w.id`,
    [ids],
  );
  return new Map(rows.map((row) => [row.id, row.taken]));
}
