import type { Queryable } from '../queryable.ts';

/** The advisory lock of the one process that plays the storm: the letters "lgstm" as a number. */
const STORM_LOCK = 465_592_087_661;

/** Makes this session the one that plays the storm, unless another one is. */
export async function tryStormLock(session: Queryable): Promise<boolean> {
  const { rows } = await session.query<{ held: boolean }>('select pg_try_advisory_lock($1) as held', [
    STORM_LOCK,
  ]);
  return rows[0]?.held === true;
}

/** Since when the session that plays the storm is connected; null where there is none, or it is another role's. */
export async function readStormSince(session: Queryable): Promise<Date | null> {
  const { rows } = await session.query<{ since: Date | null }>(
    `select a.backend_start as since
     from pg_locks l join pg_stat_activity a on a.pid = l.pid
     where l.locktype = 'advisory' and l.granted and l.objsubid = 1
       and l.database = (select oid from pg_database where datname = current_database())
       and (l.classid::bigint << 32) | l.objid::bigint = $1`,
    [STORM_LOCK],
  );
  return rows[0]?.since ?? null;
}
