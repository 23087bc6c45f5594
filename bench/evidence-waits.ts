import type { Pool } from 'pg';

/** How long evidence waited from its commit to the commit of the step that took it, in seconds. */
export interface Waits {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  /** The same for what was committed in each span of time, named by its beginning in seconds. */
  readonly byTime: readonly { readonly second: number; readonly p50: number; readonly p99: number }[];
  /** Steps of the correlator that moved its position. */
  readonly steps: number;
}

const SPAN_SECONDS = 15;

/** Has each step of the correlator leave a row, with its position, from now on. */
export async function notePositions(pool: Pool): Promise<void> {
  await pool.query(`
    create table noted_positions (nth bigint generated always as identity primary key, xid xid8 not null default pg_current_xact_id(),
      base pg_snapshot not null, target pg_snapshot, last_xid xid8, at timestamptz not null default clock_timestamp());
    create function note_position() returns trigger language plpgsql as $$
    begin
      insert into noted_positions (base, target, last_xid) values (new.base, new.target, new.last_xid);
      return null;
    end $$;
    create trigger note_position after insert or update on oms_evidence_positions for each row execute function note_position()`);
}

/** How long the evidence above an id waited that was committed since an instant, in seconds since 1970. */
export async function readWaits(
  pool: Pool,
  since: { readonly at: number; readonly id: string },
): Promise<Waits> {
  await pool.query('drop table if exists waits');
  await pool.query(
    `create temporary table waits as
     select g.events, g.committed, extract(epoch from pg_xact_commit_timestamp(p.xid::xid) - g.at)::float8 as waited
     from (
       select xid, count(*) as events, pg_xact_commit_timestamp(xid::xid) as at,
         extract(epoch from pg_xact_commit_timestamp(xid::xid))::float8 - $1 as committed
       from oms_evidence where id > $2::bigint group by xid
     ) g
     cross join lateral (
       select * from noted_positions n
       where n.at >= g.at and (pg_visible_in_snapshot(g.xid, n.base)
         or coalesce(pg_visible_in_snapshot(g.xid, n.target) and g.xid <= n.last_xid, false))
       order by n.nth limit 1
     ) p`,
    [since.at, since.id],
  );
  const spread = (group: string): string => `
    select ${group} as second, percentile_disc(0.5) within group (order by waited) as p50,
      percentile_disc(0.99) within group (order by waited) as p99, max(waited) as max
    from waits, generate_series(1, events) group by 1 order by 1`;
  const { rows: whole } = await pool.query<{ p50: number; p99: number; max: number }>(spread('0'));
  const { rows: byTime } = await pool.query<{ second: number; p50: number; p99: number }>(
    spread(`(floor(committed / ${SPAN_SECONDS}) * ${SPAN_SECONDS})::integer`),
  );
  const { rows: steps } = await pool.query<{ steps: number }>(
    'select count(*)::integer as steps from noted_positions where at >= to_timestamp($1)',
    [since.at],
  );
  const { p50, p99, max } = whole[0] as { p50: number; p99: number; max: number };
  return {
    p50,
    p99,
    max,
    byTime: byTime.map(({ second, p50, p99 }) => ({ second, p50, p99 })),
    steps: steps[0]?.steps ?? 0,
  };
}
