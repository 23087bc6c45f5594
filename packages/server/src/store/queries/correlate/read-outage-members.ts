import type { Instant } from '@lastgasp/engine';
import type { Queryable } from '../queryable.ts';
import { microsOf, numberArray } from './array-literal.ts';

/** A meter's part in a stored outage. */
export interface OutageMember {
  readonly meterKey: number;
  readonly from: Instant;
  readonly until: Instant | null;
}

/** The meters of stored outages, by the outages' keys. */
export async function readOutageMembers(
  client: Queryable,
  keys: readonly number[],
): Promise<ReadonlyMap<number, readonly OutageMember[]>> {
  const members = new Map<number, OutageMember[]>();
  if (keys.length === 0) return members;
  const { rows } = await client.query<{ key: number; meter_key: number; from: number; until: number | null }>(
    `select outage_event_id::float8 as key, meter_id::float8 as meter_key, ${microsOf('out_from')} as from, ${microsOf('out_until')} as until
     from oms_outage_meters where outage_event_id = any ($1::bigint[])`,
    [numberArray(keys)],
  );
  for (const { key, meter_key, from, until } of rows) {
    const own = members.get(key);
    const member = { meterKey: meter_key, from, until };
    if (own === undefined) members.set(key, [member]);
    else own.push(member);
  }
  return members;
}
