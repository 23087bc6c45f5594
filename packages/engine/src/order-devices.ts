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
  /** How many meters no device, feeder or substation feeds. */
  | { readonly kind: 'unfed_meters'; readonly meters: number };

/** The devices in preorder, with each one's parent, end of subtree and depth as places in that order. */
export interface DeviceOrder {
  readonly devices: readonly DeviceRecord[];
  readonly parent: Int32Array;
  readonly subtreeEnd: Int32Array;
  readonly depth: Int32Array;
  readonly findings: NetworkFinding[];
}

const NONE = -1;
const VISITED = 1;

/** Puts device records in preorder, siblings by key, with no recursion and no walk that a ring could make endless. */
export function orderDevices(records: readonly DeviceRecord[]): DeviceOrder {
  const sorted = [...records].sort((a, b) => a.key - b.key);
  const count = sorted.length;
  const indexOfKey = new Map<number, number>();
  for (const [index, record] of sorted.entries()) {
    if (indexOfKey.has(record.key)) throw new Error(`device key ${record.key} is not unique`);
    indexOfKey.set(record.key, index);
  }

  const findings: NetworkFinding[] = [];
  const upstream = new Int32Array(count).fill(NONE);
  for (const [index, record] of sorted.entries()) {
    upstream[index] = feedOf(record, sorted, indexOfKey, findings);
  }

  // Children as linked lists by descending key, so that the stack gives them back ascending.
  const firstChild = new Int32Array(count).fill(NONE);
  const nextSibling = new Int32Array(count).fill(NONE);
  for (let i = 0; i < count; i++) {
    const above = upstream[i] as number;
    if (above === NONE) continue;
    nextSibling[i] = firstChild[above] as number;
    firstChild[above] = i;
  }

  const order = new Int32Array(count);
  const placeOf = new Int32Array(count);
  const parent = new Int32Array(count);
  const depth = new Int32Array(count);
  const visited = new Uint8Array(count);
  const stack: number[] = [];
  let placed = 0;
  const placeFrom = (root: number) => {
    upstream[root] = NONE;
    stack.push(root);
    while (stack.length > 0) {
      const device = stack.pop() as number;
      if (visited[device] === VISITED) continue;
      visited[device] = VISITED;
      const above = upstream[device] as number;
      order[placed] = device;
      placeOf[device] = placed;
      parent[placed] = above === NONE ? NONE : (placeOf[above] as number);
      depth[placed] = above === NONE ? 0 : (depth[placeOf[above] as number] as number) + 1;
      placed++;
      for (let child = firstChild[device] as number; child !== NONE; child = nextSibling[child] as number) {
        stack.push(child);
      }
    }
  };

  for (let i = 0; i < count; i++) if (upstream[i] === NONE) placeFrom(i);
  // What no root reaches hangs on a ring.
  for (let i = 0; i < count; i++) {
    if (visited[i] === VISITED) continue;
    const ring = ringAbove(i, upstream);
    findings.push({ kind: 'loop', devices: ring.map((device) => (sorted[device] as DeviceRecord).code) });
    placeFrom(ring[0] as number);
  }

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
    findings,
  };
}

/** Index of the device that feeds `record`, -1 where none does, with what is wrong about that noted. */
function feedOf(
  record: DeviceRecord,
  sorted: readonly DeviceRecord[],
  indexOfKey: ReadonlyMap<number, number>,
  findings: NetworkFinding[],
): number {
  if (record.upstreamKey === null) {
    if (record.kind !== 'substation') findings.push({ kind: 'island', device: record.code });
    return NONE;
  }
  const index = indexOfKey.get(record.upstreamKey);
  if (index === undefined) {
    findings.push({ kind: 'unknown_upstream', device: record.code, upstreamKey: record.upstreamKey });
    return NONE;
  }
  const upstream = sorted[index] as DeviceRecord;
  if (upstream.isNormallyOpen) {
    findings.push({ kind: 'below_normally_open', device: record.code, upstream: upstream.code });
    return NONE;
  }
  return index;
}

/** The ring that the walk upstream from `start` ends in, its lowest index first, then downstream to upstream. */
function ringAbove(start: number, upstream: Int32Array): readonly number[] {
  const seen = new Set<number>();
  let device = start;
  while (!seen.has(device)) {
    seen.add(device);
    device = upstream[device] as number;
  }
  const ring = [device];
  for (let d = upstream[device] as number; d !== device; d = upstream[d] as number) ring.push(d);
  const lowest = ring.indexOf(Math.min(...ring));
  return [...ring.slice(lowest), ...ring.slice(0, lowest)];
}
