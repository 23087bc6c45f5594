import type { OutageStatus, OutageSummary } from '@lastgasp/model';
import type { Queryable } from '../queryable.ts';
import type { AsOf } from './as-of.ts';
import { OUTAGE_SELECT, type OutageRow, selectOutagesAsOf, toOutageSummary } from './outage-row.ts';
import { formatCursor, parseCursor } from './page-cursor.ts';

/** Which outages are wanted; what is not given does not narrow. */
export interface OutageFilter {
  readonly statuses?: readonly OutageStatus[] | undefined;
  /** True for those that have not ended, false for those that have. */
  readonly open?: boolean | undefined;
  /** The utility's codes, as SCADA sends them. */
  readonly substation?: string | undefined;
  readonly feeder?: string | undefined;
  /** As they were at an instant of the past; as they are now unless told. */
  readonly asOf?: AsOf | undefined;
  readonly limit: number;
  readonly cursor?: string | undefined;
}

export interface OutageList {
  readonly outages: readonly OutageSummary[];
  readonly nextCursor: string | null;
}

// Written out, not passed as a parameter: only so does the plan use the partial index over open outages,
// which stays small however many have ended.
const IS_OPEN = 'oms_is_open(o.status)';
const HAS_ENDED = "o.status in ('restored', 'cancelled')";

/** Outages, newest start first, one page; throws `OMS_CURSOR_INVALID` for a cursor of somewhere else. */
export async function listOutages(database: Queryable, filter: OutageFilter): Promise<OutageList> {
  const after = filter.cursor === undefined ? null : parseCursor(filter.cursor);
  const conditions: string[] = [];
  const values: unknown[] = [];
  const bind = (value: unknown) => `$${values.push(value)}`;

  if (filter.open !== undefined) conditions.push(filter.open ? IS_OPEN : HAS_ENDED);
  if (filter.statuses !== undefined) conditions.push(`o.status = any (${bind(filter.statuses)})`);
  if (filter.substation !== undefined) conditions.push(`s.substation_id = ${bind(filter.substation)}`);
  if (filter.feeder !== undefined) conditions.push(`f.feeder_id = ${bind(filter.feeder)}`);
  if (after !== null) {
    conditions.push(`(o.started_at, o.id) < (${bind(after.at)}::timestamptz, ${bind(after.id)}::bigint)`);
  }

  const select = filter.asOf === undefined ? OUTAGE_SELECT : selectOutagesAsOf(filter.asOf, bind);
  const { rows } = await database.query<OutageRow & { started_text: string }>(
    `select outage.*, outage.started_at::text as started_text
     from (${select}
       ${conditions.length === 0 ? '' : `where ${conditions.join(' and ')}`}
       order by o.started_at desc, o.id desc
       limit ${bind(filter.limit + 1)}) outage
     order by outage.started_at desc, outage.id desc`,
    values,
  );
  const page = rows.slice(0, filter.limit);
  const last = page.at(-1);
  return {
    outages: page.map(toOutageSummary),
    nextCursor:
      rows.length > filter.limit && last !== undefined
        ? formatCursor({ at: last.started_text, id: last.id })
        : null,
  };
}
