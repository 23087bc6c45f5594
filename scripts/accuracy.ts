// npm run accuracy [-- --runs 40] [--without storm-day]: writes docs/accuracy.md from a run of every estimator in every scenario; a quarter of an hour. The page is the same for
// the same networks; standard feeders that are not beside the clone are left out and not named.
import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { ESTIMATORS } from '../packages/engine/src/evaluate/index.ts';
import { SCENARIOS } from '../packages/engine/src/simulate/index.ts';
import { evaluationNetworks } from '../packages/server/src/evaluation/evaluation-networks.ts';
import { formatAccuracyPage } from '../packages/server/src/evaluation/format-accuracy-page.ts';
import { evaluateScenarios } from '../packages/server/src/operations/evaluate-scenarios.ts';

const { values: options } = parseArgs({
  options: {
    runs: { type: 'string', default: '40' },
    without: { type: 'string', multiple: true, default: [] },
  },
});
/** Storms of a scenario on each network: 40 are enough for shares within some percent. The seeds are other than any that was tuned with. */
const RUNS = Number(options.runs);
/** A day of storm over a district is hours of work for every estimator, and holds hundreds of outages by itself. */
const RUNS_OF_LONG = 2;
const LONG: readonly string[] = ['storm-day'];
const SEED = 20_261;

const tell = (text: string): void => {
  process.stderr.write(`${text}\n`);
};
const networks = await evaluationNetworks(tell);
const evaluations = [];
for (const scenario of SCENARIOS.filter(({ name }) => !options.without.includes(name)))
  evaluations.push(
    ...(await evaluateScenarios({
      scenarios: [scenario],
      networks,
      estimators: ESTIMATORS,
      runs: LONG.includes(scenario.name) ? RUNS_OF_LONG : RUNS,
      seed: SEED,
      onProgress: tell,
    })),
  );
const page = formatAccuracyPage({
  seed: SEED,
  runs: RUNS,
  networks: networks.map(({ name }) => name),
  estimators: ESTIMATORS,
  evaluations,
});
await writeFile(resolve(import.meta.dirname, '../docs/accuracy.md'), page);
