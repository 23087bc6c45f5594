import type { Instant } from '../instant.ts';
import type { StormBehaviour } from './behaviour.ts';
import { after, type Chance, chanceOf } from './chance.ts';
import type { Interval } from './intervals.ts';
import { STORM_START } from './simulate-storm.ts';
import type { Site } from './site.ts';
import type { StormPeriod } from './storm-conditions.ts';
import type { StormPlan } from './storm-plan.ts';

/** What a scenario plans from. */
export interface PlanContext {
  readonly site: Site;
  readonly chance: Chance;
  readonly period: StormPeriod;
  /** From so many minutes after the storm's start to so many, or for ever. */
  readonly lasting: (from: number, to?: number) => Interval;
}

/** A kind of storm with a name, and when what is made of it is judged. */
export interface Scenario {
  readonly name: string;
  /** One sentence on what happens and what makes it hard. */
  readonly summary: string;
  /** How long it is played. */
  readonly minutes: number;
  /** When the open outages are compared with the truth, in minutes after the start. */
  readonly checkMinutes: readonly number[];
  /** A fault that began or ended less than this before a comparison is neither demanded nor held to be wrong. */
  readonly graceMinutes: number;
  /** Whether the last state must be that of the same evidence received in order and at once. */
  readonly comparesOrder: boolean;
  /** Whether it needs a site of tens of thousands of meters to mean anything. */
  readonly needsLargeSite: boolean;
  readonly behaviour: StormBehaviour;
  /** Null where the site has no place for it, such as fibre terminals or a second phase. */
  readonly plan: (context: PlanContext) => StormPlan | null;
}

/** The plan and the period of a scenario on a site; the same for the same seed and start. Null where the site has no place for it. */
export function planScenario(
  scenario: Pick<Scenario, 'minutes' | 'plan'>,
  site: Site,
  seed: number,
  startAt: Instant = STORM_START,
): { readonly plan: StormPlan; readonly period: StormPeriod } | null {
  const period = { startAt, endAt: after(startAt, scenario.minutes) };
  const plan = scenario.plan({
    site,
    chance: chanceOf(seed, 'faults'),
    period,
    lasting: (from, to) => ({
      from: after(period.startAt, from),
      to: to === undefined ? Number.POSITIVE_INFINITY : after(period.startAt, to),
    }),
  });
  return plan === null ? null : { plan, period };
}
