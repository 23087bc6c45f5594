import { ESTIMATORS } from '@lastgasp/engine/evaluate';
import { findScenario, randomSite, type Scenario } from '@lastgasp/engine/simulate';
import { describe, expect, test } from 'vitest';
import { evaluateScenarios } from '../operations/evaluate-scenarios.ts';
import { formatAccuracyPage } from './format-accuracy-page.ts';

const request = {
  scenarios: ['single-0.8', 'clock-skew'].map((name) => findScenario(name) as Scenario),
  networks: [{ name: 'random', isLarge: false, siteFor: randomSite }],
  estimators: ESTIMATORS.slice(0, 2),
  runs: 3,
  seed: 11,
};

describe('the page on accuracy', () => {
  test('has a row for each scenario and a column for each estimator, the same for the same run', async () => {
    const told: string[] = [];
    const page = async () => {
      const evaluations = await evaluateScenarios({ ...request, onProgress: (line) => told.push(line) });
      return formatAccuracyPage({ ...request, networks: ['random'], evaluations });
    };
    const first = await page();
    expect(first).toContain('| scenario | lca | share-10 |');
    expect(first).toContain('Seed 11 and the next ones, 3 storms of a scenario on each network: random.');
    const exact = first.slice(first.indexOf('## Exactly'), first.indexOf('## Precision'));
    expect(exact).toMatch(/\| `single-0.8` \| [\d.]+ \| [\d.]+ \|/);
    // Only a scenario that asks whether order left a trace has a row on it.
    const order = first.slice(first.indexOf('## Any order'), first.indexOf('## Single faults'));
    expect([order.includes('clock-skew'), order.includes('single-0.8')]).toEqual([true, false]);
    expect(first).not.toMatch(/NaN|undefined|null/);
    expect(await page()).toBe(first);
    expect(told).toHaveLength(4);
  });
});
