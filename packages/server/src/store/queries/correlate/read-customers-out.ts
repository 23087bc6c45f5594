import type { Queryable } from '../queryable.ts';
import { numberArray } from './array-literal.ts';

/** Customers that outages hold to be out, by the keys of the outages. */
export async function readCustomersOut(
  client: Queryable,
  keys: readonly number[],
): Promise<ReadonlyMap<number, number>> {
  if (keys.length === 0) return new Map();
  const { rows } = await client.query<{ key: number; customers: number }>(
    `select o.id::float8 as key, (
       select coalesce(sum(m.customers), 0)::float8 from oms_outage_meters m
       where m.outage_event_id = o.id and m.out_until is null) as customers
     from unnest($1::bigint[]) as o (id)`,
    [numberArray(keys)],
  );
  return new Map(rows.map((row) => [row.key, row.customers]));
}
