import type { Queryable } from '../queryable.ts';

/**
 * Seconds since the oldest evidence was received that the correlator has not read; 0 where it has read all,
 * null where no correlator has ever run on this database.
 */
export async function readCorrelatorLagSeconds(database: Queryable): Promise<number | null> {
  const { rows } = await database.query<{ lag_seconds: number | null }>(
    `select coalesce(extract(epoch from clock_timestamp() - (
       select min(e.received_at) from oms_evidence e
       where e.xid >= pg_snapshot_xmin(p.base)
         and not pg_visible_in_snapshot(e.xid, p.base)
         and (p.last_xid is null or (e.xid, e.id) > (p.last_xid, p.last_id)))), 0)::double precision as lag_seconds
     from oms_evidence_positions p
     where p.reader = 'correlator'`,
  );
  const lag = rows[0]?.lag_seconds;
  return lag === undefined || lag === null ? null : Math.max(0, lag);
}
