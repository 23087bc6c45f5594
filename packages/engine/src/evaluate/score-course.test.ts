import { describe, expect, it } from 'vitest';
import { minutes } from '../instant.ts';
import { metersOnly } from '../simulate/behaviour.ts';
import type { Fault } from '../simulate/fault.ts';
import { ALL_PHASES } from '../simulate/phases.ts';
import { simulateStorm } from '../simulate/simulate-storm.ts';
import { stormPlan } from '../simulate/storm-plan.ts';
import { deviceAt, SiteBuilder } from '../simulate/testing/site-builder.ts';
import { classTimes, incidentsOf } from './incidents.ts';
import { CourseScorer } from './score-course.ts';
import { outageOf } from './testing/outage.ts';

const site = new SiteBuilder()
  .substation('S')
  .device('CB', 'breaker')
  .device('FU', 'fuse')
  .device('T1')
  .meters(2)
  .device('T2', 'transformer', { below: 'FU' })
  .meters(2)
  .device('T3', 'transformer', { below: 'CB' })
  .meters(2)
  .build();
const device = (code: string) => ({ kind: 'device', device: deviceAt(site, code) }) as const;
const fault = (code: string, from: number, to: number): Fault => ({
  target: device(code),
  phases: ALL_PHASES,
  cause: '',
  location: -1,
  openings: [{ from: minutes(from), to: to === Number.POSITIVE_INFINITY ? to : minutes(to) }],
});

/** Scores answers given as the codes that are open from each minute on, looked at every half minute for an hour. */
function scoreOf(faults: readonly Fault[], answers: Readonly<Record<number, readonly string[]>>) {
  const period = { startAt: 0, endAt: minutes(60) };
  const storm = simulateStorm(site, { plan: stormPlan({ faults }), behaviour: metersOnly, period, seed: 1 });
  const incidents = incidentsOf(storm);
  const scorer = new CourseScorer(site, storm.supply, incidents, classTimes(incidents));
  let open: readonly string[] = [];
  for (let half = 0; half <= 120; half++) {
    open = answers[half / 2] ?? open;
    scorer.step(
      minutes(half / 2),
      open.map((code) => outageOf(device(code))),
    );
  }
  return scorer.score();
}

const FOR_EVER = Number.POSITIVE_INFINITY;

describe('the course of the answers', () => {
  it('tells how long until a fault was seen, and until it was seen for what it is', () => {
    const score = scoreOf([fault('FU', 1, FOR_EVER)], { 2: ['T1'], 3.5: ['FU'] });
    expect(score.seen).toEqual([{ detectedSeconds: 60, scopedSeconds: 150 }]);
  });

  it('has a fault unseen that nobody named while it lasted', () => {
    const score = scoreOf([fault('T1', 1, 10), fault('T3', 1, FOR_EVER)], { 11: ['T1'] });
    expect(score.seen).toEqual([
      { detectedSeconds: null, scopedSeconds: null },
      { detectedSeconds: null, scopedSeconds: null },
    ]);
  });

  it('does not take the outage of another fault for this one', () => {
    const score = scoreOf([fault('FU', 1, 20), fault('T1', 1, FOR_EVER)], { 2: ['FU'], 30: ['T1'] });
    expect(score.seen).toEqual([
      { detectedSeconds: 60, scopedSeconds: 60 },
      // It interrupts by itself from minute 20 on, when the fuse is whole again.
      { detectedSeconds: 600, scopedSeconds: 600 },
    ]);
  });

  it('asks of nobody to see what is over within the limit of a momentary interruption', () => {
    expect(scoreOf([fault('T1', 1, 5)], {}).seen).toEqual([]);
  });

  it('counts a flip for each class that is taken back, but not for one whose fault is over', () => {
    const faults = [fault('FU', 1, 20)];
    expect(scoreOf(faults, { 2: ['T1'], 3: ['FU'], 20.5: [] }).flips).toBe(1);
    expect(scoreOf(faults, { 2: ['FU'], 3: [], 4: ['FU'], 20.5: [] }).flips).toBe(1);
    expect(scoreOf(faults, { 2: ['FU'], 20.5: [] }).flips).toBe(0);
    expect(scoreOf([], { 2: ['T3'], 3: [] }).flips).toBe(1);
  });

  it('sends a crew once an outage is no longer momentary, and once only', () => {
    const score = scoreOf([fault('FU', 1, FOR_EVER)], { 2: ['FU'] });
    expect(score).toMatchObject({ dispatches: 1, falseDispatches: 0, misdirectedDispatches: 0 });
    expect(scoreOf([fault('FU', 1, 4)], { 2: ['FU'], 6.5: [] }).dispatches).toBe(0);
  });

  it('tells a crew sent for nothing from one sent to the wrong device', () => {
    expect(scoreOf([fault('FU', 1, FOR_EVER)], { 2: ['T3'] })).toMatchObject({
      dispatches: 1,
      falseDispatches: 1,
      misdirectedDispatches: 0,
    });
    expect(scoreOf([fault('FU', 1, FOR_EVER)], { 2: ['T1'] })).toMatchObject({
      dispatches: 1,
      falseDispatches: 0,
      misdirectedDispatches: 1,
    });
    // Supply was back within three minutes, and nobody noticed.
    expect(scoreOf([fault('FU', 1, 4)], { 2: ['FU'] }).falseDispatches).toBe(1);
  });
});
