import type { DeviceKind } from '@lastgasp/model';
import type { RunScore } from './run-estimator.ts';
import type { Prediction, ToldFault } from './score-check.ts';

/** The scores of one estimator in one scenario over all its storms; shares from 0 to 1, null where there was nothing to judge. */
export interface ScenarioScore {
  readonly runs: number;
  /** Comparisons with the truth. */
  readonly checks: number;
  /** Share of comparisons in which exactly the interrupting classes were open. */
  readonly exact: number | null;
  /** Faults at comparisons that no message had told of: left out of every score. */
  readonly untoldFaults: number;
  /** Of the classes said to be open, and of those that were. */
  readonly precision: number | null;
  readonly recall: number | null;
  /** Of the faults open at a comparison: class named first, and among the first three. */
  readonly top1: number | null;
  readonly top3: number | null;
  /** Mean steps from the nearest outage's class to the true one, where that was another. */
  readonly distanceWhenWrong: number | null;
  /** Mean absolute error in customers of outages on a fault's path, and all these errors as a share of the true customers. */
  readonly customerError: number | null;
  readonly customerErrorShare: number | null;
  /** Share of their 80 % intervals that held the true number. */
  readonly intervalCoverage: number | null;
  /** Mean over comparisons of the squared error summed over all classes. */
  readonly brier: number | null;
  /** Expected calibration error in ten bins, over what was given at least one percent. */
  readonly calibrationError: number | null;
  readonly predictions: number;
  /** Share of sustained faults that were seen before they were over, and seconds until then. */
  readonly detected: number | null;
  readonly detectSecondsMedian: number | null;
  readonly detectSecondsP90: number | null;
  readonly scoped: number | null;
  readonly scopeSecondsMedian: number | null;
  readonly scopeSecondsP90: number | null;
  /** Mean for one storm. */
  readonly flips: number;
  readonly dispatches: number;
  readonly falseDispatches: number;
  readonly misdirectedDispatches: number;
  readonly pings: number;
  /** Share of storms whose last state the order of arrival did not change; null where that is not asked. */
  readonly sameOpen: number | null;
  readonly sameState: number | null;
  readonly byKind: Readonly<Partial<Record<DeviceKind | 'service', KindScore>>>;
}

/** The faults of one kind of device. */
export interface KindScore {
  readonly faults: number;
  readonly recall: number;
  readonly top1: number;
  readonly top3: number;
}

/** How many bins of equal width the calibration error has. */
const BINS = 10;

/** The scores over all storms of a scenario; every fault and comparison counts alike, whichever storm it is from. */
export function summariseRuns(runs: readonly RunScore[]): ScenarioScore {
  const checks = runs.flatMap((run) => run.checks);
  const faults = checks.flatMap((check) => check.faults);
  const said = faults.flatMap((fault) =>
    fault.said === null ? [] : [{ ...fault.said, truth: fault.customers }],
  );
  const errors = said.map((one) => Math.abs(one.customers - one.truth));
  const truth = sum(said.map((one) => one.truth));
  const predictions = checks.flatMap((check) => check.predictions);
  const seen = runs.flatMap((run) => run.course.seen);
  const detect = numbers(seen.map(({ detectedSeconds }) => detectedSeconds));
  const scope = numbers(seen.map(({ scopedSeconds }) => scopedSeconds));
  const right = sum(checks.map((check) => check.right));
  const wrong = sum(checks.map((check) => check.wrong));
  const orders = runs.flatMap(({ order }) => (order === null ? [] : [order]));
  const perRun = (of: (run: RunScore) => number): number => mean(runs.map(of)) ?? 0;
  return {
    runs: runs.length,
    checks: checks.length,
    exact: shareOf(checks, ({ isExact }) => isExact),
    untoldFaults: sum(checks.map((check) => check.untold)),
    precision: right + wrong === 0 ? null : right / (right + wrong),
    recall: shareOf(faults, ({ isFound }) => isFound),
    top1: shareOf(faults, isRanked(1)),
    top3: shareOf(faults, isRanked(3)),
    distanceWhenWrong: mean(numbers(faults.map(({ distance }) => distance)).filter((steps) => steps > 0)),
    customerError: mean(errors),
    customerErrorShare: truth === 0 ? null : sum(errors) / truth,
    intervalCoverage: shareOf(said, (one) => one.least <= one.truth && one.truth <= one.most),
    brier: mean(checks.map(({ squaredError }) => squaredError)),
    calibrationError: calibrationError(predictions),
    predictions: predictions.length,
    detected: seen.length === 0 ? null : detect.length / seen.length,
    detectSecondsMedian: quantile(detect, 0.5),
    detectSecondsP90: quantile(detect, 0.9),
    scoped: seen.length === 0 ? null : scope.length / seen.length,
    scopeSecondsMedian: quantile(scope, 0.5),
    scopeSecondsP90: quantile(scope, 0.9),
    flips: perRun(({ course }) => course.flips),
    dispatches: perRun(({ course }) => course.dispatches),
    falseDispatches: perRun(({ course }) => course.falseDispatches),
    misdirectedDispatches: perRun(({ course }) => course.misdirectedDispatches),
    pings: perRun(({ pings }) => pings),
    sameOpen: shareOf(orders, ({ hasSameOpen }) => hasSameOpen),
    sameState: shareOf(orders, ({ hasSameState }) => hasSameState),
    byKind: scoreKinds(faults),
  };
}

/**
 * Expected calibration error: the distance between mean probability and share of true ones, in bins of equal width, weighted by
 * how many predictions fall into each. Null without predictions.
 */
export function calibrationError(predictions: readonly Prediction[]): number | null {
  if (predictions.length === 0) return null;
  const bins = Array.from({ length: BINS }, () => ({ probability: 0, isTrue: 0 }));
  for (const { probability, isTrue } of predictions) {
    const bin = bins[Math.min(BINS - 1, Math.floor(probability * BINS))] as (typeof bins)[number];
    bin.probability += probability;
    bin.isTrue += isTrue ? 1 : 0;
  }
  return sum(bins.map((bin) => Math.abs(bin.probability - bin.isTrue))) / predictions.length;
}

/** The value below which this share of the values lies, the nearest one of them; null where there are none. */
export function quantile(values: readonly number[], share: number): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? null;
}

const isRanked =
  (most: number) =>
  ({ rank }: ToldFault): boolean =>
    rank !== null && rank <= most;

function scoreKinds(faults: readonly ToldFault[]): ScenarioScore['byKind'] {
  const kinds = [...new Set(faults.map(({ kind }) => kind))].sort();
  return Object.fromEntries(
    kinds.map((kind) => {
      const own = faults.filter((fault) => fault.kind === kind);
      const score: KindScore = {
        faults: own.length,
        recall: shareOf(own, ({ isFound }) => isFound) ?? 0,
        top1: shareOf(own, isRanked(1)) ?? 0,
        top3: shareOf(own, isRanked(3)) ?? 0,
      };
      return [kind, score];
    }),
  );
}

function shareOf<T>(items: readonly T[], is: (item: T) => boolean): number | null {
  return items.length === 0 ? null : items.filter(is).length / items.length;
}

function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : sum(values) / values.length;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function numbers(values: readonly (number | null)[]): number[] {
  return values.filter((value) => value !== null);
}
