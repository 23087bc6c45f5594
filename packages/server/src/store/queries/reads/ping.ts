import type { Queryable } from '../queryable.ts';

/** Asks the database for nothing; fails where it does not answer. */
export async function ping(database: Queryable): Promise<void> {
  await database.query('select 1');
}
