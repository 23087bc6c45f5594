import type { Queryable } from '../queryable.ts';

/** One entry of the history: its own id, and the outage that it is about. */
export interface OutageRevision {
  readonly revision: number;
  readonly outageNumber: number;
}

export interface RevisionWindow {
  /** Entries after this one are wanted. */
  readonly after: number;
  /** Ids up to `after` that were missing when it was read: their transactions may have ended since. */
  readonly missing: readonly number[];
  readonly limit: number;
}

/** Entries of the history after a revision, and those that had been missing before it, by id. */
export async function listOutageRevisions(
  database: Queryable,
  window: RevisionWindow,
): Promise<OutageRevision[]> {
  const { rows } = await database.query<{ id: string; outage_event_id: string }>(
    `(select id, outage_event_id from oms_event_timeline where id = any ($2::bigint[]))
     union all
     (select id, outage_event_id from oms_event_timeline where id > $1 order by id limit $3)
     order by id`,
    [window.after, window.missing, window.limit],
  );
  return rows.map(toRevision);
}

/**
 * The newest entry of each outage that changed after `after`; an entry that was still uncommitted when `after`
 * was seen is among them if it began at most `overlapSeconds` before, which is longer than a transaction lives.
 */
export async function listRevisionsToResume(
  database: Queryable,
  after: number,
  overlapSeconds: number,
  limit: number,
): Promise<OutageRevision[]> {
  const { rows } = await database.query<{ id: string; outage_event_id: string }>(
    `select max(t.id) as id, t.outage_event_id
     from oms_event_timeline t
     where t.id > $1 - 100000
       and (t.id > $1 or t.created_at >= (
         select max(b.created_at) from oms_event_timeline b where b.id > $1 - 1000 and b.id <= $1) - make_interval(secs => $2))
     group by t.outage_event_id
     order by 1
     limit $3`,
    [after, overlapSeconds, limit],
  );
  return rows.map(toRevision);
}

function toRevision(row: { id: string; outage_event_id: string }): OutageRevision {
  return { revision: Number(row.id), outageNumber: Number(row.outage_event_id) };
}
