import type { DeviceKind } from '@lastgasp/model';
import type { Instant } from './instant.ts';
import { type DeviceOrder, type NetworkFinding, orderDevices } from './order-devices.ts';
import { feedsSince } from './switched-feeds.ts';

/** A device as the registry has it; keys are the database's, `null` where there is none. */
export interface DeviceRecord {
  readonly key: number;
  /** The utility's own id. */
  readonly code: string;
  readonly kind: DeviceKind;
  /** The next device towards the source; null for a substation. */
  readonly upstreamKey: number | null;
  readonly substationKey: number | null;
  readonly feederKey: number | null;
  /** A tie: it carries no load in the normal state. */
  readonly isNormallyOpen: boolean;
  /** As it stands now; in its normal state where that is not said. */
  readonly isOpen?: boolean;
  /** Since when it stands so, where somebody said that. */
  readonly stateSince?: Instant | null;
  /** The device at whose point a tie ends on its far side; the near one is its upstream. */
  readonly otherEndKey?: number | null;
  readonly isFeederHead: boolean;
  /** True where the utility's data has no such device and one stands in for it. */
  readonly isImplied: boolean;
}

/** Whether a device stands open now. */
export function isOpenNow({ isOpen, isNormallyOpen }: DeviceRecord): boolean {
  return isOpen ?? isNormallyOpen;
}

/** The meters as columns of one length, in ascending order of `key`; a key of 0 means there is none. */
export interface MeterColumns {
  readonly key: Float64Array;
  readonly deviceKey: Float64Array;
  readonly feederKey: Float64Array;
  readonly substationKey: Float64Array;
  /** Customers each meter stands for. */
  readonly customers: Int32Array;
  /** 1 where the meter is fed from before its feeder's head breaker. */
  readonly isAboveFeederHead: Uint8Array;
}

/**
 * The energised network as a forest on flat arrays. A device is its place in preorder, so the devices below one are the
 * range up to `subtreeEnd`; a meter is its position in the order of the devices, so the meters below a device are one range too.
 * 16 bytes a meter.
 */
export interface Network {
  readonly deviceCount: number;
  readonly meterCount: number;
  readonly devices: readonly DeviceRecord[];
  readonly parent: Int32Array;
  readonly subtreeEnd: Int32Array;
  readonly depth: Int32Array;
  /** First meter position of each device's own meters; one more element closes the last range. */
  readonly firstMeter: Int32Array;
  /** Database key of the meter at each position. */
  readonly meterKey: Float64Array;
  /** Customers of the meter at each position. */
  readonly customers: Int32Array;
  /** Meter positions in ascending order of their keys. */
  readonly positionsByKey: Int32Array;
  readonly deviceOfKey: ReadonlyMap<number, number>;
  /** Since when the devices that were switched feed what is below them; all others always have. */
  readonly feedsSince: ReadonlyMap<number, Instant>;
  /** How many meters are fed through a tie. */
  readonly transferredMeters: number;
  /** What is wrong with the data, as far as it was noticed here. */
  readonly findings: readonly NetworkFinding[];
}

/** A contiguous range: `from` belongs to it, `to` no longer. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

/**
 * The network from registry rows. Loops, islands and meters without a place are listed as findings and never stop it: a
 * loop is cut at its lowest key. A meter without device hangs on its feeder's head, else on its substation's node, and each on
 * what feeds that as the switches stand. Throws for keys that are not unique or not ascending. All phases as one.
 */
export function buildNetwork(records: readonly DeviceRecord[], meters: MeterColumns): Network {
  const order = orderDevices(records);
  const { devices, parent, subtreeEnd, depth, findings } = order;
  const deviceOfKey = new Map<number, number>();
  for (const [index, device] of devices.entries()) deviceOfKey.set(device.key, index);
  const { place, transferred } = placeMeters(order, deviceOfKey, meters);

  const deviceCount = devices.length;
  const meterCount = meters.key.length;
  const firstMeter = new Int32Array(deviceCount + 1);
  for (let i = 0; i < meterCount; i++) {
    const device = place[i] as number;
    if (device < deviceCount) firstMeter[device + 1] = (firstMeter[device + 1] as number) + 1;
  }
  for (let d = 0; d < deviceCount; d++) {
    firstMeter[d + 1] = (firstMeter[d + 1] as number) + (firstMeter[d] as number);
  }

  const next = new Int32Array(deviceCount + 1);
  next.set(firstMeter);
  const meterKey = new Float64Array(meterCount);
  const customers = new Int32Array(meterCount);
  const positionsByKey = new Int32Array(meterCount);
  for (let i = 0; i < meterCount; i++) {
    const device = place[i] as number;
    const position = next[device] as number;
    next[device] = position + 1;
    meterKey[position] = meters.key[i] as number;
    customers[position] = meters.customers[i] as number;
    positionsByKey[i] = position;
  }

  return {
    deviceCount,
    meterCount,
    devices,
    parent,
    subtreeEnd,
    depth,
    firstMeter,
    meterKey,
    customers,
    positionsByKey,
    deviceOfKey,
    feedsSince: feedsSince(order),
    transferredMeters: transferred,
    findings,
  };
}

/** The device each meter is fed through, by index; `devices.length` for one that nothing feeds. */
function placeMeters(
  { devices, upstream, feedOf, tieOf, findings }: DeviceOrder,
  deviceOfKey: ReadonlyMap<number, number>,
  meters: MeterColumns,
): { readonly place: Int32Array; readonly transferred: number } {
  const headOfFeeder = new Map<number, number>();
  const nodeOfSubstation = new Map<number, number>();
  for (const [index, device] of devices.entries()) {
    if (device.isFeederHead && device.feederKey !== null) headOfFeeder.set(device.feederKey, index);
    if (device.kind === 'substation' && device.substationKey !== null) {
      nodeOfSubstation.set(device.substationKey, index);
    }
  }

  const nowhere = devices.length;
  const count = meters.key.length;
  const place = new Int32Array(count);
  let unplaced = 0;
  let transferred = 0;
  let lastKey = 0;
  for (let i = 0; i < count; i++) {
    const key = meters.key[i] as number;
    if (key <= lastKey) throw new Error(`meter keys must ascend from 1: ${key} after ${lastKey}`);
    lastKey = key;

    let device = deviceOfKey.get(meters.deviceKey[i] as number);
    if (device === undefined) {
      const head = headOfFeeder.get(meters.feederKey[i] as number);
      const above = head === undefined ? -1 : (upstream[head] as number);
      if (head !== undefined) device = meters.isAboveFeederHead[i] === 1 ? above : head;
      if (device === undefined || device < 0) {
        device = nodeOfSubstation.get(meters.substationKey[i] as number);
      }
    }
    const feed = device === undefined ? -1 : (feedOf[device] as number);
    if (feed < 0) unplaced++;
    else if ((tieOf[device as number] as number) >= 0) transferred++;
    place[i] = feed < 0 ? nowhere : feed;
  }
  if (unplaced > 0) findings.push({ kind: 'unfed_meters', meters: unplaced });
  return { place, transferred };
}

/** Positions of the meters that lose supply when `device` opens. */
export function metersBelow(network: Network, device: number): Range {
  return {
    from: network.firstMeter[device] as number,
    to: network.firstMeter[network.subtreeEnd[device] as number] as number,
  };
}

/** Whether meters hang on `device` itself, with no other device between. */
export function hasOwnMeters(network: Network, device: number): boolean {
  return (network.firstMeter[device] as number) < (network.firstMeter[device + 1] as number);
}

/** Whether `lower` is `upper` itself or downstream of it. */
export function isAtOrBelow(network: Network, lower: number, upper: number): boolean {
  return lower >= upper && lower < (network.subtreeEnd[upper] as number);
}

/** Position of the meter with this database key; -1 where the network has none. */
export function meterPosition(network: Network, meterKey: number): number {
  let low = 0;
  let high = network.meterCount - 1;
  while (low <= high) {
    const middle = (low + high) >>> 1;
    const position = network.positionsByKey[middle] as number;
    const key = network.meterKey[position] as number;
    if (key === meterKey) return position;
    if (key < meterKey) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}

/** The device that the meter at `position` hangs on; -1 where nothing feeds it. */
export function deviceOfMeter(network: Network, position: number): number {
  if (position >= (network.firstMeter[network.deviceCount] as number)) return -1;
  // The last device whose own range begins at or before the position; devices without meters share its start.
  let low = 0;
  let high = network.deviceCount - 1;
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if ((network.firstMeter[middle] as number) <= position) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** The nearest device at or above `device` that is no line section: what hangs on a line belongs to it; the topmost line where there is none. */
export function protectionOf(network: Network, device: number): number {
  let at = device;
  while ((network.devices[at] as DeviceRecord).kind === 'line' && (network.parent[at] as number) >= 0)
    at = network.parent[at] as number;
  return at;
}

/**
 * Every other device of the utility's own data with exactly the same meters below it, by index, upstream first: meters
 * cannot tell them apart. Empty for a device without meters.
 */
export function equivalentDevices(network: Network, device: number): readonly number[] {
  const { from, to } = metersBelow(network, device);
  if (from === to) return [];

  const same = (other: number): boolean => {
    const range = metersBelow(network, other);
    return range.from === from && range.to === to;
  };
  // Devices with the same meters, if there are any, stand on one path; the topmost of them begins the walk down.
  let top = device;
  while ((network.parent[top] as number) >= 0 && same(network.parent[top] as number)) {
    top = network.parent[top] as number;
  }
  const found: number[] = [];
  for (let d = top; d < (network.subtreeEnd[top] as number); ) {
    if (same(d)) {
      if (d !== device && !(network.devices[d] as DeviceRecord).isImplied) found.push(d);
      d++;
    } else {
      d = network.subtreeEnd[d] as number;
    }
  }
  return found;
}

/** Whether two networks have the same devices and meters in the same places; a walk over both, without a copy. */
export function isSameNetwork(a: Network, b: Network): boolean {
  return (
    isSameArray(a.meterKey, b.meterKey) &&
    isSameArray(a.customers, b.customers) &&
    isSameArray(a.firstMeter, b.firstMeter) &&
    isSameArray(a.parent, b.parent) &&
    a.devices.every((device, i) => isSameDevice(device, b.devices[i] as DeviceRecord))
  );
}

function isSameArray(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

function isSameDevice(a: DeviceRecord, b: DeviceRecord): boolean {
  return (
    a.key === b.key &&
    a.code === b.code &&
    a.kind === b.kind &&
    a.substationKey === b.substationKey &&
    a.feederKey === b.feederKey &&
    a.isNormallyOpen === b.isNormallyOpen &&
    isOpenNow(a) === isOpenNow(b) &&
    a.isFeederHead === b.isFeederHead &&
    a.isImplied === b.isImplied
  );
}
