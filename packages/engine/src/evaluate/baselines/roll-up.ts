import { deviceOfMeter } from '../../network.ts';
import type { OutageTarget } from '../../simulate/outage-target.ts';
import type { Site } from '../../simulate/site.ts';
import { isLowestDevice, protectiveDevice } from './protective-device.ts';

/** How a device is judged when reports are rolled up from below. */
export interface RollUp {
  /** Whether a device that only meters hang on is out, from how many of its meters were reported. */
  readonly isLowestOut: (device: number, reported: number) => boolean;
  /** Whether a device is out with two or more units out below it, from the meters reported below and the units out. */
  readonly isUpperOut: (device: number, reported: number, unitsOut: number) => boolean;
}

/**
 * The devices that are out when reports are rolled up: the lowest devices first, then each one that has at least two units out
 * below it, a unit being a device that is out or a reported meter that hangs on the device itself. Gives the topmost ones.
 */
export function rollUp(site: Site, reported: Iterable<number>, rule: RollUp): readonly OutageTarget[] {
  const { network } = site;
  const below = new Map<number, number>();
  const own = new Map<number, number>();
  const parentOf = (device: number): number => protectiveDevice(network, network.parent[device] as number);
  for (const meter of reported) {
    let device = protectiveDevice(network, deviceOfMeter(network, meter));
    if (device >= 0) own.set(device, (own.get(device) ?? 0) + 1);
    for (; device >= 0; device = parentOf(device)) below.set(device, (below.get(device) ?? 0) + 1);
  }

  const units = new Map<number, number>();
  const out = new Set<number>();
  // Descending preorder: what lies below a device is known before it.
  for (const device of [...below.keys()].sort((a, b) => b - a)) {
    const count = below.get(device) as number;
    const isLowest = isLowestDevice(network, device);
    const unitsOut = (units.get(device) ?? 0) + (own.get(device) ?? 0);
    const isOut = isLowest
      ? rule.isLowestOut(device, count)
      : unitsOut >= 2 && rule.isUpperOut(device, count, unitsOut);
    if (isOut) out.add(device);
    const above = parentOf(device);
    if (above >= 0) units.set(above, (units.get(above) ?? 0) + (isOut ? 1 : unitsOut));
  }

  const targets: OutageTarget[] = [];
  let done = -1;
  for (const device of [...out].sort((a, b) => a - b)) {
    if (device < done) continue;
    done = network.subtreeEnd[device] as number;
    targets.push({ kind: 'device', device });
  }
  return targets;
}
