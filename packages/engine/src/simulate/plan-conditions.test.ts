import { describe, expect, it } from 'vitest';
import { knownConditions } from '../evaluate/known-conditions.ts';
import { unplannedStorm } from '../evaluate/unplanned-storm.ts';
import { minutes } from '../instant.ts';
import { isAtOrBelow } from '../network.ts';
import { randomSite } from './random-site.ts';
import { planScenario, type Scenario } from './scenario.ts';
import { findScenario } from './scenarios.ts';
import { STORM_START, type Storm, simulateStorm } from './simulate-storm.ts';
import { stormTruth } from './storm-truth.ts';

function storms(name: string): readonly Storm[] {
  const scenario = findScenario(name) as Scenario;
  return [1, 2, 3, 4].flatMap((seed) => {
    const site = randomSite(seed);
    const planned = planScenario(scenario, site, seed);
    return planned === null ? [] : [simulateStorm(site, { ...planned, behaviour: scenario.behaviour, seed })];
  });
}

const deviceOf = ({ plan }: Storm, fault: number): number => {
  const target = plan.faults[fault]?.target;
  return target?.kind === 'device' ? target.device : -1;
};

describe('a storm beside announced work', () => {
  const played = storms('planned-work');

  it('has faults beside the work, one below it at most, and the announcement in its truth', () => {
    expect(played.length).toBeGreaterThan(0);
    for (const storm of played) {
      const [work, ...others] = storm.plan.faults.map((_, fault) => deviceOf(storm, fault)) as [
        number,
        ...number[],
      ];
      const below = others.filter((other) => isAtOrBelow(storm.site.network, other, work));
      expect(below.length).toBeLessThanOrEqual(1);
      expect(others.length - below.length).toBeGreaterThan(0);
      const truth = stormTruth(storm, { scenario: 'planned-work', network: 'x' });
      expect(truth.faults.filter(({ announced }) => announced !== null)).toHaveLength(1);
    }
  });

  it('is announced from the start, and what it interrupts asks for no crew', () => {
    for (const storm of played) {
      const { works } = knownConditions(storm, STORM_START);
      expect(works).toHaveLength(1);
      const unplanned = unplannedStorm(storm);
      expect(unplanned.plan.faults).toHaveLength(storm.plan.faults.length - 1);
      expect(unplanned.supply.off.size).toBeLessThan(storm.supply.off.size);
    }
  });
});

describe('a storm in which the head-end is silent', () => {
  const played = storms('silent-head-end');

  it('has no message of it in that time, and those of others', () => {
    const from = STORM_START + minutes(25);
    const to = STORM_START + minutes(45);
    for (const { messages } of played) {
      const within = messages.filter(({ receivedAt }) => receivedAt >= from && receivedAt < to);
      expect(within.filter(({ source }) => source === 'kaifa')).toEqual([]);
    }
    const all = played.flatMap(({ messages }) => messages);
    expect(all.some(({ source, receivedAt }) => source === 'kaifa' && receivedAt >= to)).toBe(true);
    expect(all.some(({ source, receivedAt }) => source !== 'kaifa' && receivedAt >= from)).toBe(true);
  });

  it('is noted when somebody sees it, and over when he sees that', () => {
    const [storm] = played as [Storm];
    const known = (minute: number) => knownConditions(storm, STORM_START + minutes(minute)).providers;
    expect(known(26)).toEqual([]);
    expect(known(30)).toMatchObject([{ source: 'kaifa', condition: 'silent', endsAt: null }]);
    expect(known(50)).toMatchObject([
      { startsAt: STORM_START + minutes(25), endsAt: STORM_START + minutes(45) },
    ]);
  });
});
