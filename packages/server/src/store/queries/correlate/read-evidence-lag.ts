import type { Queryable } from '../queryable.ts';
import { WITH_UNREAD_EVIDENCE } from './unread-evidence.ts';

/** How far the correlator is behind the evidence log. */
export interface EvidenceLag {
  /** Rows that wait, counted up to `COUNTED_ROWS`. */
  readonly rows: number;
  /** Seconds since the oldest of them was received; 0 where none waits. */
  readonly ageSeconds: number;
}

/** Where counting ends: beyond it the number tells nothing more, and counting costs. */
export const COUNTED_ROWS = 100_000;

/** Committed evidence that the correlator has not processed, as seen now. */
export async function readEvidenceLag(database: Queryable): Promise<EvidenceLag> {
  const { rows } = await database.query<{ waiting: number; age_seconds: number }>(
    `${WITH_UNREAD_EVIDENCE}
     select count(*)::integer as waiting,
       coalesce(extract(epoch from clock_timestamp() - min(received_at)), 0)::float8 as age_seconds
     from (select received_at from unread limit $1) counted`,
    [COUNTED_ROWS],
  );
  const row = rows[0];
  return { rows: row?.waiting ?? 0, ageSeconds: Math.max(0, row?.age_seconds ?? 0) };
}
