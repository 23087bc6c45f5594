import { seconds } from './chance.ts';
import { chooseDevice, chooseDevicesApart, faultAt, meterCountBelow } from './choose-targets.ts';
import type { Fault } from './fault.ts';
import { planStorm } from './plan-storm.ts';
import type { PlanContext } from './scenario.ts';
import { type StormPlan, stormPlan } from './storm-plan.ts';

/** When the work is announced for, and by how many minutes it begins and ends beside that. */
const ANNOUNCED_MINUTES = [12, 42] as const;
const BEGINS_BESIDE = [-8, 8] as const;
const ENDS_BESIDE = [-10, 10] as const;

/** Faults in a part of the network that the work leaves alone. */
const FAULTS_BESIDE = 2;

/**
 * A device that is opened for announced work, a little beside the announced time, while faults come elsewhere; in one of two storms
 * something below it has failed when it is closed, and stays without supply.
 */
export function planPlannedWork({ site, chance, lasting }: PlanContext): StormPlan | null {
  const device = chooseDevice(site, chance, { suits: (candidate) => meterCountBelow(site, candidate) >= 4 });
  if (device === null) return null;
  const beside =
    chooseDevicesApart(site, chance, FAULTS_BESIDE, { apartFrom: [device] }) ??
    chooseDevicesApart(site, chance, 1, { apartFrom: [device] });
  if (beside === null) return null;
  const [from, to] = ANNOUNCED_MINUTES;
  const actual = lasting(from + chance.between(BEGINS_BESIDE), to + chance.between(ENDS_BESIDE));
  const work: Fault = {
    ...faultAt(site, chance, device, [actual]),
    cause: 'planned work',
    location: -1,
    announced: lasting(from, to),
  };
  const left = chance.isTrue(0.5) ? chooseLeftBehind({ site, chance }, device) : null;
  return stormPlan({
    faults: [
      work,
      ...beside.map((other) => faultAt(site, chance, other, [lasting(chance.between([from, to - 10]))])),
      ...(left === null
        ? []
        : [faultAt(site, chance, left, [{ from: actual.to - seconds(20), to: Number.POSITIVE_INFINITY }])]),
    ],
  });
}

/** A device below another with at most half of its meters; null where there is none. */
function chooseLeftBehind(
  { site, chance }: Pick<PlanContext, 'site' | 'chance'>,
  device: number,
): number | null {
  const end = site.network.subtreeEnd[device] as number;
  return chooseDevice(site, chance, {
    suits: (below) =>
      below > device &&
      below < end &&
      meterCountBelow(site, below) >= 3 &&
      2 * meterCountBelow(site, below) <= meterCountBelow(site, device),
  });
}

/** When the head-end is silent, and how long it takes until somebody notes that it is, and that it is no more. */
const SILENT_MINUTES = [25, 45] as const;
const NOTED_AFTER_MINUTES = 2;

/** A storm in which the head-end says nothing for a time, and never what it would have said then. */
export function planSilentHeadEnd(faultsPerHour: number): (context: PlanContext) => StormPlan | null {
  return (context) => {
    const plan = planStorm(faultsPerHour)(context);
    if (plan === null) return null;
    const [from, to] = SILENT_MINUTES;
    const silence = {
      source: 'kaifa',
      times: context.lasting(from, to),
      notedAt: context.lasting(from + NOTED_AFTER_MINUTES).from,
      overNotedAt: context.lasting(to + NOTED_AFTER_MINUTES).from,
    } as const;
    return { ...plan, disturbances: { ...plan.disturbances, silences: [silence] } };
  };
}
