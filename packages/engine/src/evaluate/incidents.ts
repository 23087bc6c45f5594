import type { Instant } from '../instant.ts';
import type { Range } from '../network.ts';
import { type Intervals, NEVER, unionOf } from '../simulate/intervals.ts';
import type { OutageTarget } from '../simulate/outage-target.ts';
import type { Storm } from '../simulate/simulate-storm.ts';
import { closedAt, customersOf, isMomentaryFault } from '../simulate/storm-truth.ts';
import { firstTold } from './first-told.ts';
import { type ClassKey, classKeyOf, metersOfTarget } from './outage-class.ts';

/** A true fault as estimators are compared with it. */
export interface Incident {
  readonly target: OutageTarget;
  readonly key: ClassKey;
  readonly range: Range;
  /** When it interrupted. */
  readonly times: Intervals;
  readonly startedAt: Instant;
  /** Infinity where it was not over at the end. */
  readonly endedAt: Instant;
  readonly isMomentary: boolean;
  /** Customers below who were off while it interrupted, whoever interrupted them first. */
  readonly customers: number;
  /** When the first message about it was received; Infinity where none was. */
  readonly toldAt: Instant;
}

/** The faults of a storm that interrupted anything, in order of start. */
export function incidentsOf(storm: Storm): readonly Incident[] {
  const { site, plan, supply } = storm;
  const told = firstTold(storm);
  return plan.faults
    .flatMap((fault, index): readonly Incident[] => {
      const times = supply.interrupting[index] as Intervals;
      const first = times[0];
      if (first === undefined) return [];
      return [
        {
          target: fault.target,
          key: classKeyOf(site, fault.target),
          range: metersOfTarget(site, fault.target),
          times,
          startedAt: first.from,
          endedAt: closedAt(fault),
          isMomentary: isMomentaryFault(fault),
          customers: customersOf(site, supply.metersOffBelow[index] as readonly number[]),
          toldAt: told[index] as Instant,
        },
      ];
    })
    .sort((a, b) => a.startedAt - b.startedAt || a.key - b.key);
}

/** When each class interrupted, over all faults of it. */
export function classTimes(incidents: readonly Incident[]): ReadonlyMap<ClassKey, Intervals> {
  const times = new Map<ClassKey, Intervals>();
  for (const incident of incidents)
    times.set(incident.key, unionOf(times.get(incident.key) ?? NEVER, incident.times));
  return times;
}

/** Which classes an answer at one instant must hold, and which it may. */
export interface Demand {
  /** Interrupting all the time of grace, and told of by some message. */
  readonly required: ReadonlySet<ClassKey>;
  /** Interrupting at some moment of it. */
  readonly allowed: ReadonlySet<ClassKey>;
  /** Interrupting all the time of grace, and nobody said a word of it: no answer can hold it. */
  readonly untold: ReadonlySet<ClassKey>;
}

/** What an answer at `at` must and may hold, where what began or ended within `grace` before is left open. */
export function demandAt(
  times: ReadonlyMap<ClassKey, Intervals>,
  incidents: readonly Incident[],
  at: Instant,
  grace: number,
): Demand {
  const told = new Set(incidents.filter(({ toldAt }) => toldAt <= at).map(({ key }) => key));
  const required = new Set<ClassKey>();
  const allowed = new Set<ClassKey>();
  const untold = new Set<ClassKey>();
  for (const [key, intervals] of times) {
    if (intervals.some(({ from, to }) => from <= at - grace && to > at))
      (told.has(key) ? required : untold).add(key);
    if (intervals.some(({ from, to }) => from <= at && to > at - grace)) allowed.add(key);
  }
  return { required, allowed, untold };
}
