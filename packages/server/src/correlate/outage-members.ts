import type { Instant, Network, OutageMeters } from '@lastgasp/engine';
import type { OutageMember, OutageMemberColumns } from '../store/queries/correlate/load-outage-meters.ts';
import type { MeterChanges, OutageMeter } from '../store/queries/correlate/write-outage-meters.ts';

/** What is written of an outage's meters. */
export interface WrittenMembers {
  readonly columns: OutageMemberColumns;
  /** Customers of all of them, and of those who are out. */
  readonly customers: number;
  readonly customersOut: number;
  /** How many meters have supply again. */
  readonly metersBack: number;
  /** The judgement that they were written from, as far as it is known. */
  readonly meters: OutageMeters | null;
}

/**
 * The meters of an outage in the registry's keys, as they are to be written: the written ones themselves where the judgement says the
 * same, which it does of most outages most of the time.
 */
export function membersOf(
  network: Network,
  meters: OutageMeters,
  written: WrittenMembers | undefined,
): WrittenMembers {
  if (written !== undefined && written.meters !== null && isSameMeters(written.meters, meters))
    return written;
  const { position, from, until } = meters;
  const columns = {
    meterKey: position.map((at) => network.meterKey[at] as number),
    customers: position.map((at) => network.customers[at] as number),
    from,
    until,
  };
  return summed(columns, meters);
}

/** Members with their sums; `meters` is the judgement that they are of, as far as it is known. */
export function summed(columns: OutageMemberColumns, meters: OutageMeters | null): WrittenMembers {
  let customers = 0;
  let customersOut = 0;
  let metersBack = 0;
  for (let i = 0; i < columns.until.length; i++) {
    const own = columns.customers[i] as number;
    customers += own;
    if (columns.until[i] === null) customersOut += own;
    else metersBack++;
  }
  return { columns, customers, customersOut, metersBack, meters };
}

function isSameMeters(a: OutageMeters, b: OutageMeters): boolean {
  if (a === b) return true;
  if (a.position.length !== b.position.length) return false;
  for (let i = 0; i < b.position.length; i++) {
    if (a.position[i] !== b.position[i] || a.from[i] !== b.from[i] || a.until[i] !== b.until[i]) return false;
  }
  return true;
}

/** Changes while they are collected. */
export type GrowingChanges = { readonly [K in keyof MeterChanges]: MeterChanges[K][number][] };

/** Adds to `changes` what leads from an outage's written meters, null where it has none, to others. */
export function addMemberChanges(
  changes: GrowingChanges,
  outageKey: number,
  before: OutageMemberColumns | null,
  after: OutageMemberColumns,
): void {
  if (before !== null && isSameOrder(before, after)) {
    for (let i = 0; i < after.meterKey.length; i++)
      if (!isSame(before, i, after, i)) addMoved(changes, { outageKey, ...memberAt(after, i) });
    return;
  }
  const left = new Map(before?.meterKey.map((meterKey, i) => [meterKey, i]));
  for (const [i, meterKey] of after.meterKey.entries()) {
    const known = left.get(meterKey);
    left.delete(meterKey);
    if (known === undefined) changes.added.push({ outageKey, ...memberAt(after, i) });
    else if (!isSame(before as OutageMemberColumns, known, after, i))
      addMoved(changes, { outageKey, ...memberAt(after, i) });
  }
  for (const meterKey of left.keys()) changes.gone.push({ outageKey, meterKey });
}

function addMoved(changes: Pick<GrowingChanges, 'back' | 'outAgain'>, meter: OutageMeter): void {
  (meter.until === null ? changes.outAgain : changes.back).push(meter);
}

/** Whether the two name the same meters in the same order; their times may differ. */
function isSameOrder(a: OutageMemberColumns, b: OutageMemberColumns): boolean {
  if (a.meterKey.length !== b.meterKey.length) return false;
  for (let i = 0; i < b.meterKey.length; i++) if (a.meterKey[i] !== b.meterKey[i]) return false;
  return true;
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
