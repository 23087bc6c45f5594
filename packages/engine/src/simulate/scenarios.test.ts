import { describe, expect, it } from 'vitest';
import { isAtOrBelow } from '../network.ts';
import { randomSite } from './random-site.ts';
import { planScenario, type Scenario } from './scenario.ts';
import { findScenario, SCENARIOS } from './scenarios.ts';
import { type Storm, simulateStorm } from './simulate-storm.ts';
import type { StormPlan } from './storm-plan.ts';
import { isMomentaryFault, type StormTruth, stormTruth } from './storm-truth.ts';

const SEEDS = Array.from({ length: 8 }, (_, index) => index + 1);

/** What a scenario makes on sites that have a place for it; at least one of them has. */
function storms(name: string): readonly { plan: StormPlan; storm: Storm; truth: StormTruth }[] {
  const scenario = findScenario(name) as Scenario;
  const made = SEEDS.flatMap((seed) => {
    const site = randomSite(seed);
    const planned = planScenario(scenario, site, seed);
    if (planned === null) return [];
    const storm = simulateStorm(site, { ...planned, behaviour: scenario.behaviour, seed });
    return [{ plan: planned.plan, storm, truth: stormTruth(storm, { scenario: name, network: `${seed}` }) }];
  });
  expect(made.length).toBeGreaterThan(0);
  return made;
}

/** Indices of the devices that are faulty. */
const targets = ({ faults }: StormPlan) =>
  faults.map(({ target }) => (target.kind === 'device' ? target.device : -1));

describe('the scenarios', () => {
  it('have names of their own, and look at the answers while they are played', () => {
    expect(new Set(SCENARIOS.map(({ name }) => name)).size).toBe(SCENARIOS.length);
    for (const { minutes, checkMinutes } of SCENARIOS) {
      expect(checkMinutes.length).toBeGreaterThan(0);
      for (const minute of checkMinutes) expect(minute).toBeLessThanOrEqual(minutes);
    }
  });

  it('find a place on at least one of eight feeders each', () => {
    for (const { name } of SCENARIOS) storms(name);
  });

  it('interrupt meters with every fault that is open when answers are looked at', () => {
    for (const name of ['single-0.8', 'three-at-once', 'ten-at-once-0.6', 'one-phase']) {
      for (const { truth } of storms(name)) {
        for (const { meters, endedAt } of truth.faults) {
          expect(endedAt).toBeNull();
          expect(meters.length).toBeGreaterThan(0);
        }
      }
    }
  });

  it('with several faults at once have none above another', () => {
    for (const { plan, storm } of storms('ten-at-once-0.6')) {
      const devices = targets(plan);
      expect(devices).toHaveLength(10);
      for (const one of devices) {
        for (const other of devices) expect(isAtOrBelow(storm.site.network, one, other)).toBe(one === other);
      }
    }
  });

  it('with a nested fault leave the lower one interrupting alone after the reclosing', () => {
    for (const { plan, storm } of storms('nested-reclose')) {
      const [upper, lower] = targets(plan) as [number, number];
      expect(isAtOrBelow(storm.site.network, lower, upper)).toBe(true);
      const [ofUpper, ofLower] = storm.supply.interrupting;
      expect(ofLower?.[0]?.from).toBe(ofUpper?.[0]?.to);
      expect(ofLower?.[0]?.to).toBe(Number.POSITIVE_INFINITY);
    }
  });

  it('with a tie bring supply back in two steps', () => {
    for (const { truth } of storms('tie-restoration')) {
      const [fault] = truth.faults;
      expect(fault?.steps).toHaveLength(2);
      expect(fault?.steps[1]?.at).toBe(fault?.endedAt);
    }
  });

  it('with momentaries are over within the limit, and with shots are one fault', () => {
    for (const { plan } of storms('momentary'))
      for (const fault of plan.faults) expect(isMomentaryFault(fault)).toBe(true);
    const shots = storms('recloser-shots').map(({ plan }) => plan.faults);
    for (const faults of shots) expect(faults[0]?.openings).toHaveLength(3);
    expect(new Set(shots.map(([fault]) => isMomentaryFault(fault as never)))).toEqual(new Set([true, false]));
  });

  it('with false alarms have them where supply is, and take them back', () => {
    for (const { storm } of storms('false-single')) {
      expect(storm.conditions.falseGasps.length).toBeGreaterThan(0);
      for (const { meter } of storm.conditions.falseGasps) expect(storm.supply.off.has(meter)).toBe(false);
    }
    for (const { storm } of storms('concentrator-gasp')) {
      const [gasp] = storm.conditions.concentratorGasps;
      const own = storm.evidence.filter(
        ({ kind, eventAt }) => kind === 'power_off' && eventAt === gasp?.times.from,
      );
      const smart = storm.site.meters.cell.filter(
        (cell, meter) => cell === gasp?.cell && storm.site.meters.isSmart[meter] === 1,
      );
      expect(own).toHaveLength(smart.length);
    }
  });

  it('with meters in wrong places have one or two in a hundred, and tell where', () => {
    for (const name of ['swapped-meters', 'wrong-transformer']) {
      for (const { truth } of storms(name)) {
        const moved = truth.disturbances.movedMeters;
        expect(moved.length).toBeGreaterThan(0);
        expect(moved.length).toBeLessThanOrEqual(Math.max(2, Math.ceil(0.021 * truth.network.meters)));
      }
    }
    for (const { truth } of storms('wrong-transformer')) {
      for (const { registeredAt, reallyAt } of truth.disturbances.movedMeters)
        expect(reallyAt).not.toBe(registeredAt);
    }
  });

  it('with one phase of three leave three-phase meters on', () => {
    for (const { plan, storm } of storms('one-phase')) {
      const [fault] = plan.faults;
      for (const meter of storm.supply.off.keys())
        expect(storm.site.meters.phases[meter]).toBe(fault?.phases);
    }
  });

  it('with late messages keep every one of them within the storm', () => {
    for (const { storm } of storms('duplicates-reorder')) {
      const numbers = storm.messages.map(({ number }) => number);
      expect(new Set(numbers).size).toBe(Math.max(...numbers));
      expect(numbers.length).toBe(3 * Math.max(...numbers));
    }
  });

  it('of a storm open many kinds of devices, services among them, and repair them one by one', () => {
    const made = storms('storm-day').flatMap(({ truth }) => truth.faults);
    const kinds = new Set(made.map(({ device }) => device.kind));
    for (const kind of ['service', 'transformer', 'fuse', 'recloser'] as const) expect(kinds).toContain(kind);
    expect(made.some(({ endedAt }) => endedAt !== null)).toBe(true);
    expect(made.some(({ momentary }) => momentary)).toBe(true);
  });
});

describe('a feeder from a seed', () => {
  it('has 300 to 3,000 meters or thereabouts, 4 to 7 levels of protection, and no error in its data', () => {
    for (let seed = 1; seed <= 40; seed++) {
      const { network } = randomSite(seed);
      expect(network.findings).toEqual([]);
      expect(network.meterCount).toBeGreaterThan(150);
      expect(network.meterCount).toBeLessThan(4_500);
      const levels = network.devices.map((_, device) => {
        let count = 0;
        for (let d = device; d >= 0; d = network.parent[d] as number) {
          const kind = network.devices[d]?.kind;
          if (kind !== 'line' && kind !== 'substation') count++;
        }
        return count;
      });
      expect(Math.max(...levels)).toBeGreaterThanOrEqual(3);
      expect(Math.max(...levels)).toBeLessThanOrEqual(7);
    }
  });
});
