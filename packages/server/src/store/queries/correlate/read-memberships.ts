import type { Instant } from '@lastgasp/engine';
import type { Queryable } from '../queryable.ts';
import { microsOf, numberArray } from './array-literal.ts';

/** A device's outage that a meter was held to be out in. */
export interface StoredMembership {
  readonly deviceKey: number;
  readonly from: Instant;
  readonly until: Instant | null;
}

/** The outages of devices that these meters are or were in, by the meters' keys; those that were taken back do not count. */
export async function readMemberships(
  client: Queryable,
  meterKeys: readonly number[],
): Promise<ReadonlyMap<number, readonly StoredMembership[]>> {
  const memberships = new Map<number, StoredMembership[]>();
  if (meterKeys.length === 0) return memberships;
  // The members' key begins with the outage; which ones a meter was ever in, the changes tell.
  const { rows } = await client.query<{
    meter_key: number;
    device_key: number;
    from: number;
    until: number | null;
  }>(
    `select m.meter_id::float8 as meter_key, o.device_id::float8 as device_key, ${microsOf('m.out_from')} as from,
       ${microsOf('m.out_until')} as until
     from (
       select distinct c.outage_event_id, own.meter_id
       from unnest($1::bigint[]) own (meter_id)
       join oms_outage_meter_changes c on c.meter_span @> own.meter_id and own.meter_id = any (c.meter_ids)
     ) c
     join oms_outage_meters m on m.outage_event_id = c.outage_event_id and m.meter_id = c.meter_id
     join oms_outage_events o on o.id = m.outage_event_id and o.meter_id is null and o.status <> 'cancelled'`,
    [numberArray(meterKeys)],
  );
  for (const { meter_key, device_key, from, until } of rows) {
    const own = memberships.get(meter_key);
    const membership = { deviceKey: device_key, from, until };
    if (own === undefined) memberships.set(meter_key, [membership]);
    else own.push(membership);
  }
  return memberships;
}
