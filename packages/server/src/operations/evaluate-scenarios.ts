import { setImmediate } from 'node:timers/promises';
import {
  type EstimatorDefinition,
  type RunScore,
  runEstimator,
  type ScenarioScore,
  summariseRuns,
} from '@lastgasp/engine/evaluate';
import { planScenario, type Scenario, type Site, simulateStorm } from '@lastgasp/engine/simulate';

/** A network, or a kind of networks of which each seed gives another, that scenarios are played on. */
export interface EvaluationNetwork {
  readonly name: string;
  /** Whether it is for the scenarios that need tens of thousands of meters, and only for these. */
  readonly isLarge: boolean;
  readonly siteFor: (seed: number) => Site | Promise<Site>;
}

/** What is played, to whom and how often. */
export interface EvaluationRequest {
  readonly scenarios: readonly Scenario[];
  readonly networks: readonly EvaluationNetwork[];
  readonly estimators: readonly EstimatorDefinition[];
  /** Storms of a scenario on each network; a tenth of it, at least one, on a large one. */
  readonly runs: number;
  /** Of the first storm; the next ones count up. */
  readonly seed: number;
  readonly onProgress: (done: string) => void;
}

/** Scores by the name of the estimator. */
export type ScoresByEstimator = Readonly<Record<string, ScenarioScore>>;

/** The scores of one scenario: over all networks together, and of each. */
export interface ScenarioEvaluation {
  readonly scenario: string;
  readonly summary: string;
  readonly scores: ScoresByEstimator;
  readonly byNetwork: Readonly<Record<string, ScoresByEstimator>>;
  /** Networks that have no place for it. */
  readonly notOn: readonly string[];
}

/** Plays every scenario on every network to every estimator; the same request gives the same scores. */
export async function evaluateScenarios(request: EvaluationRequest): Promise<readonly ScenarioEvaluation[]> {
  const evaluations: ScenarioEvaluation[] = [];
  for (const scenario of request.scenarios) {
    const began = performance.now();
    const evaluation = await evaluateScenario(request, scenario);
    evaluations.push(evaluation);
    const storms = Object.values(evaluation.scores)[0]?.runs ?? 0;
    const took = ((performance.now() - began) / 1_000).toFixed(1);
    request.onProgress(`${scenario.name}: ${storms} storms in ${took} s`);
  }
  return evaluations;
}

async function evaluateScenario(
  { networks, estimators, runs, seed }: EvaluationRequest,
  scenario: Scenario,
): Promise<ScenarioEvaluation> {
  const scoresOf = new Map<string, Map<string, RunScore[]>>();
  const notOn: string[] = [];
  const fitting = networks.filter(({ isLarge }) => isLarge === scenario.needsLargeSite);
  for (const network of fitting.length > 0 ? fitting : networks) {
    const ofNetwork = new Map(estimators.map(({ name }) => [name, [] as RunScore[]]));
    const count = network.isLarge ? Math.max(1, Math.round(runs / 10)) : runs;
    for (let run = 0; run < count; run++) {
      const site = await network.siteFor(seed + run);
      const planned = planScenario(scenario, site, seed + run);
      if (planned === null) continue;
      const storm = simulateStorm(site, { ...planned, behaviour: scenario.behaviour, seed: seed + run });
      for (const estimator of estimators) {
        ofNetwork.get(estimator.name)?.push(runEstimator(estimator, storm, scenario));
        // Ctrl+C and progress get their turn between two runs.
        await setImmediate();
      }
    }
    if ([...ofNetwork.values()].every((scores) => scores.length === 0)) notOn.push(network.name);
    else scoresOf.set(network.name, ofNetwork);
  }
  const summarise = (pick: (estimator: string) => readonly RunScore[]): ScoresByEstimator =>
    Object.fromEntries(estimators.map(({ name }) => [name, summariseRuns(pick(name))]));
  return {
    scenario: scenario.name,
    summary: scenario.summary,
    scores: summarise((name) => [...scoresOf.values()].flatMap((ofNetwork) => ofNetwork.get(name) ?? [])),
    byNetwork: Object.fromEntries(
      [...scoresOf].map(([network, ofNetwork]) => [network, summarise((name) => ofNetwork.get(name) ?? [])]),
    ),
    notOn,
  };
}
