import { ESTIMATORS, type EstimatorDefinition, type ScenarioScore } from '@lastgasp/engine/evaluate';
import { SCENARIOS, type Scenario } from '@lastgasp/engine/simulate';
import { CommandFailure, type CommandModule, EXIT_CODES } from '../command-module.ts';
import { evaluationNetworks } from '../evaluation/evaluation-networks.ts';
import { type EvaluationNetwork, evaluateScenarios } from '../operations/evaluate-scenarios.ts';
import { readBundleSite } from '../simulation/read-bundle-site.ts';
import { wholeNumber } from '../simulation/read-option.ts';
import { roundNumbers } from '../simulation/round-numbers.ts';

interface EvaluateOptions {
  readonly scenario: readonly string[];
  readonly estimator: readonly string[];
  readonly network: readonly string[];
  readonly bundle?: string;
  readonly standard?: string;
  readonly runs: number;
  readonly seed: number;
  readonly json?: boolean;
}

/** One line of the table: an estimator in a scenario. */
interface ScoreRow extends ScenarioScore {
  readonly scenario: string;
  readonly estimator: string;
}

/** `evaluate`: how well outages are inferred on simulated storms, beside the rules that products use. */
export const command: CommandModule = {
  register: (command, { output }) => {
    command
      .option('--scenario <name>', 'one scenario, again for more; all unless told', collect, [])
      .option('--estimator <name>', 'one estimator, again for more; all unless told', collect, [])
      .option('--network <name>', 'one kind of network, again for more; all unless told', collect, [])
      .option('--bundle <folder>', 'play on this network bundle instead')
      .option('--standard <folder>', 'where the standard feeders are, as JSON files')
      .option('--runs <count>', 'storms of each scenario on each network', wholeNumber(1), 10)
      .option('--seed <number>', 'of the first storm; the same seed gives the same scores', wholeNumber(0), 1)
      .option('--json', 'print a JSON object with every score, by network too')
      .action(async (options: EvaluateOptions) => {
        const scenarios = choose('scenario', SCENARIOS, options.scenario);
        const estimators = choose('estimator', ESTIMATORS, options.estimator);
        const networks = await chooseNetworks(options, output.progress);
        const evaluations = await evaluateScenarios({
          scenarios,
          networks,
          estimators,
          runs: options.runs,
          seed: options.seed,
          onProgress: output.progress,
        });
        for (const { scenario, notOn } of evaluations) {
          if (notOn.length > 0) output.progress(`${scenario}: no place for it on ${notOn.join(', ')}`);
        }
        if (options.json === true) {
          output.json(
            roundNumbers({
              seed: options.seed,
              runs: options.runs,
              networks: networks.map(({ name }) => name),
              estimators: estimators.map(({ name, summary }) => ({ name, summary })),
              scenarios: evaluations,
            }),
          );
          return;
        }
        const rows = evaluations.flatMap(({ scenario, scores }) =>
          estimators.map(
            ({ name }): ScoreRow => ({
              ...(scores[name] as ScenarioScore),
              scenario,
              estimator: name,
            }),
          ),
        );
        output.rows(rows, { columns: COLUMNS });
      });
  },
};

const percent = (value: number | null): string | null => (value === null ? null : (100 * value).toFixed(1));
const decimals = (value: number | null, digits: number): string | null =>
  value === null ? null : value.toFixed(digits);
const number = (title: string, value: (row: ScoreRow) => string | null) =>
  ({ title, value, align: 'right' }) as const;

const COLUMNS = [
  { title: 'scenario', value: (row: ScoreRow) => row.scenario },
  { title: 'estimator', value: (row: ScoreRow) => row.estimator },
  number('storms', (row) => String(row.runs)),
  number('untold', (row) => String(row.untoldFaults)),
  number('exact %', (row) => percent(row.exact)),
  number('precision %', (row) => percent(row.precision)),
  number('recall %', (row) => percent(row.recall)),
  number('top-1 %', (row) => percent(row.top1)),
  number('top-3 %', (row) => percent(row.top3)),
  number('steps off', (row) => decimals(row.distanceWhenWrong, 1)),
  number('customers off %', (row) => percent(row.customerErrorShare)),
  number('in 80 % interval %', (row) => percent(row.intervalCoverage)),
  number('Brier', (row) => decimals(row.brier, 3)),
  number('ECE', (row) => decimals(row.calibrationError, 3)),
  number('seen s', (row) => decimals(row.detectSecondsMedian, 0)),
  number('right s', (row) => decimals(row.scopeSecondsMedian, 0)),
  number('flips', (row) => decimals(row.flips, 2)),
  number('false crews', (row) => decimals(row.falseDispatches, 2)),
  number('pings', (row) => decimals(row.pings, 1)),
  number('any order %', (row) => percent(row.sameState)),
];

function collect(value: string, known: readonly string[]): readonly string[] {
  return [...known, value];
}

function choose<T extends Scenario | EstimatorDefinition | EvaluationNetwork>(
  what: string,
  all: readonly T[],
  names: readonly string[],
): readonly T[] {
  const unknown = names.find((name) => !all.some((one) => one.name === name));
  if (unknown !== undefined) {
    const known = all.map(({ name }) => name).join(', ');
    throw new CommandFailure(`there is no ${what} ${unknown}; there are ${known}`, EXIT_CODES.usage);
  }
  return names.length === 0 ? all : all.filter(({ name }) => names.includes(name));
}

async function chooseNetworks(
  { bundle, network, standard }: EvaluateOptions,
  progress: (text: string) => void,
): Promise<readonly EvaluationNetwork[]> {
  if (bundle === undefined) return choose('network', await evaluationNetworks(progress, standard), network);
  const read = await readBundleSite(bundle);
  if (!read.ok)
    throw new CommandFailure(read.error.map(({ message }) => message).join('\n'), EXIT_CODES.failed);
  const { name, site } = read.value;
  return [{ name, isLarge: false, siteFor: () => site }];
}
