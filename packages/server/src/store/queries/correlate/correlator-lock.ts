import type { Queryable } from '../queryable.ts';

/** The advisory lock of the one correlator that writes: the letters "lgcor" as a number. */
const CORRELATOR_LOCK = 465_591_037_810;

/**
 * Makes this session the one that correlates, unless another one is. The lock is the session's: whoever loses the connection
 * loses the lock and cannot write through it either.
 */
export async function tryCorrelatorLock(session: Queryable): Promise<boolean> {
  const { rows } = await session.query<{ held: boolean }>('select pg_try_advisory_lock($1) as held', [
    CORRELATOR_LOCK,
  ]);
  return rows[0]?.held === true;
}
