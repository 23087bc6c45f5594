import type { Instant } from '@lastgasp/engine';
import type { Queryable } from '../queryable.ts';
import { instantOf, numberArray } from './array-literal.ts';

/** A meter's part in an outage. */
export interface OutageMeter {
  readonly outageKey: number;
  readonly meterKey: number;
  readonly customers: number;
  readonly from: Instant;
  /** Null while the meter is out. */
  readonly until: Instant | null;
}

export interface MeterScope {
  /** Outages whose stored meters are to be exactly the given ones; of the others only the given ones are looked at. */
  readonly whole: readonly number[];
  /** Outages that have stored meters. */
  readonly withMeters: ReadonlySet<number>;
}

const MORE_OUT = `case when out_until is null then customers else 0 end`;
const UNNEST = `unnest($1::bigint[], $2::bigint[], $3::integer[], $4::bigint[], $5::bigint[])`;
const WANTED = `wanted as materialized (
  select w.outage_id, w.meter_id, w.customers, ${instantOf('w.from_at')} as out_from, ${instantOf('w.until_at')} as out_until
  from ${UNNEST} as w (outage_id, meter_id, customers, from_at, until_at)
)`;

/**
 * Brings the stored meters of outages to `meters`, and gives for each outage that changed by how many customers more are out. Rows
 * that are right already are only read. What ends is written before what begins: a meter is in one open outage at
 * most, and may be handed from one to another.
 */
export async function writeOutageMeters(
  client: Queryable,
  meters: readonly OutageMeter[],
  scope: MeterScope,
): Promise<ReadonlyMap<number, number>> {
  const added = meters.filter((meter) => !scope.withMeters.has(meter.outageKey));
  const known = meters.filter((meter) => scope.withMeters.has(meter.outageKey));
  const compared = await compareMeters(client, known);
  const changes = [
    await removeMeters(
      client,
      known,
      scope.whole.filter((key) => scope.withMeters.has(key)),
    ),
    await moveMeters(
      client,
      compared.moved.filter((meter) => meter.until !== null),
    ),
    await moveMeters(
      client,
      compared.moved.filter((meter) => meter.until === null),
    ),
    await addMeters(client, [...added, ...compared.missing]),
  ];
  const moreOut = new Map<number, number>();
  for (const { key, more_out } of changes.flat()) moreOut.set(key, (moreOut.get(key) ?? 0) + more_out);
  return moreOut;
}

interface ChangeRow {
  key: number;
  more_out: number;
}

interface Comparison {
  readonly moved: readonly OutageMeter[];
  readonly missing: readonly OutageMeter[];
}

async function compareMeters(client: Queryable, meters: readonly OutageMeter[]): Promise<Comparison> {
  if (meters.length === 0) return { moved: [], missing: [] };
  const { rows } = await client.query<{ nth: number; is_missing: boolean }>(
    `select w.nth::integer, s.meter_id is null as is_missing
     from ${UNNEST} with ordinality as w (outage_id, meter_id, customers, from_at, until_at, nth)
     left join oms_outage_meters s on s.outage_event_id = w.outage_id and s.meter_id = w.meter_id
     where s.meter_id is null or s.customers <> w.customers or s.out_from <> ${instantOf('w.from_at')}
       or s.out_until is distinct from ${instantOf('w.until_at')}`,
    toColumns(meters),
  );
  const pick = (isMissing: boolean) =>
    rows.filter((row) => row.is_missing === isMissing).map((row) => meters[row.nth - 1] as OutageMeter);
  return { moved: pick(false), missing: pick(true) };
}

async function removeMeters(
  client: Queryable,
  meters: readonly OutageMeter[],
  whole: readonly number[],
): Promise<readonly ChangeRow[]> {
  if (whole.length === 0) return [];
  const { rows } = await client.query<ChangeRow>(
    `with wanted as materialized (
       select * from unnest($1::bigint[], $2::bigint[]) as w (outage_id, meter_id)
     ), gone as (
       delete from oms_outage_meters m
       where m.outage_event_id = any ($3::bigint[])
         and not exists (select from wanted w where w.outage_id = m.outage_event_id and w.meter_id = m.meter_id)
       returning m.outage_event_id as outage_id, -(${MORE_OUT}) as more_out
     )
     select outage_id::float8 as key, sum(more_out)::float8 as more_out from gone group by outage_id`,
    [
      numberArray(meters.map((meter) => meter.outageKey)),
      numberArray(meters.map((meter) => meter.meterKey)),
      numberArray(whole),
    ],
  );
  return rows;
}

async function moveMeters(client: Queryable, meters: readonly OutageMeter[]): Promise<readonly ChangeRow[]> {
  if (meters.length === 0) return [];
  const { rows } = await client.query<ChangeRow>(
    `with ${WANTED}, moved as (
       update oms_outage_meters m
       set customers = w.customers, out_from = w.out_from, out_until = w.out_until
       from wanted w
       join oms_outage_meters old on old.outage_event_id = w.outage_id and old.meter_id = w.meter_id
       where m.outage_event_id = w.outage_id and m.meter_id = w.meter_id
       returning m.outage_event_id as outage_id, case when m.out_until is null then m.customers else 0 end
         - case when old.out_until is null then old.customers else 0 end as more_out
     )
     select outage_id::float8 as key, sum(more_out)::float8 as more_out from moved group by outage_id`,
    toColumns(meters),
  );
  return rows;
}

async function addMeters(client: Queryable, meters: readonly OutageMeter[]): Promise<readonly ChangeRow[]> {
  if (meters.length === 0) return [];
  const { rows } = await client.query<ChangeRow>(
    `with ${WANTED}, added as (
       insert into oms_outage_meters (outage_event_id, meter_id, customers, out_from, out_until)
       select outage_id, meter_id, customers, out_from, out_until from wanted
       returning outage_event_id as outage_id, ${MORE_OUT} as more_out
     )
     select outage_id::float8 as key, sum(more_out)::float8 as more_out from added group by outage_id`,
    toColumns(meters),
  );
  return rows;
}

function toColumns(meters: readonly OutageMeter[]): string[] {
  return [
    numberArray(meters.map((meter) => meter.outageKey)),
    numberArray(meters.map((meter) => meter.meterKey)),
    numberArray(meters.map((meter) => meter.customers)),
    numberArray(meters.map((meter) => meter.from)),
    numberArray(meters.map((meter) => meter.until)),
  ];
}
