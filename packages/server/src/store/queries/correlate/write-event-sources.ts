import type { Instant } from '@lastgasp/engine';
import type { SourceType } from '@lastgasp/model';
import type { Queryable } from '../queryable.ts';
import { instantOf, numberArray, wordArray } from './array-literal.ts';

/** A provider event that belongs to an outage. */
export interface OutageSource {
  readonly outageKey: number;
  readonly sourceType: SourceType;
  /** The row of the provider's table as text, or the row of the evidence log where there is none. */
  readonly sourceEventId: string;
  readonly sourceTable: string;
  /** Null where the event is about a device or several meters. */
  readonly meterKey: number | null;
  /** Policy weight where the event speaks for the outage, 0 where it speaks of its end. */
  readonly weight: number;
  readonly eventAt: Instant;
  readonly receivedAt: Instant;
}

/** How many events of one source are new to an outage. */
export interface NewSources {
  readonly outageKey: number;
  readonly sourceType: SourceType;
  readonly events: number;
}

export interface SourceScope {
  /** Outages whose stored events are to be exactly the given ones. */
  readonly whole: readonly number[];
  /** Rows of `scada_events` that belong to no outage but those given. */
  readonly scadaEvents: readonly number[];
  /** Outages that keep their history as it is. */
  readonly kept: readonly number[];
}

/**
 * Writes which events belong to which outage, links the events' own rows to it, and takes away what no longer holds. Gives
 * what is new.
 */
export async function writeEventSources(
  client: Queryable,
  sources: readonly OutageSource[],
  scope: SourceScope,
): Promise<readonly NewSources[]> {
  const keys = numberArray(sources.map((source) => source.outageKey));
  const types = wordArray(sources.map((source) => source.sourceType));
  const eventIds = wordArray(sources.map((source) => source.sourceEventId));
  const wanted = `not exists (
    select from wanted w where w.outage_id = s.outage_event_id and w.source_type = s.source_type and w.event_id = s.source_event_id)`;
  await client.query(
    `with wanted as materialized (
       select * from unnest($1::bigint[], $2::text[], $3::text[]) as w (outage_id, source_type, event_id)
     ), stray as (
       delete from oms_event_sources s where s.outage_event_id = any ($4::bigint[]) and ${wanted}
       returning s.outage_event_id, s.source_table, s.source_event_id
     ), misplaced as (
       delete from oms_event_sources s
       where s.source_type = 'scada' and s.source_event_id = any ($5::text[]) and s.outage_event_id <> all ($4::bigint[])
         and s.outage_event_id <> all ($6::bigint[]) and ${wanted}
         and not exists (select from oms_outage_events o where o.id = s.outage_event_id and o.replaced_by is not null)
       returning s.outage_event_id, s.source_table, s.source_event_id
     ), removed as (
       select * from stray union all select * from misplaced
     ), tickets as (
       update callcenter_tickets t set outage_event_id = null
       from (select outage_event_id, case when source_table = 'callcenter_tickets' then source_event_id::bigint end as id from removed) r
       where t.id = r.id and t.outage_event_id = r.outage_event_id
     )
     update scada_events e set outage_event_id = null
     from (select outage_event_id, case when source_table = 'scada_events' then source_event_id::bigint end as id from removed) r
     where e.id = r.id and e.outage_event_id = r.outage_event_id`,
    [
      keys,
      types,
      eventIds,
      numberArray(scope.whole),
      numberArray(scope.scadaEvents),
      numberArray(scope.kept),
    ],
  );
  if (sources.length === 0) return [];

  // An event that turns out to be about several meters names none. Those that are there already are only read: a
  // conflict would lock each of them.
  const { rows } = await client.query<{ key: number; source_type: SourceType; events: number }>(
    `with wanted as materialized (
       select *
       from unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::numeric[], $7::bigint[], $8::bigint[])
         as w (outage_id, source_type, event_id, source_table, meter_id, weight, event_at, received_at)
     ), blurred as (
       update oms_event_sources s set meter_id = null
       from wanted w
       where s.outage_event_id = w.outage_id and s.source_type = w.source_type and s.source_event_id = w.event_id
         and s.meter_id is not null and s.meter_id is distinct from w.meter_id
     ), written as (
       insert into oms_event_sources (outage_event_id, source_type, source_event_id, source_table, meter_id, correlation_weight,
         event_timestamp, detected_at)
       select w.outage_id, w.source_type, w.event_id, w.source_table, w.meter_id, w.weight, ${instantOf('w.event_at')},
         ${instantOf('w.received_at')}
       from wanted w
       where not exists (
         select from oms_event_sources s
         where s.outage_event_id = w.outage_id and s.source_type = w.source_type and s.source_event_id = w.event_id)
       order by w.outage_id, w.source_type, w.event_id
       on conflict (outage_event_id, source_type, source_event_id) do nothing
       returning outage_event_id, source_type
     )
     select outage_event_id::float8 as key, source_type, count(*)::integer as events
     from written group by outage_event_id, source_type order by outage_event_id, source_type`,
    [
      keys,
      types,
      eventIds,
      wordArray(sources.map((source) => source.sourceTable)),
      numberArray(sources.map((source) => source.meterKey)),
      numberArray(sources.map((source) => source.weight)),
      numberArray(sources.map((source) => source.eventAt)),
      numberArray(sources.map((source) => source.receivedAt)),
    ],
  );
  await linkEvents(client, sources);
  return countNew(
    sources,
    rows.map((row) => ({ outageKey: row.key, sourceType: row.source_type, events: row.events })),
    scope,
  );
}

/** What was inserted, and the batch's own signals, which the database may have put to the outage when they came. */
function countNew(
  sources: readonly OutageSource[],
  inserted: readonly NewSources[],
  scope: SourceScope,
): readonly NewSources[] {
  const own = new Set(scope.scadaEvents.map(String));
  const signals = new Map<number, number>();
  for (const { outageKey, sourceTable, sourceEventId } of sources) {
    if (sourceTable !== 'scada_events' || !own.has(sourceEventId)) continue;
    signals.set(outageKey, (signals.get(outageKey) ?? 0) + 1);
  }
  const counted = inserted.map((one) => {
    if (one.sourceType !== 'scada') return one;
    const events = Math.max(one.events, signals.get(one.outageKey) ?? 0);
    signals.delete(one.outageKey);
    return { ...one, events };
  });
  return [
    ...counted,
    ...Array.from(signals, ([outageKey, events]) => ({ outageKey, sourceType: 'scada' as const, events })),
  ];
}

/** Names the outage at the SCADA events and tickets themselves; a ticket that moved to another meter follows that meter. */
async function linkEvents(client: Queryable, sources: readonly OutageSource[]): Promise<void> {
  const signals = sources.filter((source) => source.sourceTable === 'scada_events');
  if (signals.length > 0) {
    await client.query(
      `update scada_events e set outage_event_id = w.outage_id
       from unnest($1::bigint[], $2::bigint[]) as w (outage_id, id)
       where e.id = w.id and e.outage_event_id is distinct from w.outage_id`,
      [
        numberArray(signals.map((source) => source.outageKey)),
        numberArray(signals.map((source) => Number(source.sourceEventId))),
      ],
    );
  }
  const calls = sources.filter((source) => source.sourceTable === 'callcenter_tickets');
  if (calls.length > 0) {
    await client.query(
      `update callcenter_tickets t set outage_event_id = w.outage_id
       from unnest($1::bigint[], $2::bigint[], $3::bigint[]) as w (outage_id, id, meter_id)
       where t.id = w.id and t.meter_id = w.meter_id and t.outage_event_id is distinct from w.outage_id`,
      [
        numberArray(calls.map((source) => source.outageKey)),
        numberArray(calls.map((source) => Number(source.sourceEventId))),
        numberArray(calls.map((source) => source.meterKey)),
      ],
    );
  }
}
