import { describe, expect, it } from 'vitest';
import type { RunScore } from './run-estimator.ts';
import type { CheckScore, ToldFault } from './score-check.ts';
import { calibrationError, quantile, summariseRuns } from './summarise-runs.ts';

const FAULT: ToldFault = {
  kind: 'fuse',
  customers: 10,
  isFound: true,
  rank: 1,
  distance: 0,
  said: { customers: 12, least: 8, most: 12 },
};
const check = (more: Partial<CheckScore>): CheckScore => ({
  at: 0,
  isExact: true,
  right: 1,
  wrong: 0,
  untold: 0,
  faults: [FAULT],
  squaredError: 0,
  predictions: [],
  ...more,
});
const run = (checks: readonly CheckScore[], more: Partial<RunScore> = {}): RunScore => ({
  checks,
  course: {
    seen: [{ detectedSeconds: 40, scopedSeconds: null }],
    flips: 1,
    dispatches: 2,
    falseDispatches: 1,
    misdirectedDispatches: 0,
  },
  pings: 3,
  order: null,
  ...more,
});

describe('the scores of a scenario', () => {
  const missed: ToldFault = {
    ...FAULT,
    kind: 'transformer',
    isFound: false,
    rank: null,
    distance: null,
    said: null,
  };
  const wrong: ToldFault = {
    ...FAULT,
    customers: 30,
    isFound: false,
    rank: 3,
    distance: 2,
    said: { customers: 20, least: 18, most: 22 },
  };
  const score = summariseRuns([
    run([
      check({ squaredError: 0.5 }),
      check({ isExact: false, right: 1, wrong: 2, faults: [FAULT, wrong, missed], squaredError: 1.5 }),
    ]),
    run([], { order: { hasSameOpen: true, hasSameState: false } }),
  ]);

  it('are shares of comparisons, of classes said to be open, and of faults that were', () => {
    expect(score).toMatchObject({ runs: 2, checks: 2, exact: 0.5 });
    // Two right and two wrong were said; of four faults two were found, and one more named third.
    expect(score).toMatchObject({ precision: 0.5, recall: 0.5, top1: 0.5, top3: 0.75 });
    expect(score.distanceWhenWrong).toBe(2);
  });

  it('have customers wrong by 2, 2 and 10 of 10, 10 and 30, and two intervals of three that hold', () => {
    expect(score.customerError).toBeCloseTo(14 / 3, 12);
    expect(score.customerErrorShare).toBeCloseTo(14 / 50, 12);
    expect(score.intervalCoverage).toBeCloseTo(2 / 3, 12);
  });

  it('have means of a comparison, of a storm, and of the faults that were seen', () => {
    expect(score.brier).toBe(1);
    expect(score).toMatchObject({ flips: 1, dispatches: 2, falseDispatches: 1, pings: 3 });
    expect(score).toMatchObject({
      detected: 1,
      detectSecondsMedian: 40,
      scoped: 0,
      scopeSecondsMedian: null,
    });
    expect(score).toMatchObject({ sameOpen: 1, sameState: 0 });
  });

  it('are given for each kind of device', () => {
    expect(score.byKind).toEqual({
      fuse: { faults: 3, recall: 2 / 3, top1: 2 / 3, top3: 1 },
      transformer: { faults: 1, recall: 0, top1: 0, top3: 0 },
    });
  });

  it('are null, not 0, where there was nothing to judge', () => {
    expect(summariseRuns([])).toMatchObject({ exact: null, precision: null, recall: null, brier: null });
  });
});

describe('calibration', () => {
  it('is right where of ten predictions of 0.7 seven come true', () => {
    const predictions = Array.from({ length: 10 }, (_, index) => ({ probability: 0.7, isTrue: index < 7 }));
    expect(calibrationError(predictions)).toBeCloseTo(0, 12);
  });

  it('is the weighted distance of the bins where they do not', () => {
    // Bin 0.9 to 1: 3 of mean 0.95 with 2 true; bin 0.2 to 0.3: 1 of 0.2 with none. (|2.85 - 2| + |0.2 - 0|) / 4.
    expect(
      calibrationError([
        { probability: 0.9, isTrue: true },
        { probability: 0.95, isTrue: true },
        { probability: 1, isTrue: false },
        { probability: 0.2, isTrue: false },
      ]),
    ).toBeCloseTo(1.05 / 4, 12);
    expect(calibrationError([])).toBeNull();
  });
});

describe('a quantile', () => {
  it('is one of the values', () => {
    expect(quantile([5, 1, 9, 3], 0.5)).toBe(3);
    expect(quantile([5, 1, 9, 3], 0.9)).toBe(9);
    expect(quantile([], 0.5)).toBeNull();
  });
});
