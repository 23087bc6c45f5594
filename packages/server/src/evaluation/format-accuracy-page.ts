import type { EstimatorDefinition, KindScore, ScenarioScore } from '@lastgasp/engine/evaluate';
import type { ScenarioEvaluation } from '../operations/evaluate-scenarios.ts';

/** A run of `evaluate` with what it was made from. */
export interface AccuracyRun {
  readonly seed: number;
  readonly runs: number;
  readonly networks: readonly string[];
  readonly estimators: readonly EstimatorDefinition[];
  readonly evaluations: readonly ScenarioEvaluation[];
}

/** One measure of the page: its title, what it says, and how a score prints. */
interface Measure {
  readonly title: string;
  readonly text: string;
  readonly cell: (score: ScenarioScore) => string;
}

const NOTHING = '–';
const percent = (value: number | null): string => (value === null ? NOTHING : (100 * value).toFixed(1));
const decimals = (value: number | null, digits: number): string =>
  value === null ? NOTHING : value.toFixed(digits);
const pair = (one: string, other: string): string =>
  one === NOTHING && other === NOTHING ? NOTHING : `${one} / ${other}`;

const MEASURES: readonly Measure[] = [
  {
    title: 'Exactly the devices that are open',
    text: 'Share of looks, in percent, at which every class of devices that interrupts supply was open and no other.',
    cell: ({ exact }) => percent(exact),
  },
  {
    title: 'Precision and recall',
    text: 'In percent: of the classes said to be open those that were, and of those that were the ones said.',
    cell: ({ precision, recall }) => pair(percent(precision), percent(recall)),
  },
  {
    title: 'First and first three explanations',
    text: 'Of the faults, in percent: the true class named first, and among the first three.',
    cell: ({ top1, top3 }) => pair(percent(top1), percent(top3)),
  },
  {
    title: 'How far off',
    text: 'Where the class was another: mean steps in the tree between the two.',
    cell: ({ distanceWhenWrong }) => decimals(distanceWhenWrong, 1),
  },
  {
    title: 'Customers',
    text: 'All errors as a share of the true customers, and how often the 80 % interval held the true number, both in percent.',
    cell: (score) => pair(percent(score.customerErrorShare), percent(score.intervalCoverage)),
  },
  {
    title: 'Probabilities',
    text: 'Brier score, summed over the classes of a look, and expected calibration error; 0 is best. The rules are sure of all they say.',
    cell: ({ brier, calibrationError }) => pair(decimals(brier, 3), decimals(calibrationError, 3)),
  },
  {
    title: 'Time to see',
    text: 'Median seconds until an outage was open on a fault’s path, and until it was the right one.',
    cell: (score) => pair(decimals(score.detectSecondsMedian, 0), decimals(score.scopeSecondsMedian, 0)),
  },
  {
    title: 'Flips and crews sent for nothing',
    text: 'Mean for one storm: classes taken back although their fault was not over or was none, crews sent where everyone had supply, and to the wrong device.',
    cell: ({ flips, falseDispatches, misdirectedDispatches }) =>
      [flips, falseDispatches, misdirectedDispatches].map((value) => value.toFixed(2)).join(' / '),
  },
  {
    title: 'Pings',
    text: 'Mean for one storm.',
    cell: ({ pings }) => decimals(pings, 1),
  },
  {
    title: 'Any order',
    text: 'Storms, in percent, whose last state was that of the same evidence in order: open classes, and everything.',
    cell: ({ sameOpen, sameState }) => pair(percent(sameOpen), percent(sameState)),
  },
];

/** The page docs/accuracy.md from a run; the same run gives the same text. */
export function formatAccuracyPage(run: AccuracyRun): string {
  const { estimators, evaluations } = run;
  const names = estimators.map(({ name }) => name);
  return [
    '# How often is it right?',
    '',
    'This page is made by `npm run accuracy`, and shows what `lastgasp evaluate` measures: every way of estimating gets the same',
    'evidence of the same simulated storms, whose truth is known ([simulate.md](simulate.md)). Nothing here is from a real storm.',
    '',
    `Seed ${run.seed} and the next ones, ${run.runs} storms of a scenario on each network: ${run.networks.join(', ')}. What a network has no`,
    evaluations.some(({ scenario }) => scenario === 'storm-day')
      ? 'place for is not played there. The storm day, with hundreds of outages, is played on the large network only, and fewer times.'
      : 'place for is not played there. The storm day, with hundreds of outages, was left out of this run.',
    '',
    '## What is compared',
    '',
    ...table(
      ['name', 'judges by'],
      estimators.map(({ name, summary }) => [`\`${name}\``, summary]),
    ),
    '',
    '## Scenarios',
    '',
    ...table(
      ['scenario', 'storms', 'what happens'],
      evaluations.map(({ scenario, summary, scores }) => [
        `\`${scenario}\``,
        String(scores[names[0] as string]?.runs ?? 0),
        summary,
      ]),
    ),
    ...MEASURES.flatMap((measure) => measureSection(measure, names, evaluations)),
    ...kindSection(names, evaluations),
    ...networkSection(names, evaluations),
    '',
  ].join('\n');
}

function measureSection(
  { title, text, cell }: Measure,
  names: readonly string[],
  evaluations: readonly ScenarioEvaluation[],
): readonly string[] {
  const rows = evaluations
    .map(({ scenario, scores }) => [
      `\`${scenario}\``,
      ...names.map((name) => cell(scores[name] as ScenarioScore)),
    ])
    .filter(([, ...cells]) => cells.some((text) => text !== NOTHING));
  return rows.length === 0 ? [] : ['', `## ${title}`, '', text, '', ...table(['scenario', ...names], rows)];
}

/** Single faults by the kind of the device: which of them were found. */
function kindSection(
  names: readonly string[],
  evaluations: readonly ScenarioEvaluation[],
): readonly string[] {
  const rows = evaluations
    .filter(({ scenario }) => scenario.startsWith('single-'))
    .flatMap(({ scenario, scores }) => {
      const kinds = Object.entries(scores[names[0] as string]?.byKind ?? {}) as [string, KindScore][];
      return kinds.map(([kind, { faults }]) => [
        `\`${scenario}\``,
        kind,
        String(faults),
        ...names.map((name) => percent(scores[name]?.byKind[kind as 'fuse']?.recall ?? null)),
      ]);
    });
  if (rows.length === 0) return [];
  return [
    '',
    '## Single faults by kind of device',
    '',
    'Of the faults of each kind, in percent, those whose class was open.',
    '',
    ...table(['scenario', 'kind', 'faults', ...names], rows),
  ];
}

/** The first measure once more, for each network. */
function networkSection(
  names: readonly string[],
  evaluations: readonly ScenarioEvaluation[],
): readonly string[] {
  const rows = evaluations.flatMap(({ scenario, byNetwork }) =>
    Object.entries(byNetwork).map(([network, scores]) => [
      `\`${scenario}\``,
      network,
      ...names.map((name) => percent(scores[name]?.exact ?? null)),
    ]),
  );
  return [
    '',
    '## By network',
    '',
    'Exactly the devices that are open, in percent of looks.',
    '',
    ...table(['scenario', 'network', ...names], rows),
  ];
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), `|${head.map(() => '---').join('|')}|`, ...rows.map(line)];
}
