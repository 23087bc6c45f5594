import type { Instant } from '../instant.ts';
import { defaultPolicy, type Policy } from '../policy.ts';
import { after, seconds } from '../simulate/chance.ts';
import type { EvidenceRecord } from '../simulate/evidence-record.ts';
import type { Scenario } from '../simulate/scenario.ts';
import type { Storm } from '../simulate/simulate-storm.ts';
import { classTimes, incidentsOf } from './incidents.ts';
import { knownConditions } from './known-conditions.ts';
import { classKeyOf } from './outage-class.ts';
import type { EstimatedOutage, EstimatorDefinition, OutageEstimator } from './outage-estimator.ts';
import { PingOracle } from './ping-oracle.ts';
import { type CheckScore, scoreCheck } from './score-check.ts';
import { type CourseScore, CourseScorer } from './score-course.ts';
import { unplannedStorm } from './unplanned-storm.ts';

/** The scores of one estimator in one storm. */
export interface RunScore {
  readonly checks: readonly CheckScore[];
  readonly course: CourseScore;
  readonly pings: number;
  /** Against the same evidence in order of event time, received at once; null where the scenario does not ask. */
  readonly order: OrderScore | null;
}

/** Whether the order of arrival left no trace in the last state. */
export interface OrderScore {
  /** The open outages are of the same classes. */
  readonly hasSameOpen: boolean;
  /** The outages, ended ones too, agree in class, start, end, momentary and customers. */
  readonly hasSameState: boolean;
}

/** Seconds between two looks at an estimator: finer than any time that is reported. */
const STEP_SECONDS = 5;

/** Plays a storm to an estimator and scores what it says on the way. */
export function runEstimator(
  definition: EstimatorDefinition,
  storm: Storm,
  scenario: Pick<Scenario, 'checkMinutes' | 'graceMinutes' | 'comparesOrder'>,
  policy: Policy = defaultPolicy,
): RunScore {
  const { site, period, evidence } = storm;
  const unplanned = unplannedStorm(storm);
  const { supply } = unplanned;
  const incidents = incidentsOf(unplanned);
  const truth = { incidents, times: classTimes(incidents), grace: scenario.graceMinutes * 60e6 };
  const course = new CourseScorer(site, supply, incidents, truth.times);
  const checkAts = new Set(scenario.checkMinutes.map((minute) => after(period.startAt, minute)));
  const oracle = new PingOracle(storm);
  const checks: CheckScore[] = [];
  play(definition.create(site, policy), storm, evidence, oracle, (estimator, now) => {
    const open = estimator.openOutages();
    course.step(now, open);
    if (checkAts.has(now))
      checks.push(scoreCheck(site, { open, posterior: estimator.posterior() }, truth, now));
  });
  return {
    checks,
    course: course.score(),
    pings: oracle.count,
    order: scenario.comparesOrder ? compareOrder(definition, storm, policy) : null,
  };
}

/** Gives an estimator evidence and clock, step by step; without an oracle nobody answers its pings. */
function play(
  estimator: OutageEstimator,
  storm: Storm,
  evidence: readonly EvidenceRecord[],
  oracle: PingOracle | null,
  look: (estimator: OutageEstimator, now: Instant) => void,
): void {
  const { period } = storm;
  let next = 0;
  for (let now = period.startAt; now <= period.endAt; now += seconds(STEP_SECONDS)) {
    const from = next;
    while (next < evidence.length && (evidence[next] as EvidenceRecord).receivedAt <= now) next++;
    const answers = oracle?.takeAnswers(now) ?? [];
    const news = evidence.slice(from, next);
    estimator.take(answers.length === 0 ? news : byReceipt([...news, ...answers]));
    estimator.inform?.(knownConditions(storm, now));
    estimator.advance(now);
    for (const meterKey of estimator.takePings()) oracle?.ping(meterKey, now);
    look(estimator, now);
  }
}

function byReceipt(evidence: readonly EvidenceRecord[]): readonly EvidenceRecord[] {
  return evidence.toSorted((a, b) => a.receivedAt - b.receivedAt || a.key - b.key);
}

/** The last state from the evidence as it came, and from the same evidence had it come at its own time. */
function compareOrder(definition: EstimatorDefinition, storm: Storm, policy: Policy): OrderScore {
  const inOrder = byReceipt(
    storm.evidence.map((record) => ({ ...record, receivedAt: Math.min(record.receivedAt, record.eventAt) })),
  );
  const [arrived, ordered] = [storm.evidence, inOrder].map((evidence) => {
    const estimator = definition.create(storm.site, policy);
    play(estimator, storm, evidence, null, () => undefined);
    const open = estimator.openOutages();
    return {
      open: describe(storm, open, false),
      state: describe(storm, [...open, ...estimator.endedOutages()], true),
    };
  });
  return {
    hasSameOpen: arrived?.open === ordered?.open,
    hasSameState: arrived?.state === ordered?.state,
  };
}

function describe({ site }: Storm, outages: readonly EstimatedOutage[], isWhole: boolean): string {
  return outages
    .map(({ target, startedAt, endedAt, isMomentary, customersOut }) =>
      JSON.stringify([
        classKeyOf(site, target),
        ...(isWhole ? [startedAt, endedAt, isMomentary, Math.round(customersOut)] : []),
      ]),
    )
    .sort()
    .join('\n');
}
