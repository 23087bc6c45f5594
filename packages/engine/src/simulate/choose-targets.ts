import type { DeviceKind } from '@lastgasp/model';
import { type DeviceRecord, isAtOrBelow, metersBelow } from '../network.ts';
import type { Chance } from './chance.ts';
import type { Fault } from './fault.ts';
import type { Interval } from './intervals.ts';
import { ALL_PHASES, type PhaseMask } from './phases.ts';
import { canOpen, type Site } from './site.ts';

/** Which devices suit a fault. */
export interface TargetWish {
  /** Devices on whose path, up or down, the new one must not lie. */
  readonly apartFrom?: readonly number[];
  readonly suits?: (device: number) => boolean;
}

/** How many draws are tried before a wish is held to be one that the site cannot fulfil. */
const TRIES = 200;

/**
 * A device that can be open: first the kind by chance, each as likely as another, then the device. A random draw of devices
 * would nearly always give transformers. Null where none suits.
 */
export function chooseDevice(site: Site, chance: Chance, wish: TargetWish = {}): number | null {
  const { network } = site;
  const { apartFrom = [], suits = () => true } = wish;
  const isApart = (device: number): boolean =>
    apartFrom.every((other) => !isAtOrBelow(network, device, other) && !isAtOrBelow(network, other, device));
  const byKind = new Map<DeviceKind, number[]>();
  for (let device = 0; device < network.deviceCount; device++) {
    if (!canOpen(site, device) || !suits(device)) continue;
    const { kind } = network.devices[device] as DeviceRecord;
    const known = byKind.get(kind);
    if (known === undefined) byKind.set(kind, [device]);
    else known.push(device);
  }
  const kinds = [...byKind.values()];
  for (let attempt = 0; attempt < TRIES && kinds.length > 0; attempt++) {
    const device = chance.pick(chance.pick(kinds));
    if (isApart(device)) return device;
  }
  return null;
}

/** `count` devices of which none lies above another; null where the site has no room for so many. */
export function chooseDevicesApart(
  site: Site,
  chance: Chance,
  count: number,
  wish: TargetWish = {},
): readonly number[] | null {
  // A breaker drawn first may leave no room for the rest: then the whole draw is made anew.
  for (let attempt = 0; attempt < TRIES / 10; attempt++) {
    const chosen: number[] = [];
    while (chosen.length < count) {
      const device = chooseDevice(site, chance, {
        ...wish,
        apartFrom: [...(wish.apartFrom ?? []), ...chosen],
      });
      if (device === null) break;
      chosen.push(device);
    }
    if (chosen.length === count) return chosen;
  }
  return null;
}

/** How many meters the registry has below a device. */
export function meterCountBelow({ network }: Site, device: number): number {
  const { from, to } = metersBelow(network, device);
  return to - from;
}

/**
 * A fault that opens `device`. Half of them lie on a line section that the device protects, where it has one: lines open nothing
 * themselves.
 */
export function faultAt(
  site: Site,
  chance: Chance,
  device: number,
  openings: readonly Interval[],
  phases: PhaseMask = ALL_PHASES,
): Fault {
  const sections = protectedSections(site, device);
  const isOnLine = chance.isTrue(0.5) && sections.length > 0;
  return {
    target: { kind: 'device', device },
    phases,
    cause: isOnLine ? 'line fault' : 'equipment failure',
    location: isOnLine ? chance.pick(sections) : -1,
    openings,
  };
}

/** The line sections below a device that nothing else than it can cut off; switches do not trip. */
function protectedSections({ network }: Site, device: number): readonly number[] {
  const sections: number[] = [];
  const end = network.subtreeEnd[device] as number;
  for (let below = device + 1; below < end; ) {
    const { kind } = network.devices[below] as DeviceRecord;
    if (kind === 'line') sections.push(below);
    below = kind === 'line' || kind === 'switch' ? below + 1 : (network.subtreeEnd[below] as number);
  }
  return sections;
}
