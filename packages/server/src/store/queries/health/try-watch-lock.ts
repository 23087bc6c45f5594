import type { Queryable } from '../queryable.ts';

/** Takes the right to judge the providers until the transaction ends; gives the database's time, or null where somebody else has it. */
export async function tryWatchLock(client: Queryable): Promise<Date | null> {
  const { rows } = await client.query<{ is_taken: boolean; now: Date }>(
    `select pg_try_advisory_xact_lock(hashtextextended('lastgasp provider health', 0)) as is_taken, clock_timestamp() as now`,
  );
  const row = rows[0];
  return row?.is_taken === true ? row.now : null;
}
