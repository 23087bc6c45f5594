import {
  feedingDevice,
  type StandardDevice,
  type StandardMeter,
  type StandardNetwork,
} from './standard-network.ts';

/** Kilowatts of load that one customer stands for: a household's share of the peak of its transformer. */
const KW_PER_METER = 5;

/** Meters of one load at most: larger ones are a kiosk's, or an industry's that has one meter for hundreds of kilowatts. */
const MOST_METERS = 40;

/** Fuses one behind another at most: more of them cannot be coordinated. */
const MOST_FUSES = 2;

/**
 * A standard feeder with the protection and the customers that its data leaves out, by a rule that knows nothing but the tree and
 * its loads:
 * - Where the data has no breaker, one is put before the first device that feeds load, as the feeder's head.
 * - From the head down the trunk goes on, at each point, where most kilowatts hang below; every other line section with load that leaves
 *   the path there begins a lateral, and gets a fuse before it. Within a lateral the same holds, up to two fuses in a row. What
 *   begins with a switch or a transformer is no lateral, and the count begins anew below a switch.
 * - Each load that hangs on a line gets a service transformer with a meter for each 5 kW, at least 1 and at most 40; a load below a
 *   distribution transformer has its meters there. Each meter is one customer.
 *
 * What was there keeps its id; a fuse is `fuse.` and its section, a transformer `tx.` and its load, a meter its load and a number.
 */
export function protectLaterals(network: StandardNetwork): StandardNetwork {
  const byId = new Map(network.devices.map((device) => [device.id, device]));
  const upstream = new Map(network.devices.map((device) => [device.id, feedingDevice(byId, device)]));
  const kwBelow = loadBelow(network, upstream);
  const children = new Map<string | null, StandardDevice[]>();
  for (const device of network.devices) {
    if (device.normallyOpen || (kwBelow.get(device.id) ?? 0) <= 0) continue;
    const above = upstream.get(device.id) ?? null;
    const siblings = children.get(above);
    if (siblings === undefined) children.set(above, [device]);
    else siblings.push(device);
  }
  /** What is put before a device: that device's id, and the new one. */
  const before = new Map<string, StandardDevice>();
  const follow = (above: string | null, fuses: number): void => {
    const [trunk, ...others] = byLoad(children.get(above) ?? [], kwBelow);
    if (trunk === undefined) return;
    for (const device of others) {
      const isLateral = device.type === 'line' && above !== null && fuses < MOST_FUSES;
      if (isLateral) before.set(device.id, inserted(`fuse.${device.id}`, 'fuse', above, device.phases));
      follow(device.id, isSwitching(device) ? 0 : isLateral ? fuses + 1 : fuses);
    }
    follow(trunk.id, isSwitching(trunk) ? 0 : fuses);
  };
  follow(null, 0);
  if (!network.devices.some(({ type }) => type === 'breaker')) {
    for (const head of children.get(null) ?? [])
      before.set(head.id, inserted(`breaker.${head.id}`, 'breaker', null, head.phases));
  }

  const devices: StandardDevice[] = [];
  for (const device of network.devices) {
    const protection = before.get(device.id);
    if (protection !== undefined) devices.push(protection);
    const parent = protection?.id ?? upstream.get(device.id) ?? null;
    const { parents: _, ...single } = device;
    devices.push({ ...single, parent });
  }
  const meters: StandardMeter[] = [];
  for (const load of network.meters) {
    const isAtTransformer = byId.get(load.parent)?.type === 'transformer';
    const parent = isAtTransformer ? load.parent : `tx.${load.id}`;
    if (!isAtTransformer) devices.push(inserted(parent, 'transformer', load.parent, load.phases));
    const count = Math.min(MOST_METERS, Math.max(1, Math.round(load.kw / KW_PER_METER)));
    for (let number = 1; number <= count; number++)
      meters.push({ ...load, id: `${load.id}#${number}`, parent, customers: 1, kw: load.kw / count });
  }
  return { name: network.name, devices, meters };
}

function inserted(id: string, type: string, parent: string | null, phases = 'ABC'): StandardDevice {
  return { id, type, parent, phases, normallyOpen: false };
}

function isSwitching({ type }: StandardDevice): boolean {
  return type !== 'line' && type !== 'transformer';
}

/** Kilowatts at and below each device; a load without any counts as a little, so that its section carries load. */
function loadBelow(
  { meters }: StandardNetwork,
  upstream: ReadonlyMap<string, string | null>,
): ReadonlyMap<string, number> {
  const below = new Map<string, number>();
  for (const { parent, kw } of meters) {
    for (let at: string | null = parent; at !== null; at = upstream.get(at) ?? null)
      below.set(at, (below.get(at) ?? 0) + Math.max(kw, 1e-6));
  }
  return below;
}

/** Most load first; of equal ones the first in the file. */
function byLoad(
  devices: readonly StandardDevice[],
  kwBelow: ReadonlyMap<string, number>,
): readonly StandardDevice[] {
  return devices.toSorted((a, b) => (kwBelow.get(b.id) ?? 0) - (kwBelow.get(a.id) ?? 0));
}
