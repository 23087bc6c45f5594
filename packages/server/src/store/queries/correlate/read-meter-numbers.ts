import type { Queryable } from '../queryable.ts';
import { numberArray } from './array-literal.ts';

/** The numbers of meters by their keys. */
export async function readMeterNumbers(
  client: Queryable,
  keys: readonly number[],
): Promise<ReadonlyMap<number, string>> {
  if (keys.length === 0) return new Map();
  const { rows } = await client.query<{ key: number; number: string }>(
    `select id::float8 as key, meter_number as number from oms_meters where id = any ($1::bigint[])`,
    [numberArray(keys)],
  );
  return new Map(rows.map((row) => [row.key, row.number]));
}
