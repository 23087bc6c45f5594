import type { Instant } from '@lastgasp/engine';
import type { Queryable } from '../queryable.ts';
import { instantOf, microsOf } from './array-literal.ts';

/** How far the evidence log was read: everything that a transaction of `base` could see, and part of `target`. */
export interface EvidencePosition {
  /** A `pg_snapshot`: all evidence visible in it is processed. */
  readonly base: string;
  /** The snapshot that is being worked through; null between two of them. */
  readonly target: string | null;
  /** Last row of `target` that is processed, in the order of (xid, id); null at its beginning. */
  readonly last: EvidenceKey | null;
}

/** A row's place in the evidence log, as text since both are 64 bits wide. */
export interface EvidenceKey {
  readonly xid: string;
  readonly id: string;
}

const READER = 'correlator';

// A snapshot in which no transaction is visible: the log is read from its first row.
const NOTHING_READ = '1:1:';

/**
 * The correlator's position, with a snapshot of this moment as `target` where none is being worked through. Throws where the
 * position is ahead of the server's transactions: then the database was restored from a dump, and its transaction
 * ids mean nothing here.
 */
export async function readEvidencePosition(
  client: Queryable,
): Promise<EvidencePosition & { readonly target: string }> {
  const { rows } = await client.query<{
    base: string;
    target: string | null;
    last_xid: string | null;
    last_id: string | null;
    now: string;
    is_ahead: boolean;
  }>(
    `select coalesce(p.base, $2::pg_snapshot)::text as base, p.target::text, p.last_xid::text, p.last_id::text,
       n.now::text, coalesce(pg_snapshot_xmax(coalesce(p.target, p.base)) > pg_snapshot_xmax(n.now), false) as is_ahead
     from (select pg_current_snapshot() as now) n
     left join oms_evidence_positions p on p.reader = $1`,
    [READER, NOTHING_READ],
  );
  const row = rows[0] as (typeof rows)[number];
  if (row.is_ahead) {
    throw new Error(
      'The position in the evidence log is ahead of the server: this database was restored from a dump, whose ' +
        'transaction ids this server has not given out yet. Stop it and move it past them with pg_resetwal -x.',
    );
  }
  return {
    base: row.base,
    target: row.target ?? row.now,
    last: row.last_xid === null || row.last_id === null ? null : { xid: row.last_xid, id: row.last_id },
  };
}

/**
 * Stores how far the log was read, and where the clock of the judgement stood; in the same transaction as what was made of it. Throws where the stored position is
 * not `before` any more: then somebody else has written it, and nothing of this transaction may stand.
 */
export async function saveEvidencePosition(
  client: Queryable,
  before: EvidencePosition,
  after: EvidencePosition,
  judgedUntil: Instant,
): Promise<void> {
  const { rowCount } = await client.query(
    `insert into oms_evidence_positions as p (reader, base, target, last_xid, last_id, judged_until)
     values ($1, $2, $3, $4, $5, ${instantOf('$9::bigint')})
     on conflict (reader) do update
       set base = excluded.base, target = excluded.target, last_xid = excluded.last_xid, last_id = excluded.last_id,
         judged_until = excluded.judged_until, updated_at = now()
       where p.base::text = $6 and (p.last_xid, p.last_id) is not distinct from ($7::xid8, $8::bigint)`,
    [
      READER,
      after.base,
      after.target,
      after.last?.xid ?? null,
      after.last?.id ?? null,
      before.base,
      before.last?.xid ?? null,
      before.last?.id ?? null,
      judgedUntil,
    ],
  );
  if (rowCount !== 1) throw new Error('another process has moved the position in the evidence log');
}

/** Where the clock of the last judgement stood; null where there was none. */
export async function readJudgedUntil(client: Queryable): Promise<Instant | null> {
  const { rows } = await client.query<{ at: number | null }>(
    `select ${microsOf('judged_until')} as at from oms_evidence_positions where reader = $1`,
    [READER],
  );
  return rows[0]?.at ?? null;
}

/** Condition that evidence `e` lies before the position given as `$first` to `$first + 3`; for `positionValues`. */
export function isProcessed(first: number): string {
  const [base, target, xid, id] = [first, first + 1, first + 2, first + 3].map((n) => `$${n}`);
  return `(pg_visible_in_snapshot(e.xid, ${base}::pg_snapshot) or (${target}::pg_snapshot is not null
    and pg_visible_in_snapshot(e.xid, ${target}::pg_snapshot) and (e.xid, e.id) <= (${xid}::xid8, ${id}::bigint)))`;
}

/** The four parameters of `isProcessed`. */
export function positionValues(position: EvidencePosition): readonly (string | null)[] {
  return [position.base, position.target, position.last?.xid ?? '0', position.last?.id ?? '0'];
}
