import type { Queryable } from '../queryable.ts';

/** The advisory lock of the correlator that writes: the letters "lgcor" as a number. */
const CORRELATOR_LOCK = 465_591_037_810;

const NAME = 'correlator';

/** What a process writes under: nobody else has it while the row says so. */
export interface Lease {
  readonly holder: string;
  /** As text, since it is 64 bits wide. */
  readonly epoch: string;
}

/**
 * Takes the correlator's lease for `forMs`, or gives null where another process has it. It is free when its time is over, so that a
 * frozen process stands in nobody's way; and at once when the session that held it has ended, which the advisory lock tells where the
 * holder had it: whoever took over from a frozen one gets the lock only when that one wakes. Whoever takes the lease raises the epoch.
 */
export async function takeCorrelatorLease(
  session: Queryable,
  holder: string,
  forMs: number,
): Promise<Lease | null> {
  const { rows } = await session.query<{ epoch: string }>(
    `with lock as materialized (
       select pg_try_advisory_lock($4) as is_held
     )
     insert into oms_leases as l (name, holder, epoch, expires_at, is_locked)
     select $1, $2, 1, clock_timestamp() + $3 * interval '1 millisecond', is_held from lock
     on conflict (name) do update
       set epoch = l.epoch + 1, holder = excluded.holder, expires_at = excluded.expires_at, is_locked = excluded.is_locked
       where l.expires_at < clock_timestamp() or (l.is_locked and excluded.is_locked)
     returning epoch`,
    [NAME, holder, forMs, CORRELATOR_LOCK],
  );
  const [row] = rows;
  if (row !== undefined) return { holder, epoch: row.epoch };
  // The lock is for the one that leads.
  await session.query('select pg_advisory_unlock_all()');
  return null;
}

/** Holds the lease for `forMs` more; false where another process has taken it, whose session is then the one that counts. */
export async function renewCorrelatorLease(
  session: Queryable,
  { holder, epoch }: Lease,
  forMs: number,
): Promise<boolean> {
  const { rowCount } = await session.query(
    `with lock as materialized (
       select pg_try_advisory_lock($5) as is_held
     )
     update oms_leases set expires_at = clock_timestamp() + $4 * interval '1 millisecond', is_locked = lock.is_held
     from lock where name = $1 and holder = $2 and epoch = $3::bigint`,
    [NAME, holder, epoch, forMs, CORRELATOR_LOCK],
  );
  if (rowCount === 1) return true;
  await session.query('select pg_advisory_unlock_all()');
  return false;
}

/** Lets go of the lease, so that another process need not wait for its end. */
export async function releaseCorrelatorLease(session: Queryable, { holder, epoch }: Lease): Promise<void> {
  await session.query(
    `update oms_leases set expires_at = clock_timestamp() where name = $1 and holder = $2 and epoch = $3::bigint`,
    [NAME, holder, epoch],
  );
}

/**
 * Makes sure within a transaction that the lease is still held, and that nobody takes it before the transaction has ended. Throws where
 * another process has it: then nothing of the transaction may stand.
 */
export async function requireCorrelatorLease(client: Queryable, { holder, epoch }: Lease): Promise<void> {
  const { rowCount } = await client.query(
    `select from oms_leases where name = $1 and holder = $2 and epoch = $3::bigint for share`,
    [NAME, holder, epoch],
  );
  if (rowCount !== 1) throw new Error('another process correlates now: what this one held is dropped');
}
