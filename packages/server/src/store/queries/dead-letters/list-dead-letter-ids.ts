import type { Queryable } from '../queryable.ts';

/** The ids of all messages that are set aside, in the order in which they came; their payloads may not fit in memory. */
export async function listDeadLetterIds(client: Queryable): Promise<readonly number[]> {
  const { rows } = await client.query<{ id: string }>(
    `select id from oms_dead_letters where status = 'set_aside' order by id`,
  );
  return rows.map((row) => Number(row.id));
}
