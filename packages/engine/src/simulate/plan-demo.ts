import { isAtOrBelow, metersBelow } from '../network.ts';
import { type Chance, seconds } from './chance.ts';
import { chooseDevice, faultAt, meterCountBelow } from './choose-targets.ts';
import type { Fault } from './fault.ts';
import { metersByTerminal } from './observe-terminals.ts';
import { RECLOSING } from './plan-faults.ts';
import { planSomeFaults } from './plan-storm.ts';
import type { PlanContext } from './scenario.ts';
import { canOpen, type Site } from './site.ts';
import { type StormPlan, stormPlan } from './storm-plan.ts';

/** From here on faults come by chance, in minutes after the start. */
const ORDINARY_FROM = 6;

/** Faults an hour by then: about six are open at a time. */
const FAULTS_PER_HOUR = 30;

/** Median minutes of a repair. Really it takes an hour, which nobody watches. */
const REPAIR_MINUTES = 10;

/** So many minutes before the storm's end everything is repaired, so that all of it is told before the next storm begins. */
const QUIET_MINUTES = 6;

/**
 * First, within minutes and on different parts of the network: a feeder trip with telemetry, a transformer that only meters, terminals and
 * callers tell of, a fuse, a momentary, a nested fault after a reclosing, a substation, and false words of a terminal and a
 * meter. Then faults by chance, one every other minute. All are over at the end. Null where the site has no room for it.
 */
export function planDemo(context: PlanContext): StormPlan | null {
  const { site, chance, period, lasting } = context;
  const [first] = site.feeders;
  if (first === undefined) return null;
  const taken = [first.head];
  const choose = (suits: (device: number) => boolean): number | null => {
    const device = chooseDevice(site, chance, { apartFrom: taken, suits });
    if (device !== null) taken.push(device);
    return device;
  };
  const isKind = (device: number, ...kinds: readonly string[]): boolean =>
    kinds.includes(site.network.devices[device]?.kind ?? '');
  const station = choose((device) => isAboveFeeders(site, device));
  const momentary = choose((device) => isHead(site, device));
  const upper = choose((device) => isKind(device, ...RECLOSING) && meterCountBelow(site, device) >= 40);
  const transformer = choose(
    (device) => isKind(device, 'transformer') && isOnFeeder(site, device) && isOwnClass(site, device),
  );
  const fuse = choose((device) => isKind(device, 'fuse') && isFork(site, device));
  if ([station, momentary, upper, transformer, fuse].includes(null)) return null;
  const lower = chooseDevice(site, chance, {
    suits: (device) =>
      isKind(device, 'fuse') && isFork(site, device) && isAtOrBelow(site.network, device, upper as number),
  });
  if (lower === null) return null;

  const opened = (device: number | null, from: number, to: number): Fault =>
    faultAt(site, chance, device as number, [lasting(from / 60, to / 60)]);
  const shown = [
    opened(first.head, 2, 330),
    opened(transformer, 9, 540),
    opened(fuse, 20, 420),
    opened(momentary, 40, 58),
    opened(upper, 75, 190),
    opened(lower, 75, 500),
    opened(station, 150, 480),
  ];
  const minutes = (period.endAt - period.startAt) / 60e6;
  const most = Math.max(0, Math.round((FAULTS_PER_HOUR * (minutes - ORDINARY_FROM)) / 60));
  const share = [ORDINARY_FROM / minutes, 1 - (2 * QUIET_MINUTES) / minutes] as const;
  const ordinary = planSomeFaults(most, share, REPAIR_MINUTES)(context)?.faults ?? [];
  const lastAt = period.endAt - seconds(60 * QUIET_MINUTES);
  const told = new Set(taken);
  return stormPlan({
    faults: [
      ...shown,
      ...ordinary
        .filter(({ target }) => target.kind === 'service' || !told.has(target.device))
        .map((fault) => ({
          ...fault,
          openings: fault.openings.map(({ from, to }) => ({ from, to: Math.min(to, lastAt) })),
        })),
    ],
    disturbances: falseWords(context, shown),
  });
}

/** A pulled plug and a meter that gasps with supply there, where nothing else happens. */
function falseWords({ site, chance, lasting }: PlanContext, shown: readonly Fault[]) {
  const isQuiet = (meter: number): boolean =>
    shown.every(({ target }) => {
      if (target.kind === 'service') return target.meter !== meter;
      const { from, to } = metersBelow(site.network, target.device);
      return meter < from || meter >= to;
    });
  const terminals = metersByTerminal(site).flatMap((meters, terminal) =>
    meters.length > 0 && meters.every(isQuiet) ? [terminal] : [],
  );
  const meters = smartMeters(site).filter(isQuiet);
  return {
    unplugged: one(chance, terminals).map((terminal) => ({ terminal, times: lasting(1.1, 4) })),
    falseGasps: one(chance, meters).map((meter) => ({ meter, times: lasting(2, 3) })),
  };
}

const one = <T>(chance: Chance, items: readonly T[]): readonly T[] => chance.sample(items, 1);

function smartMeters({ meters }: Site): readonly number[] {
  return Array.from(meters.isSmart, (isSmart, meter) => (isSmart === 1 ? meter : -1)).filter(
    (meter) => meter >= 0,
  );
}

function isHead({ feeders }: Site, device: number): boolean {
  return feeders.some(({ head }) => head === device);
}

/** Whether it feeds all feeders of its substation, and more than one. */
function isAboveFeeders(site: Site, device: number): boolean {
  const below = site.feeders.filter(({ head }) => head !== device && isAtOrBelow(site.network, head, device));
  return canOpen(site, device) && below.length >= 2;
}

/** Whether it lies on a feeder. */
function isOnFeeder({ network, feeders }: Site, device: number): boolean {
  return feeders.some(({ head }) => isAtOrBelow(network, device, head));
}

/** Whether its meters are told apart from those of the device above it: nothing else has the same meters. */
function isOwnClass({ classOf }: Site, device: number): boolean {
  return classOf[device] === device;
}

/** Whether it feeds several devices that meters tell apart. */
function isFork(site: Site, device: number): boolean {
  const end = site.network.subtreeEnd[device] as number;
  for (let below = device + 1; below < end; below++)
    if (canOpen(site, below) && site.classOf[below] !== site.classOf[device]) return true;
  return false;
}
