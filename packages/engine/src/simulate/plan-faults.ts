import { metersBelow } from '../network.ts';
import type { Chance } from './chance.ts';
import { chooseDevice, chooseDevicesApart, faultAt, meterCountBelow } from './choose-targets.ts';
import { ALL_PHASES, singlePhases } from './phases.ts';
import type { PlanContext } from './scenario.ts';
import type { Site } from './site.ts';
import { type StormPlan, stormPlan } from './storm-plan.ts';

/** `count` faults within a minute that last to the end, none above another. */
export function planFaults(count: number): (context: PlanContext) => StormPlan | null {
  return ({ site, chance, lasting }) => {
    const devices = chooseDevicesApart(site, chance, count);
    if (devices === null) return null;
    const faults = devices.map((device) => faultAt(site, chance, device, [lasting(chance.between([1, 2]))]));
    return stormPlan({ faults });
  };
}

/** A three-phase device that loses one phase: meters on that phase are off, three-phase meters keep two. */
export function planOnePhase({ site, chance, lasting }: PlanContext): StormPlan | null {
  const onPhase = (device: number, phase: number): number => {
    const { from, to } = metersBelow(site.network, device);
    return site.meters.phases.subarray(from, to).filter((mask) => mask === phase).length;
  };
  const phasesWithMeters = (device: number): readonly number[] =>
    singlePhases(ALL_PHASES).filter((phase) => onPhase(device, phase) >= 2);
  const device = chooseDevice(site, chance, {
    suits: (candidate) =>
      site.devicePhases[candidate] === ALL_PHASES && phasesWithMeters(candidate).length >= 2,
  });
  if (device === null) return null;
  const phase = chance.pick(phasesWithMeters(device));
  return stormPlan({ faults: [faultAt(site, chance, device, [lasting(chance.between([1, 2]))], phase)] });
}

/**
 * A breaker or recloser that opens together with a device below it where the fault is, and recloses: from then on the one below
 * interrupts alone, though none of its meters says anything new.
 */
export function planNestedReclose({ site, chance, lasting }: PlanContext): StormPlan | null {
  const { network } = site;
  const pair = chooseNested(
    site,
    chance,
    (device) => RECLOSING.includes(network.devices[device]?.kind ?? '') && meterCountBelow(site, device) >= 6,
    (lower, upper) => meterCountBelow(site, lower) * 2 <= meterCountBelow(site, upper),
  );
  if (pair === null) return null;
  const at = chance.between([1, 2]);
  return stormPlan({
    faults: [
      faultAt(site, chance, pair.upper, [lasting(at, at + chance.between([6, 8]))]),
      faultAt(site, chance, pair.lower, [lasting(at)]),
    ],
  });
}

/** A fault whose healthy end is fed over a tie after some minutes, before the fault itself is repaired. */
export function planTieRestoration({ site, chance, lasting }: PlanContext): StormPlan | null {
  const pair = chooseNested(
    site,
    chance,
    (device) => meterCountBelow(site, device) >= 6,
    (section, device) => meterCountBelow(site, section) * 4 <= meterCountBelow(site, device) * 3,
  );
  if (pair === null) return null;
  const at = chance.between([1, 2]);
  return stormPlan({
    faults: [faultAt(site, chance, pair.upper, [lasting(at, 26)])],
    tieFeeds: [{ section: pair.lower, times: [lasting(10 + chance.next(), 26)] }],
  });
}

/** Four interruptions of one to three minutes, one after another. */
export function planMomentaries({ site, chance, lasting }: PlanContext): StormPlan | null {
  const devices = chooseDevicesApart(site, chance, 4) ?? chooseDevicesApart(site, chance, 2);
  if (devices === null) return null;
  const faults = devices.map((device, index) => {
    const at = 1 + index * 3 + chance.next();
    return faultAt(site, chance, device, [lasting(at, at + chance.between([1, 3]))]);
  });
  return stormPlan({ faults });
}

/** A reclosing device that opens, closes and opens again, and stays open in one of two storms. */
export function planRecloserShots({ site, chance, lasting }: PlanContext): StormPlan | null {
  const device = chooseDevice(site, chance, {
    suits: (candidate) => RECLOSING.includes(site.network.devices[candidate]?.kind ?? ''),
  });
  if (device === null) return null;
  const at = chance.between([1, 2]);
  const isLockedOut = chance.isTrue(0.5);
  // Dead times of 2, 20 and 60 seconds with 10 seconds closed between them: a usual sequence of distribution reclosers.
  const openings = [
    lasting(at, at + 2 / 60),
    lasting(at + 12 / 60, at + 32 / 60),
    isLockedOut ? lasting(at + 42 / 60) : lasting(at + 42 / 60, at + 102 / 60),
  ];
  return stormPlan({ faults: [faultAt(site, chance, device, openings)] });
}

/** Kinds that close again by themselves; a feeder stands for its breaker where the data has no devices. */
export const RECLOSING: readonly string[] = ['breaker', 'recloser', 'feeder'];

/** How many upper devices are tried before a site is held to have no such pair. */
const TRIES = 30;

/** Two devices, one below the other, with at least two meters below the lower one. */
function chooseNested(
  site: Site,
  chance: Chance,
  suitsUpper: (device: number) => boolean,
  suitsLower: (lower: number, upper: number) => boolean,
): { readonly upper: number; readonly lower: number } | null {
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const upper = chooseDevice(site, chance, { suits: suitsUpper });
    if (upper === null) return null;
    const end = site.network.subtreeEnd[upper] as number;
    const lower = chooseDevice(site, chance, {
      suits: (device) =>
        device > upper && device < end && meterCountBelow(site, device) >= 2 && suitsLower(device, upper),
    });
    if (lower !== null) return { upper, lower };
  }
  return null;
}
