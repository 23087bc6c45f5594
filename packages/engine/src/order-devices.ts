import { followSwitches } from './follow-switches.ts';
import type { DeviceRecord } from './network.ts';

/** Something wrong with the network's data; devices are named by their codes. */
export type NetworkFinding =
  /** Devices that feed each other in a ring; the ring is cut above the first of them. */
  | { readonly kind: 'loop'; readonly devices: readonly string[] }
  /** A device that no substation feeds. */
  | { readonly kind: 'island'; readonly device: string }
  /** A device whose only feed is a normally open one. */
  | { readonly kind: 'below_normally_open'; readonly device: string; readonly upstream: string }
  /** A device that names an upstream device which does not exist. */
  | { readonly kind: 'unknown_upstream'; readonly device: string; readonly upstreamKey: number }
  /** A tie whose other end is a device that does not exist. */
  | { readonly kind: 'unknown_other_end'; readonly device: string; readonly otherEndKey: number }
  /** A tie that is closed between two points that are both fed without it; it feeds nothing. */
  | { readonly kind: 'parallel'; readonly tie: string }
  /** An open device below which nothing is fed, by a tie neither; what lies there keeps its normal place. */
  | { readonly kind: 'unfed_section'; readonly device: string }
  /** How many meters no device, feeder or substation feeds. */
  | { readonly kind: 'unfed_meters'; readonly meters: number };

/** The devices in preorder, with each one's parent, end of subtree and depth as places in that order. */
export interface DeviceOrder {
  readonly devices: readonly DeviceRecord[];
  readonly parent: Int32Array;
  readonly subtreeEnd: Int32Array;
  readonly depth: Int32Array;
  /** The device that normally feeds each; -1 where there is none. */
  readonly upstream: Int32Array;
  /** The device through which what hangs on each device is fed: itself but where a tie feeds it; -1 where nothing can be. */
  readonly feedOf: Int32Array;
  /** The tie through which that is, -1 where it is its normal feed. */
  readonly tieOf: Int32Array;
  readonly findings: NetworkFinding[];
}

const NONE = -1;
/**
 * Puts device records in preorder of the tree that the switches make as they stand, siblings by key, with no recursion and no walk
 * that a ring could make endless.
 */
export function orderDevices(records: readonly DeviceRecord[]): DeviceOrder {
  const sorted = [...records].sort((a, b) => a.key - b.key);
  const count = sorted.length;
  const indexOfKey = new Map<number, number>();
  for (const [index, record] of sorted.entries()) {
    if (indexOfKey.has(record.key)) throw new Error(`device key ${record.key} is not unique`);
    indexOfKey.set(record.key, index);
  }

  const findings: NetworkFinding[] = [];
  const upstream = Int32Array.from(sorted, (record) => upstreamOf(record, indexOfKey, findings));
  const otherEnd = Int32Array.from(sorted, (record) => otherEndOf(record, indexOfKey, findings));
  cutRings(upstream, sorted, findings);
  const feeds = followSwitches({ records: sorted, upstream, otherEnd }, findings);

  // Children as linked lists by descending key, so that the stack gives them back ascending.
  const firstChild = new Int32Array(count).fill(NONE);
  const nextSibling = new Int32Array(count).fill(NONE);
  for (let i = 0; i < count; i++) {
    const above = feeds.parent[i] as number;
    if (above === NONE) continue;
    nextSibling[i] = firstChild[above] as number;
    firstChild[above] = i;
  }
  const order = new Int32Array(count);
  const placeOf = new Int32Array(count).fill(NONE);
  const parent = new Int32Array(count);
  const depth = new Int32Array(count);
  const stack: number[] = [];
  let placed = 0;
  for (let root = 0; root < count; root++) {
    if (feeds.parent[root] !== NONE) continue;
    stack.push(root);
    for (let device = stack.pop(); device !== undefined; device = stack.pop()) {
      const above = feeds.parent[device] as number;
      order[placed] = device;
      placeOf[device] = placed;
      parent[placed] = above === NONE ? NONE : (placeOf[above] as number);
      depth[placed] = above === NONE ? 0 : (depth[placeOf[above] as number] as number) + 1;
      placed++;
      for (let child = firstChild[device] as number; child !== NONE; child = nextSibling[child] as number) {
        stack.push(child);
      }
    }
  }
  if (placed < count) throw new Error(`${count - placed} devices feed each other`);

  const subtreeEnd = new Int32Array(count);
  for (let i = count - 1; i >= 0; i--) {
    if ((subtreeEnd[i] as number) === 0) subtreeEnd[i] = i + 1;
    const above = parent[i] as number;
    if (above !== NONE && (subtreeEnd[above] as number) < (subtreeEnd[i] as number)) {
      subtreeEnd[above] = subtreeEnd[i] as number;
    }
  }
  return {
    devices: Array.from(order, (index) => sorted[index] as DeviceRecord),
    parent,
    subtreeEnd,
    depth,
    upstream: Int32Array.from(order, (index) => {
      const above = upstream[index] as number;
      return above === NONE ? NONE : (placeOf[above] as number);
    }),
    feedOf: Int32Array.from(order, (index) => {
      const isIsland = (sorted[index] as DeviceRecord).isNormallyOpen && feeds.isFed[index] === 0;
      return isIsland ? NONE : (placeOf[feeds.feedOf[index] as number] as number);
    }),
    tieOf: Int32Array.from(order, (index) => {
      const tie = feeds.tieOf[index] as number;
      return tie === NONE ? NONE : (placeOf[tie] as number);
    }),
    findings,
  };
}

/** Index of the device that normally feeds `record`, -1 where none does, with what is wrong about that noted. */
function upstreamOf(
  { code, kind, upstreamKey }: DeviceRecord,
  indexOfKey: ReadonlyMap<number, number>,
  findings: NetworkFinding[],
): number {
  if (upstreamKey === null) {
    if (kind !== 'substation') findings.push({ kind: 'island', device: code });
    return NONE;
  }
  const index = indexOfKey.get(upstreamKey);
  if (index === undefined) findings.push({ kind: 'unknown_upstream', device: code, upstreamKey });
  return index ?? NONE;
}

/** Index of the device at the other end of a tie, -1 for all others. */
function otherEndOf(
  { code, isNormallyOpen, otherEndKey }: DeviceRecord,
  indexOfKey: ReadonlyMap<number, number>,
  findings: NetworkFinding[],
): number {
  if (!isNormallyOpen || otherEndKey === undefined || otherEndKey === null) return NONE;
  const index = indexOfKey.get(otherEndKey);
  if (index === undefined) findings.push({ kind: 'unknown_other_end', device: code, otherEndKey });
  return index ?? NONE;
}

/** Makes a root of the lowest device of each ring, and tells of the ring from there, downstream to upstream. */
function cutRings(upstream: Int32Array, records: readonly DeviceRecord[], findings: NetworkFinding[]): void {
  const walkOf = new Int32Array(upstream.length).fill(NONE);
  for (let start = 0; start < upstream.length; start++) {
    let device = start;
    while (device !== NONE && walkOf[device] === NONE) {
      walkOf[device] = start;
      device = upstream[device] as number;
    }
    if (device === NONE || walkOf[device] !== start) continue;
    const ring = [device];
    for (let d = upstream[device] as number; d !== device; d = upstream[d] as number) ring.push(d);
    const lowest = ring.indexOf(ring.reduce((least, member) => Math.min(least, member)));
    const told = [...ring.slice(lowest), ...ring.slice(0, lowest)];
    findings.push({ kind: 'loop', devices: told.map((index) => (records[index] as DeviceRecord).code) });
    upstream[told[0] as number] = NONE;
  }
}
