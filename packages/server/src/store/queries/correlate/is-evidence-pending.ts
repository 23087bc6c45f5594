import type { Instant } from '@lastgasp/engine';
import type { Queryable } from '../queryable.ts';
import { microsOf } from './array-literal.ts';
import { WITH_UNREAD_EVIDENCE } from './unread-evidence.ts';

/** What is committed at this moment, as a `pg_snapshot`. */
export async function readSnapshot(database: Queryable): Promise<string> {
  const { rows } = await database.query<{ now: string }>('select pg_current_snapshot()::text as now');
  return (rows[0] as { now: string }).now;
}

/** Whether evidence that is visible in `snapshot` has not been processed by the correlator yet. */
export async function isEvidencePending(database: Queryable, snapshot: string): Promise<boolean> {
  const { rows } = await database.query<{ pending: boolean }>(
    `${WITH_UNREAD_EVIDENCE}
     select exists (select from unread where pg_visible_in_snapshot(xid, $1::pg_snapshot)) as pending`,
    [snapshot],
  );
  return rows[0]?.pending === true;
}

/** The time of the statement at the database. */
export async function readNow(database: Queryable): Promise<Instant> {
  const { rows } = await database.query<{ now: number }>(`select ${microsOf('clock_timestamp()')} as now`);
  return (rows[0] as { now: number }).now;
}
