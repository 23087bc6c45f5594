import { SOURCE_TYPES, type SourceType } from '@lastgasp/model';
import type { Queryable } from '../queryable.ts';
import { numberArray } from './array-literal.ts';

/** What stands beside an outage, counted. */
export interface StoredOutageFacts {
  /** Everyone it interrupted, in customers. */
  readonly customers: number;
  readonly customersOutNow: number;
  readonly metersBack: number;
  readonly supportingSources: readonly SourceType[];
}

/** The facts of outages by their keys. The sources are five index probes each, however many events there are. */
export async function readOutageFacts(
  client: Queryable,
  keys: readonly number[],
): Promise<ReadonlyMap<number, StoredOutageFacts>> {
  if (keys.length === 0) return new Map();
  const { rows } = await client.query<{
    key: number;
    customers: number;
    customers_out_now: number;
    meters_back: number;
    sources: SourceType[];
  }>(
    `select o.id::float8 as key, c.customers, c.customers_out_now, c.meters_back,
       array(select t.source_type from unnest($2::text[]) as t (source_type) where exists (
         select from oms_event_sources s
         where s.outage_event_id = o.id and s.source_type = t.source_type and s.correlation_weight > 0)) as sources
     from unnest($1::bigint[]) as o (id)
     cross join lateral (
       select coalesce(sum(m.customers), 0)::float8 as customers,
         coalesce(sum(m.customers) filter (where m.out_until is null), 0)::float8 as customers_out_now,
         (count(*) filter (where m.out_until is not null))::float8 as meters_back
       from oms_outage_meters m where m.outage_event_id = o.id
     ) c`,
    [numberArray(keys), SOURCE_TYPES],
  );
  return new Map(
    rows.map((row) => [
      row.key,
      {
        customers: row.customers,
        customersOutNow: row.customers_out_now,
        metersBack: row.meters_back,
        supportingSources: row.sources,
      },
    ]),
  );
}
