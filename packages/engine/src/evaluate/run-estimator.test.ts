import { describe, expect, it } from 'vitest';
import { type Instant, minutes } from '../instant.ts';
import { adjusted, metersOnly } from '../simulate/behaviour.ts';
import { after } from '../simulate/chance.ts';
import type { EvidenceRecord } from '../simulate/evidence-record.ts';
import { ALL_PHASES } from '../simulate/phases.ts';
import { randomSite } from '../simulate/random-site.ts';
import { planScenario, type Scenario } from '../simulate/scenario.ts';
import { findScenario } from '../simulate/scenarios.ts';
import { STORM_START, simulateStorm } from '../simulate/simulate-storm.ts';
import { stormPlan } from '../simulate/storm-plan.ts';
import { deviceAt, SiteBuilder } from '../simulate/testing/site-builder.ts';
import { ESTIMATORS } from './estimators.ts';
import type { EstimatorDefinition, OutageEstimator } from './outage-estimator.ts';
import { runEstimator } from './run-estimator.ts';
import { outageOf } from './testing/outage.ts';

const site = new SiteBuilder()
  .substation('S')
  .device('CB', 'breaker')
  .device('T1')
  .meters(20)
  .device('T2', 'transformer', { below: 'CB' })
  .meters(20)
  .build();
const target = { kind: 'device', device: deviceAt(site, 'T1') } as const;
const storm = simulateStorm(site, {
  plan: stormPlan({
    faults: [
      {
        target,
        phases: ALL_PHASES,
        cause: '',
        location: -1,
        openings: [{ from: after(STORM_START, 1), to: Number.POSITIVE_INFINITY }],
      },
    ],
  }),
  behaviour: adjusted(metersOnly, { meters: { lateCellShare: 1, lateMinutes: [2, 20] } }),
  period: { startAt: STORM_START, endAt: after(STORM_START, 30) },
  seed: 4,
});
const scenario = { checkMinutes: [25], graceMinutes: 0, comparesOrder: true };

/** An estimator of which a test gives what it cares about. */
const estimatorOf = (make: () => Partial<OutageEstimator>): EstimatorDefinition => ({
  name: 'stub',
  summary: 'What a test says.',
  create: () => ({
    take: () => undefined,
    advance: () => undefined,
    openOutages: () => [],
    endedOutages: () => [],
    posterior: () => [],
    takePings: () => [],
    ...make(),
  }),
});

describe('a run', () => {
  it('gives evidence once, in order, when it was received, and the clock with it', () => {
    const taken: EvidenceRecord[] = [];
    let now: Instant = 0;
    let isFirst = true;
    const definition = estimatorOf(() => {
      const isJudged = isFirst;
      isFirst = false;
      return {
        take: (evidence) => {
          if (isJudged) taken.push(...evidence);
        },
        advance: (at) => {
          if (!isJudged) return;
          expect(at).toBeGreaterThan(now);
          now = at;
          expect(taken.filter(({ receivedAt }) => receivedAt > at)).toEqual([]);
          expect(taken.length).toBe(storm.evidence.filter(({ receivedAt }) => receivedAt <= at).length);
        },
      };
    });
    runEstimator(definition, storm, scenario);
    expect(taken).toEqual(storm.evidence);
    expect(now).toBe(storm.period.endAt);
  });

  it('scores what is open and what was thought probable at the scenario’s instants', () => {
    const definition = estimatorOf(() => ({
      openOutages: () => [outageOf(target)],
      posterior: () => [{ target, probability: 0.9 }],
    }));
    const { checks, course } = runEstimator(definition, storm, scenario);
    expect(checks).toHaveLength(1);
    expect(checks[0]).toMatchObject({ at: after(STORM_START, 25), isExact: true });
    expect(checks[0]?.squaredError).toBeCloseTo(0.01, 12);
    // Open from the first look, a minute before the fault: right from its beginning.
    expect(course.seen).toEqual([{ detectedSeconds: 0, scopedSeconds: 0 }]);
  });

  it('answers pings from the truth, counts them, and hands the answers over as evidence', () => {
    const key = site.network.meterKey[0] as number;
    const answers: EvidenceRecord[] = [];
    let wanted = [key];
    const definition = estimatorOf(() => ({
      take: (evidence) => answers.push(...evidence.filter(({ kind }) => kind !== 'power_off')),
      takePings: () => {
        const asked = wanted;
        wanted = [];
        return asked;
      },
    }));
    const { pings } = runEstimator(definition, storm, { ...scenario, comparesOrder: false });
    expect(pings).toBe(1);
    // Asked at the very start, when every meter has supply.
    expect(answers).toMatchObject([{ kind: 'heard', meterKey: key }]);
    expect(answers[0]?.receivedAt).toBeLessThan(STORM_START + minutes(1));
  });

  it('tells an estimator that arrival leaves traces in from one whose last state is the same in any order', () => {
    const setOf = (read: (record: EvidenceRecord) => number) =>
      estimatorOf(() => {
        const seen: number[] = [];
        return {
          take: (evidence) => seen.push(...evidence.map(read)),
          openOutages: () => (seen.length === 0 ? [] : [outageOf(target, { startedAt: Math.min(...seen) })]),
        };
      });
    expect(
      runEstimator(
        setOf(({ eventAt }) => eventAt),
        storm,
        scenario,
      ).order,
    ).toEqual({
      hasSameOpen: true,
      hasSameState: true,
    });
    expect(
      runEstimator(
        setOf(({ receivedAt }) => receivedAt),
        storm,
        scenario,
      ).order,
    ).toEqual({
      hasSameOpen: true,
      hasSameState: false,
    });
    const { order } = runEstimator(
      setOf(({ eventAt }) => eventAt),
      storm,
      { ...scenario, comparesOrder: false },
    );
    expect(order).toBeNull();
  });
});

/** Scenarios in which every estimator is run twice: the tracker judges anew at each step, so a few must do. */
const REPEATED = ['single-0.8', 'dead-cells-60', 'contradicting-reads', 'calls-only'];

/** Milliseconds: twice each estimator on a storm of a thousand and more meters, and the machine may be busy. */
const TIMEOUT = 60_000;

describe('every estimator', () => {
  it.each(REPEATED)(
    'gives the same scores for the same storm of %s, and knows nothing of runs before',
    (name) => {
      const site = randomSite(5);
      const one = findScenario(name) as Scenario;
      const planned = planScenario(one, site, 5);
      if (planned === null) throw new Error(`${name} cannot be played on the site`);
      const played = simulateStorm(site, { ...planned, behaviour: one.behaviour, seed: 5 });
      for (const definition of ESTIMATORS) {
        const score = runEstimator(definition, played, one);
        expect(score.checks).toHaveLength(one.checkMinutes.length);
        expect(runEstimator(definition, played, one)).toEqual(score);
      }
    },
    TIMEOUT,
  );
});
