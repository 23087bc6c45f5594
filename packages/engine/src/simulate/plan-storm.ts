import type { DeviceKind } from '@lastgasp/model';
import type { DeviceRecord } from '../network.ts';
import { type Chance, seconds } from './chance.ts';
import { faultAt } from './choose-targets.ts';
import type { Fault } from './fault.ts';
import type { Interval } from './intervals.ts';
import { ALL_PHASES } from './phases.ts';
import type { PlanContext } from './scenario.ts';
import { canOpen, type Site } from './site.ts';
import { type StormPlan, stormPlan } from './storm-plan.ts';

/** How often a storm opens one device of each kind, relative to a transformer: more line lies below a breaker than below a fuse. */
const RATES: Readonly<Record<DeviceKind | 'service', number>> = {
  service: 0.05,
  transformer: 1,
  distribution_point: 1,
  switch: 1,
  fuse: 2,
  sectionalizer: 3,
  recloser: 4,
  breaker: 4,
  feeder: 4,
  substation: 1,
  line: 0,
};

/** Of a site's devices at most this share is out at once: a storm that a small site could not carry is cut down to it. */
const MOST_OUT = 0.25;

/** Share of openings of reclosing devices that are over within two minutes. */
const RECLOSED_SHARE = 0.5;
const RECLOSED_SECONDS = [2, 120] as const;

/** Median minutes of a repair, and the standard deviation of its logarithm: most take less than two hours, some half a day. */
const REPAIR_MINUTES = 60;
const REPAIR_SPREAD = 0.6;

/** Faults as they come in a storm: of every kind by its rate, spread over the storm, repaired one by one, some below others. */
export function planStorm(faultsPerHour: number): (context: PlanContext) => StormPlan | null {
  return ({ site, chance, period }) => {
    const hours = (period.endAt - period.startAt) / 3_600_000_000;
    return planSomeFaults(Math.round(faultsPerHour * hours), [0.02, 0.98])({ site, chance, period });
  };
}

/** So many faults at random times within the given part of the storm; half of the repairs take less than `repairMinutes`. */
export function planSomeFaults(
  count: number,
  [first, last]: readonly [number, number],
  repairMinutes: number = REPAIR_MINUTES,
): (context: Pick<PlanContext, 'site' | 'chance' | 'period'>) => StormPlan | null {
  return ({ site, chance, period }) => {
    const candidates = candidatesByKind(site);
    if (candidates.size === 0) return null;
    const possible = [...candidates.values()].reduce((sum, { length }) => sum + length, 0);
    const most = Math.max(1, Math.min(count, Math.floor(possible * MOST_OUT)));
    const length = (period.endAt - period.startAt) / 1e6;
    const starts = Array.from(
      { length: most },
      () => period.startAt + seconds(chance.between([first * length, last * length])),
    ).sort((a, b) => a - b);
    const faults: Fault[] = [];
    const taken = new Set<string>();
    for (const from of starts) {
      const fault = drawFault({ site, chance, candidates, taken, repairMinutes }, from);
      if (fault !== null) faults.push(fault);
    }
    return stormPlan({ faults });
  };
}

type Candidates = ReadonlyMap<DeviceKind | 'service', readonly number[]>;

function candidatesByKind(site: Site): Candidates {
  const { network } = site;
  const found = new Map<DeviceKind | 'service', number[]>();
  for (let device = 0; device < network.deviceCount; device++) {
    if (!canOpen(site, device)) continue;
    const { kind } = network.devices[device] as DeviceRecord;
    const known = found.get(kind);
    if (known === undefined) found.set(kind, [device]);
    else known.push(device);
  }
  const placed = network.firstMeter[network.deviceCount] as number;
  if (placed > 0)
    found.set(
      'service',
      Array.from({ length: placed }, (_, meter) => meter),
    );
  return found;
}

interface DrawContext {
  readonly site: Site;
  readonly chance: Chance;
  readonly candidates: Candidates;
  /** Names of what has failed already. */
  readonly taken: Set<string>;
  readonly repairMinutes: number;
}

/** A fault at something that has not failed yet in this storm; null where chance finds nothing. */
function drawFault(
  { site, chance, candidates, taken, repairMinutes }: DrawContext,
  from: number,
): Fault | null {
  const kinds = [...candidates.keys()];
  for (let attempt = 0; attempt < 50; attempt++) {
    const kind = pickByRate(chance, candidates, kinds);
    const chosen = chance.pick(candidates.get(kind) as readonly number[]);
    const name = kind === 'service' ? `service ${chosen}` : `class ${site.classOf[chosen]}`;
    const opening = drawOpening(chance, kind, from, repairMinutes);
    if (taken.has(name)) continue;
    taken.add(name);
    if (kind !== 'service') return faultAt(site, chance, chosen, [opening]);
    return {
      target: { kind: 'service', meter: chosen },
      phases: ALL_PHASES,
      cause: 'service fault',
      location: -1,
      openings: [opening],
    };
  }
  return null;
}

function pickByRate<Kind extends DeviceKind | 'service'>(
  chance: Chance,
  candidates: Candidates,
  kinds: readonly Kind[],
): Kind {
  const rateOf = (kind: Kind): number => RATES[kind] * (candidates.get(kind)?.length ?? 0);
  let left = chance.next() * kinds.reduce((total, kind) => total + rateOf(kind), 0);
  for (const kind of kinds) {
    left -= rateOf(kind);
    if (left < 0) return kind;
  }
  return chance.pick(kinds);
}

function drawOpening(
  chance: Chance,
  kind: DeviceKind | 'service',
  from: number,
  repairMinutes: number,
): Interval {
  const isReclosing = kind === 'breaker' || kind === 'recloser' || kind === 'feeder';
  const isReclosed = chance.isTrue(RECLOSED_SHARE) && isReclosing;
  const repair = 60 * repairMinutes * Math.exp(chance.around(REPAIR_SPREAD));
  return { from, to: from + seconds(isReclosed ? chance.between(RECLOSED_SECONDS) : repair) };
}
