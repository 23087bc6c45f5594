import type { Instant, Network, OutageMeters } from '@lastgasp/engine';
import type { OutageMember, OutageMemberColumns } from '../store/queries/correlate/load-outage-meters.ts';
import type { MeterChanges, OutageMeter } from '../store/queries/correlate/write-outage-meters.ts';

/** The meters of an outage in the registry's keys, as they are to be written. */
export function membersOf(network: Network, { position, from, until }: OutageMeters): OutageMemberColumns {
  return {
    meterKey: position.map((at) => network.meterKey[at] as number),
    customers: position.map((at) => network.customers[at] as number),
    from,
    until,
  };
}

/** Customers that are out. */
export function countOut({ customers, until }: OutageMemberColumns): number {
  let sum = 0;
  for (let i = 0; i < until.length; i++) if (until[i] === null) sum += customers[i] as number;
  return sum;
}

/** Whether the two name the same meters in the same order, with the same times. */
export function isSameMembers(a: OutageMemberColumns, b: OutageMemberColumns): boolean {
  if (a.meterKey.length !== b.meterKey.length) return false;
  for (let i = 0; i < b.meterKey.length; i++) {
    if (a.meterKey[i] !== b.meterKey[i] || !isSame(a, i, b, i)) return false;
  }
  return true;
}

/** Adds to `changes` what leads from an outage's written meters, null where it has none, to others. */
export function addMemberChanges(
  changes: { readonly [K in keyof MeterChanges]: MeterChanges[K][number][] },
  outageKey: number,
  before: OutageMemberColumns | null,
  after: OutageMemberColumns,
): void {
  const left = new Map(before?.meterKey.map((meterKey, i) => [meterKey, i]));
  for (const [i, meterKey] of after.meterKey.entries()) {
    const known = left.get(meterKey);
    left.delete(meterKey);
    if (known !== undefined && isSame(before as OutageMemberColumns, known, after, i)) continue;
    const meter: OutageMeter = { outageKey, ...memberAt(after, i) };
    if (known === undefined) changes.added.push(meter);
    else if (meter.until === null) changes.outAgain.push(meter);
    else changes.back.push(meter);
  }
  for (const meterKey of left.keys()) changes.gone.push({ outageKey, meterKey });
}

function memberAt({ meterKey, customers, from, until }: OutageMemberColumns, i: number): OutageMember {
  return {
    meterKey: meterKey[i] as number,
    customers: customers[i] as number,
    from: from[i] as Instant,
    until: until[i] as Instant | null,
  };
}

function isSame(a: OutageMemberColumns, i: number, b: OutageMemberColumns, j: number): boolean {
  return a.customers[i] === b.customers[j] && a.from[i] === b.from[j] && a.until[i] === b.until[j];
}
