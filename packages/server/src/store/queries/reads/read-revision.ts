import type { Queryable } from '../queryable.ts';

/** How far the history of outages reaches: ids of its oldest and newest entry, 0 where there is none. */
export interface RevisionRange {
  readonly oldest: number;
  readonly newest: number;
}

/** The range of revisions that a stream can be resumed from. */
export async function readRevisionRange(database: Queryable): Promise<RevisionRange> {
  const { rows } = await database.query<{ oldest: string; newest: string }>(
    'select coalesce(min(id), 0) as oldest, coalesce(max(id), 0) as newest from oms_event_timeline',
  );
  return { oldest: Number(rows[0]?.oldest ?? 0), newest: Number(rows[0]?.newest ?? 0) };
}
