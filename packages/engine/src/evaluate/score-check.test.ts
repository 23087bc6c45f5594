import { describe, expect, it } from 'vitest';
import { minutes } from '../instant.ts';
import { adjusted, metersOnly } from '../simulate/behaviour.ts';
import type { Fault } from '../simulate/fault.ts';
import { ALL_PHASES } from '../simulate/phases.ts';
import { simulateStorm } from '../simulate/simulate-storm.ts';
import { stormPlan } from '../simulate/storm-plan.ts';
import { deviceAt, meterAt, SiteBuilder } from '../simulate/testing/site-builder.ts';
import { classTimes, incidentsOf } from './incidents.ts';
import type { EstimatedOutage } from './outage-estimator.ts';
import { scoreCheck } from './score-check.ts';
import { outageOf } from './testing/outage.ts';

/** Three transformers of two meters with two customers each below a fuse, and a fourth beside it. */
const site = new SiteBuilder()
  .substation('S')
  .device('CB', 'breaker')
  .device('FU', 'fuse')
  .device('T1')
  .meters(2, { customers: 2 })
  .device('T2', 'transformer', { below: 'FU' })
  .meters(2, { customers: 2 })
  .device('T3', 'transformer', { below: 'FU' })
  .meters(2, { customers: 2 })
  .device('T4', 'transformer', { below: 'CB' })
  .meters(2, { customers: 2 })
  .build();
const device = (code: string) => ({ kind: 'device', device: deviceAt(site, code) }) as const;
const service = (number: string) => ({ kind: 'service', meter: meterAt(site, number) }) as const;

const fault = (code: string, from: number, to: number): Fault => ({
  target: device(code),
  phases: ALL_PHASES,
  cause: '',
  location: -1,
  openings: [{ from: minutes(from), to: to === Number.POSITIVE_INFINITY ? to : minutes(to) }],
});
const FOR_EVER = Number.POSITIVE_INFINITY;

const truthOf = (faults: readonly Fault[], graceMinutes = 0, behaviour = metersOnly) => {
  const period = { startAt: 0, endAt: minutes(60) };
  const storm = simulateStorm(site, { plan: stormPlan({ faults }), behaviour, period, seed: 1 });
  const incidents = incidentsOf(storm);
  return { incidents, times: classTimes(incidents), grace: minutes(graceMinutes) };
};
const T1_AND_T4 = truthOf([fault('T1', 1, FOR_EVER), fault('T4', 1, FOR_EVER)]);

describe('an answer', () => {
  it('is exact when it has every class that interrupts and no other', () => {
    const open = [outageOf(device('T1')), outageOf(device('T4'))];
    const score = scoreCheck(site, { open, posterior: [] }, T1_AND_T4, minutes(10));
    expect(score).toMatchObject({ isExact: true, right: 2, wrong: 0 });
    expect(score.faults.map(({ isFound, rank, distance }) => [isFound, rank, distance])).toEqual([
      [true, 1, 0],
      [true, 1, 0],
    ]);
  });

  it('that takes two faults for the breaker above them finds neither, and is steps away from both', () => {
    const alternatives = [device('CB'), device('FU'), device('T4')].map((target) => ({
      target,
      probability: 0.3,
    }));
    const open = [outageOf(device('CB'), { alternatives, customersOut: 16, customersOutInterval: [4, 16] })];
    const score = scoreCheck(site, { open, posterior: [] }, T1_AND_T4, minutes(10));
    expect(score).toMatchObject({ isExact: false, right: 0, wrong: 1 });
    expect(score.faults).toEqual([
      // The breaker, the fuse, the transformer: two steps. Of 4 true customers 16 were said.
      {
        kind: 'transformer',
        customers: 4,
        isFound: false,
        rank: null,
        distance: 2,
        said: { customers: 16, least: 4, most: 16 },
      },
      {
        kind: 'transformer',
        customers: 4,
        isFound: false,
        rank: 3,
        distance: 1,
        said: { customers: 16, least: 4, most: 16 },
      },
    ]);
  });

  it('is compared with the outage that shares most of the fault’s meters', () => {
    const open = [outageOf(service('M1')), outageOf(device('CB')), outageOf(device('T4'))];
    const [first] = scoreCheck(site, { open, posterior: [] }, T1_AND_T4, minutes(10)).faults;
    // One of T1's two meters against two of the breaker's eight.
    expect(first).toMatchObject({ isFound: false, distance: 1 });
  });

  it('may have what began or ended within the grace, and need not', () => {
    const truth = truthOf([fault('T1', 9, FOR_EVER), fault('T2', 1, 8), fault('T3', 1, FOR_EVER)], 5);
    const both = [outageOf(device('T1')), outageOf(device('T2')), outageOf(device('T3'))];
    const at = minutes(10);
    expect(scoreCheck(site, { open: both, posterior: [] }, truth, at)).toMatchObject({
      isExact: true,
      right: 1,
      wrong: 0,
    });
    const only = scoreCheck(site, { open: [outageOf(device('T3'))], posterior: [] }, truth, at);
    expect(only.isExact).toBe(true);
    expect(only.faults).toHaveLength(1);
    expect(scoreCheck(site, { open: [], posterior: [] }, truth, at).isExact).toBe(false);
  });

  it('need not have a fault that no message had told of, and may; such faults are counted apart', () => {
    const nobody = adjusted(metersOnly, { meters: { gaspDelivery: 0, deliverySpread: 0 } });
    const truth = truthOf([fault('T1', 1, FOR_EVER)], 0, nobody);
    const answer = (...open: readonly EstimatedOutage[]) =>
      scoreCheck(site, { open, posterior: [] }, truth, minutes(10));
    expect(answer()).toMatchObject({ isExact: true, right: 0, wrong: 0, untold: 1, faults: [] });
    expect(answer(outageOf(device('T1')))).toMatchObject({ isExact: true, right: 0, wrong: 0, untold: 1 });
    expect(answer(outageOf(device('T2')))).toMatchObject({ isExact: false, wrong: 1 });
    // At a quarter of a minute after the opening no gasp can have come yet.
    const early = truthOf([fault('T1', 1, FOR_EVER)]);
    expect(scoreCheck(site, { open: [], posterior: [] }, early, minutes(1.25)).untold).toBe(1);
    expect(scoreCheck(site, { open: [], posterior: [] }, early, minutes(10)).untold).toBe(0);
  });

  it('of nothing is exact where nothing interrupts', () => {
    const truth = truthOf([fault('T1', 1, 3)]);
    expect(scoreCheck(site, { open: [], posterior: [] }, truth, minutes(10))).toMatchObject({
      isExact: true,
      right: 0,
      wrong: 0,
      faults: [],
    });
  });

  it('does not ask for a nested fault while the device above it interrupts', () => {
    const truth = truthOf([fault('FU', 1, 20), fault('T1', 1, FOR_EVER)]);
    const score = (code: string, at: number) =>
      scoreCheck(site, { open: [outageOf(device(code))], posterior: [] }, truth, minutes(at)).isExact;
    expect([score('FU', 10), score('T1', 10), score('FU', 30), score('T1', 30)]).toEqual([
      true,
      false,
      false,
      true,
    ]);
  });
});

describe('the probabilities of an answer', () => {
  it('cost their squared error over all classes, one that was not named having none', () => {
    const posterior = [
      { target: device('T1'), probability: 0.8 },
      { target: device('FU'), probability: 0.3 },
      { target: service('M3'), probability: 0.005 },
    ];
    const score = scoreCheck(site, { open: [], posterior }, T1_AND_T4, minutes(10));
    // (1 - 0.8)² + 0.3² + 0.005² + 1 for T4, which was not named.
    expect(score.squaredError).toBeCloseTo(0.04 + 0.09 + 0.000025 + 1, 12);
    expect(score.predictions).toEqual([
      { probability: 0.8, isTrue: true },
      { probability: 0.3, isTrue: false },
    ]);
  });

  it('of a class that may be open or not count for nothing', () => {
    const truth = truthOf([fault('T1', 9, FOR_EVER)], 5);
    const posterior = [{ target: device('T1'), probability: 0.6 }];
    const score = scoreCheck(site, { open: [], posterior }, truth, minutes(10));
    expect(score).toMatchObject({ squaredError: 0, predictions: [] });
  });
});
