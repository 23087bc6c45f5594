import type { OutageDetail, OutageEvidence, OutageTimelineEntry } from '@lastgasp/model';
import type { Queryable } from '../queryable.ts';
import type { AsOf } from './as-of.ts';
import {
  OUTAGE_SELECT,
  type OutageRow,
  selectOutagesAsOf,
  toInstant,
  toOutageSummary,
} from './outage-row.ts';
import { readExplanation } from './read-explanation.ts';

/** How many pieces of evidence an answer holds; the count tells of all. */
export const MOST_EVIDENCE = 500;
/** How many of the newest timeline entries an answer holds. */
const MOST_TIMELINE = 500;

/**
 * The outage with this id, or with this number where no id is the same text; null where there is none, or was none at the instant
 * that is asked about.
 */
export async function readOutage(
  database: Queryable,
  id: string,
  asOf?: AsOf | undefined,
): Promise<OutageDetail | null> {
  const values: unknown[] = [id, /^\d{1,18}$/.test(id) ? id : null];
  const bind = (value: unknown) => `$${values.push(value)}`;
  const { rows } = await database.query<OutageRow>(
    `${asOf === undefined ? OUTAGE_SELECT : selectOutagesAsOf(asOf, bind)}
     where o.event_id = $1 or o.id = $2::bigint
     order by o.event_id = $1 desc
     limit 1`,
    values,
  );
  const row = rows[0];
  if (row === undefined) return null;
  const [members, explanation, evidence, timeline, lineage] = [
    await readMembers(database, row.id, asOf),
    await readExplanation(database, row.id, learntBy(asOf)),
    await listEvidence(database, row.id, asOf),
    await listTimeline(database, row.id, learntBy(asOf)),
    await readLineage(database, row.id, asOf),
  ];
  const summary = toOutageSummary(row);
  return { ...summary, members, explanation, ...evidence, timeline, lineage };
}

/** Until when something must have been learnt to count; null where everything does. */
function learntBy(asOf: AsOf | undefined): Date | null {
  return asOf?.by === 'learnt' ? asOf.at : null;
}

/** Condition that change `c` is of the last judgement on its outage; of one taken off the list, that is when its meters were let go. */
const IS_LAST = `c.decided_at = (select max(l.decided_at) from oms_outage_meter_changes l
    where l.outage_event_id = c.outage_event_id and l.decided_at <= coalesce($2::timestamptz, 'infinity'))`;

/** Of a meter's part in an outage as it was believed at `$2`; every meter that ever had one is a candidate. */
const MEMBERS_LEARNT_BY = `
  select distinct on (m.meter_id) c.is_member or (${IS_LAST} and (
      select d.status = 'cancelled' from oms_outage_decisions d
      where d.outage_event_id = $1 and d.decided_at <= $2
      order by d.decided_at desc, d.id desc limit 1)) as is_member,
    c.customers, case when c.is_member then c.out_until else c.out_from end as out_until
  from oms_outage_meter_changes c
  cross join unnest(c.meter_ids) m (meter_id)
  where c.outage_event_id = $1 and c.decided_at <= $2
  order by m.meter_id, c.id desc`;

const MEMBERS_AT = `
  select true as is_member, m.customers, case when m.out_until <= coalesce($2::timestamptz, 'infinity') then m.out_until end as out_until
  from oms_outage_meters m
  where m.outage_event_id = $1 and m.out_from <= coalesce($2::timestamptz, 'infinity')
  union all
  -- One that was taken off the list names whom it was held to interrupt.
  select true, c.customers, c.out_from
  from oms_outage_meter_changes c
  cross join unnest(c.meter_ids)
  where c.outage_event_id = $1 and not c.is_member and c.out_from <= coalesce($2::timestamptz, 'infinity')
    and c.decided_at = (select max(l.decided_at) from oms_outage_meter_changes l where l.outage_event_id = $1)
    and exists (select from oms_outage_events o where o.id = $1 and o.status = 'cancelled')`;

async function readMembers(
  database: Queryable,
  number: string,
  asOf: AsOf | undefined,
): Promise<OutageDetail['members']> {
  const { rows } = await database.query<{ meters: number; meters_out_now: number; customers: number }>(
    `select count(*)::integer as meters, (count(*) filter (where out_until is null))::integer as meters_out_now,
       coalesce(sum(customers), 0)::integer as customers
     from (${asOf?.by === 'learnt' ? MEMBERS_LEARNT_BY : MEMBERS_AT}) member where is_member`,
    [number, asOf?.at ?? null],
  );
  const [row] = rows;
  return { meters: row?.meters ?? 0, metersOutNow: row?.meters_out_now ?? 0, customers: row?.customers ?? 0 };
}

interface EvidenceRow {
  source_type: OutageEvidence['source'];
  source_event_id: string;
  source_table: string;
  meter_number: string | null;
  correlation_weight: string;
  event_timestamp: Date;
  detected_at: Date;
  received_at: Date | null;
  clock_suspect: boolean | null;
  event_type: string | null;
  says: string | null;
  total: string;
}

/** What the providers sent, oldest first; the columns differ by provider, the words that are shown do not. */
async function listEvidence(
  database: Queryable,
  number: string,
  asOf: AsOf | undefined,
): Promise<Pick<OutageDetail, 'evidence' | 'evidenceCount'>> {
  const { rows } = await database.query<EvidenceRow>(
    `with source as (
       select e.*, count(*) over () as total,
         case when e.source_event_id ~ '^[0-9]{1,18}$' then e.source_event_id::bigint end as source_row
       from oms_event_sources e
       where e.outage_event_id = $1 and ${asOf?.by === 'learnt' ? 'e.detected_at' : 'e.event_timestamp'} <= coalesce($3::timestamptz, 'infinity')
       order by e.event_timestamp, e.id
       limit $2
     )
     select e.source_type, e.source_event_id, e.source_table, m.meter_number, e.correlation_weight,
       e.event_timestamp, e.detected_at, e.total,
       coalesce(sc.received_at, onu.received_at, ka.received_at, cc.received_at) as received_at,
       coalesce(sc.clock_suspect, onu.clock_suspect, ka.clock_suspect, cc.clock_suspect) as clock_suspect,
       coalesce(sc.event_type, onu.event_type, ka.event_type, cc.call_kind) as event_type,
       coalesce(sc.alarm_type, onu.alarm_type, ka.signal, cc.status) as says
     from source e
     left join oms_meters m on m.id = e.meter_id
     left join scada_events sc on e.source_type = 'scada' and sc.id = e.source_row
     left join onu_events onu on e.source_type = 'onu' and onu.id = e.source_row
     left join kaifa_events ka on e.source_type = 'kaifa' and ka.id = e.source_row
     left join callcenter_tickets cc on e.source_type = 'call_center' and cc.id = e.source_row
     order by e.event_timestamp, e.id`,
    [number, MOST_EVIDENCE, asOf?.at ?? null],
  );
  return {
    evidence: rows.map((row) => ({
      source: row.source_type,
      sourceEventId: row.source_event_id,
      sourceTable: row.source_table,
      meterNumber: row.meter_number,
      weight: Number(row.correlation_weight),
      eventAt: row.event_timestamp.toISOString(),
      detectedAt: row.detected_at.toISOString(),
      receivedAt: toInstant(row.received_at),
      clockSuspect: row.clock_suspect,
      eventType: row.event_type,
      says: row.says,
    })),
    evidenceCount: Number(rows[0]?.total ?? 0),
  };
}

interface TimelineRow {
  id: string;
  event_type: string;
  status: OutageTimelineEntry['status'];
  description: string;
  source: string;
  timestamp: Date;
  metadata: Record<string, unknown>;
}

async function listTimeline(
  database: Queryable,
  number: string,
  until: Date | null,
): Promise<OutageTimelineEntry[]> {
  const { rows } = await database.query<TimelineRow>(
    `select t.* from (
       select id, event_type, status, description, source, "timestamp", metadata
       from oms_event_timeline
       where outage_event_id = $1 and "timestamp" <= coalesce($3::timestamptz, 'infinity')
       order by "timestamp" desc, id desc
       limit $2) t
     order by t."timestamp", t.id`,
    [number, MOST_TIMELINE, until],
  );
  return rows.map((row) => ({
    revision: Number(row.id),
    at: row.timestamp.toISOString(),
    type: row.event_type,
    status: row.status,
    description: row.description,
    source: row.source,
    metadata: row.metadata,
  }));
}

interface RelativeRow {
  event_id: string;
  status: OutageDetail['status'];
  replaces_this: boolean;
}

async function readLineage(
  database: Queryable,
  number: string,
  asOf: AsOf | undefined,
): Promise<OutageDetail['lineage']> {
  const values: unknown[] = [number];
  const bind = (value: unknown) => `$${values.push(value)}`;
  const outages =
    asOf?.by === 'learnt' ? `oms_outages_learnt_by(${bind(asOf.at)}::timestamptz)` : 'oms_outage_events';
  const { rows } = await database.query<RelativeRow>(
    `with outage as not materialized (select id, event_id, status, replaced_by from ${outages})
     select r.event_id, r.status, true as replaces_this
     from outage o join outage r on r.id = o.replaced_by where o.id = $1
     union all
     select r.event_id, r.status, false from outage r where r.replaced_by = $1
     order by 1`,
    values,
  );
  const toRelative = (row: RelativeRow) => ({ id: row.event_id, status: row.status });
  const successor = rows.find((row) => row.replaces_this);
  return {
    replacedBy: successor === undefined ? null : toRelative(successor),
    replaces: rows.filter((row) => !row.replaces_this).map(toRelative),
  };
}
