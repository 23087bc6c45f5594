import type { Instant } from '@lastgasp/engine';
import type { Queryable } from '../queryable.ts';
import { instantOf, numberArray } from './array-literal.ts';

/** Meters of outages as columns of one length. */
export interface MeterColumns {
  readonly outageKey: number[];
  readonly meterKey: number[];
  readonly customers: number[];
  readonly from: Instant[];
  /** Null while the meter is out. */
  readonly until: (Instant | null)[];
}

const WANTED = `wanted as materialized (
  select w.outage_id, w.meter_id, w.customers, ${instantOf('w.from_at')} as out_from, ${instantOf('w.until_at')} as out_until
  from unnest($1::bigint[], $2::bigint[], $3::integer[], $4::bigint[], $5::bigint[]) as w (outage_id, meter_id, customers, from_at, until_at)
)`;

/** Updates the stored rows that differ among the wanted ones that `condition` chooses, and gives them as they were. */
const moved = (condition: string) => `
  update oms_outage_meters m
  set customers = c.customers, out_from = c.out_from, out_until = c.out_until
  from (
    select w.*, s.customers as old_customers, s.out_until is null as was_out
    from wanted w
    join oms_outage_meters s on s.outage_event_id = w.outage_id and s.meter_id = w.meter_id
    where ${condition} and (s.customers, s.out_from, s.out_until) is distinct from (w.customers, w.out_from, w.out_until)
  ) c
  where m.outage_event_id = c.outage_id and m.meter_id = c.meter_id
  returning m.outage_event_id as outage_id, case when m.out_until is null then m.customers else 0 end
    - case when c.was_out then c.old_customers else 0 end as more_out`;

/**
 * Brings the stored meters of outages to `meters`; of the outages in `whole` those that are not named there are taken out. Gives
 * for each outage that changed by how many customers more are out. First what ends, then what begins, since a meter is in
 * one open outage at most and may be handed from one to another.
 */
export async function writeOutageMeters(
  client: Queryable,
  meters: MeterColumns,
  whole: readonly number[],
): Promise<ReadonlyMap<number, number>> {
  const values = [
    numberArray(meters.outageKey),
    numberArray(meters.meterKey),
    numberArray(meters.customers),
    numberArray(meters.from),
    numberArray(meters.until),
  ];
  const ended = await client.query<ChangeRow>(
    `with ${WANTED}, back as (${moved('w.out_until is not null')}), gone as (
       delete from oms_outage_meters m
       where m.outage_event_id = any ($6::bigint[])
         and not exists (select from wanted w where w.outage_id = m.outage_event_id and w.meter_id = m.meter_id)
       returning m.outage_event_id as outage_id, case when m.out_until is null then -m.customers else 0 end as more_out
     )
     select outage_id::float8 as key, sum(more_out)::float8 as more_out
     from (select * from back union all select * from gone) c group by outage_id`,
    [...values, numberArray(whole)],
  );
  const begun = await client.query<ChangeRow>(
    `with ${WANTED}, again as (${moved('w.out_until is null')}), added as (
       insert into oms_outage_meters (outage_event_id, meter_id, customers, out_from, out_until)
       select w.outage_id, w.meter_id, w.customers, w.out_from, w.out_until
       from wanted w
       where not exists (select from oms_outage_meters m where m.outage_event_id = w.outage_id and m.meter_id = w.meter_id)
       returning outage_event_id as outage_id, case when out_until is null then customers else 0 end as more_out
     )
     select outage_id::float8 as key, sum(more_out)::float8 as more_out
     from (select * from again union all select * from added) c group by outage_id`,
    values,
  );
  const changes = new Map<number, number>();
  for (const { key, more_out } of [...ended.rows, ...begun.rows]) {
    changes.set(key, (changes.get(key) ?? 0) + more_out);
  }
  return changes;
}

interface ChangeRow {
  key: number;
  more_out: number;
}
