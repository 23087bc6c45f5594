import { describe, expect, it } from 'vitest';
import { randomSite } from '../simulate/random-site.ts';
import { planScenario } from '../simulate/scenario.ts';
import { findScenario } from '../simulate/scenarios.ts';
import { simulateStorm } from '../simulate/simulate-storm.ts';
import { outageTracker } from './outage-tracker-estimator.ts';
import { runEstimator } from './run-estimator.ts';
import { summariseRuns } from './summarise-runs.ts';

function score(name: string, seeds: readonly number[]) {
  const scenario = findScenario(name);
  if (scenario === undefined) throw new Error(`there is no scenario ${name}`);
  const runs = seeds.flatMap((seed) => {
    const site = randomSite(seed);
    const planned = planScenario(scenario, site, seed);
    if (planned === null) return [];
    const storm = simulateStorm(site, { ...planned, behaviour: scenario.behaviour, seed });
    return [runEstimator(outageTracker(), storm, scenario)];
  });
  return summariseRuns(runs);
}

const SEEDS = [31, 32, 33, 34];

/** Milliseconds: a storm of two thousand meters takes a second or two, and the machine may be busy. */
const TIMEOUT = 60_000;

describe('the tracker on storms with fixed seeds', () => {
  it.each([
    ['single-0.8', 0.75],
    ['single-0.6', 0.75],
    ['three-at-once', 0.75],
    ['wrong-transformer', 0.75],
    ['contradicting-reads', 0.75],
  ])(
    '%s: finds exactly the open classes in at least %f of them and sends no crew falsely',
    (name, least) => {
      const { exact, falseDispatches, checks } = score(name, SEEDS);
      expect(checks).toBeGreaterThan(0);
      expect(exact ?? 1).toBeGreaterThanOrEqual(least);
      expect(falseDispatches).toBe(0);
    },
    TIMEOUT,
  );

  it(
    'nested-reclose: the fault below stays open when the one above recloses',
    () => {
      expect(score('nested-reclose', SEEDS.slice(0, 1)).exact).toBe(1);
    },
    TIMEOUT,
  );

  it(
    'clock-skew: the order of arrival leaves no trace',
    () => {
      expect(score('clock-skew', SEEDS.slice(1, 2)).sameState).toBe(1);
    },
    TIMEOUT,
  );
});
