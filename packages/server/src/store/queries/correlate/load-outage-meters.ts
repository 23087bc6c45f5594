import type { Instant } from '@lastgasp/engine';
import type { Queryable } from '../queryable.ts';
import { microsOf, numberArray } from './array-literal.ts';

/** A meter's part in an outage. */
export interface OutageMember {
  readonly meterKey: number;
  readonly customers: number;
  readonly from: Instant;
  /** Null while the meter is out. */
  readonly until: Instant | null;
}

/** The meters of one outage, a column for each field. */
export type OutageMemberColumns = { readonly [Field in keyof OutageMember]: readonly OutageMember[Field][] };

/** Outages at once: each may have ten thousand meters. */
const OUTAGES_AT_ONCE = 200;

/** The stored meters of these outages by the outage's key; those that have none are left out. */
export async function loadOutageMeters(
  client: Queryable,
  outageKeys: readonly number[],
): Promise<ReadonlyMap<number, OutageMemberColumns>> {
  const found = new Map<number, { [Field in keyof OutageMember]: OutageMember[Field][] }>();
  for (let from = 0; from < outageKeys.length; from += OUTAGES_AT_ONCE) {
    const { rows } = await client.query({
      rowMode: 'array',
      text: `select m.outage_event_id::float8, m.meter_id::float8, m.customers, ${microsOf('m.out_from')}, ${microsOf('m.out_until')}
        from oms_outage_meters m
        where m.outage_event_id = any ($1::bigint[])
        order by m.outage_event_id, m.meter_id`,
      values: [numberArray(outageKeys.slice(from, from + OUTAGES_AT_ONCE))],
    });
    for (const [key, meterKey, customers, outFrom, outUntil] of rows as [
      number,
      number,
      number,
      Instant,
      Instant | null,
    ][]) {
      let own = found.get(key);
      if (own === undefined) {
        own = { meterKey: [], customers: [], from: [], until: [] };
        found.set(key, own);
      }
      own.meterKey.push(meterKey);
      own.customers.push(customers);
      own.from.push(outFrom);
      own.until.push(outUntil);
    }
  }
  return found;
}
