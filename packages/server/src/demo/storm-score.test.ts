import { minutes } from '@lastgasp/engine';
import {
  ALL_PHASES,
  type Fault,
  metersOnly,
  ordinaryBehaviour,
  randomSite,
  type Site,
  STORM_START,
  type Storm,
  type StormBehaviour,
  simulateStorm,
  stormPlan,
} from '@lastgasp/engine/simulate';
import { describe, expect, test } from 'vitest';
import { formatScore } from './format-score.ts';
import { StormJudge } from './storm-score.ts';

const site = randomSite(1);
const LATER = minutes(60 * 24 * 30);
const at = (minute: number) => STORM_START + LATER + minutes(minute);

const head = site.feeders[0]?.head as number;
const leaves = leavesOf(site);
const [one, other] = leaves as [number, number];

/** Devices with meters that feed no other device. */
function leavesOf({ network }: Site): number[] {
  return Array.from({ length: network.deviceCount }, (_, device) => device).filter(
    (device) =>
      network.subtreeEnd[device] === device + 1 &&
      (network.firstMeter[device + 1] as number) > (network.firstMeter[device] as number),
  );
}

const fault = (device: number, from: number, to: number): Fault => ({
  target: { kind: 'device', device },
  phases: ALL_PHASES,
  cause: 'equipment failure',
  location: -1,
  openings: [{ from: STORM_START + minutes(from), to: STORM_START + minutes(to) }],
});
const storm = (faults: readonly Fault[], behaviour: StormBehaviour = ordinaryBehaviour): Storm =>
  simulateStorm(site, {
    plan: stormPlan({ faults }),
    behaviour,
    period: { startAt: STORM_START, endAt: STORM_START + minutes(60) },
    seed: 1,
  });
const device = (index: number) => ({ kind: 'device', device: index }) as const;

function judgeOf(played: Storm): StormJudge {
  const judge = new StormJudge();
  judge.begin(played, LATER);
  return judge;
}

describe('the score of a storm', () => {
  test('counts a fault as found by an outage on its path, and as right by one of its own device', () => {
    const judge = judgeOf(storm([fault(head, 1, 30)]));
    judge.step(at(1), []);
    judge.step(at(1) + 10e6, [device(one)]);
    expect(judge.score(at(1) + 10e6)).toMatchObject({
      faults: 1,
      found: 1,
      foundSeconds: 10,
      atDevice: 0,
      wrongNow: 1,
    });
    judge.step(at(1) + 40e6, [device(head)]);
    expect(judge.score(at(1) + 40e6)).toMatchObject({
      found: 1,
      atDevice: 1,
      atDeviceSeconds: 40,
      wrongNow: 0,
      takenBack: 1,
    });
  });

  test('does not hold a fault to be missed in its first minute, nor a momentary one ever', () => {
    const judge = judgeOf(storm([fault(one, 1, 30), fault(other, 1, 3)]));
    judge.step(at(1.5), []);
    expect(judge.score(at(1.5)).faults).toBe(0);
    judge.step(at(2.5), []);
    expect(judge.score(at(2.5))).toMatchObject({ faults: 1, found: 0, foundSeconds: null });
  });

  test('tells faults of which nobody spoke apart', () => {
    const { meters, terminals, telemetry, calls } = ordinaryBehaviour;
    const silence = {
      ...metersOnly,
      meters: { ...meters, isReporting: false },
      terminals: { ...terminals, isReporting: false },
      telemetry: { ...telemetry, isReporting: false },
      calls: { ...calls, isReporting: false },
    };
    const judge = judgeOf(storm([fault(one, 1, 30)], silence));
    judge.step(at(5), []);
    expect(judge.score(at(5))).toMatchObject({ faults: 0, found: 0, untold: 1 });
  });

  test('holds an outage to be wrong two minutes after its fault is over, not before', () => {
    const judge = judgeOf(storm([fault(one, 1, 10)]));
    judge.step(at(2), [device(one)]);
    judge.step(at(11), [device(one)]);
    expect(judge.score(at(11)).wrongNow).toBe(0);
    judge.step(at(12.5), [device(one)]);
    expect(judge.score(at(12.5)).wrongNow).toBe(1);
  });

  test('leaves out feeders that the storm leaves alone', () => {
    const judge = judgeOf(storm([fault(one, 1, 30)]));
    judge.leaveAlone(site.feeders.map(({ code }) => code));
    judge.step(at(5), [device(other)]);
    expect(judge.score(at(5))).toMatchObject({ faults: 0, found: 0, wrongNow: 0 });
  });

  test('goes on over the storms that follow', () => {
    const judge = judgeOf(storm([fault(one, 1, 30)]));
    judge.step(at(2), [device(one)]);
    judge.begin(storm([fault(other, 1, 30)]), LATER + minutes(60));
    judge.step(at(62), [device(other)]);
    expect(judge.score(at(62))).toMatchObject({
      faults: 2,
      found: 2,
      atDevice: 2,
      wrongNow: 0,
      takenBack: 0,
    });
  });
});

test('the score in words is short, and says what was not right', () => {
  const score = {
    faults: 12,
    found: 12,
    foundSeconds: 9,
    atDevice: 11,
    atDeviceSeconds: 31.4,
    untold: 0,
    wrongNow: 0,
    takenBack: 0,
  };
  const first = 'truth: 12 faults, 12 found (9 s), 11 at the right device (31 s)';
  expect(formatScore(score)).toEqual([first]);
  expect(formatScore({ ...score, untold: 1, takenBack: 3, wrongNow: 1 })).toEqual([
    first,
    '1 that nobody told of · 3 taken back · 1 wrong now',
  ]);
  expect(formatScore({ ...score, faults: 0 })).toEqual([]);
});
