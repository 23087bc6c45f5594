import type { Instant } from '@lastgasp/engine';
import {
  adjusted,
  DEMO_SCENARIO,
  planSomeFaults,
  SCENARIOS,
  type Scenario,
  type StormBehaviour,
} from '@lastgasp/engine/simulate';
import { CommandFailure, type CommandModule, EXIT_CODES } from '../command-module.ts';
import { parseRfc3339, rfc3339Fault } from '../ingest/reading/rfc3339.ts';
import { simulateRecording, writeRecordedStorm } from '../operations/simulate-storm.ts';
import { readBundleSite } from '../simulation/read-bundle-site.ts';
import { amount, share, wholeNumber } from '../simulation/read-option.ts';

/** Those that the inference is judged on, and the demo's. */
const ALL_SCENARIOS = [...SCENARIOS, DEMO_SCENARIO];

interface SimulateOptions {
  readonly network: string;
  readonly out: string;
  readonly seed: number;
  readonly scenario?: string;
  readonly faults?: number;
  readonly minutes?: number;
  readonly start?: string;
  readonly delivery?: number;
  readonly deadCells?: number;
  readonly lateCells?: number;
  readonly clockSkew?: number;
  readonly calls?: number;
  readonly duplicates?: number;
  readonly reorder?: number;
  readonly json?: boolean;
}

/** `simulate`: a storm for a network, as recorded events, with its truth. */
export const command: CommandModule = {
  register: (command, { output }) => {
    command
      .requiredOption('--network <folder>', 'folder with the network bundle')
      .requiredOption('--out <folder>', 'where events.ndjson and truth.json are written')
      .option('--seed <number>', 'the same seed gives the same storm', wholeNumber(0), 1)
      .option('--scenario <name>', 'one of those below; an ordinary storm unless told')
      .option('--faults <count>', 'so many faults, instead of those of the scenario', wholeNumber(1))
      .option('--minutes <count>', 'length of the storm', wholeNumber(1))
      .option('--start <instant>', 'when it begins, with offset; 2026-01-05T00:00:00Z unless told')
      .option('--delivery <share>', 'share of gasps that get through, 0 to 1', share)
      .option('--dead-cells <share>', 'share of cells that deliver nothing', share)
      .option('--late-cells <share>', 'share of cells whose messages come an hour late', share)
      .option('--clock-skew <seconds>', 'how far clocks of meters are off at most', amount)
      .option('--calls <share>', 'share of interrupted customers who call in the end', share)
      .option('--duplicates <count>', 'how often each message arrives', wholeNumber(1))
      .option('--reorder <minutes>', 'how late half of the messages are at most', amount)
      .option('--json', 'print a summary as a JSON object')
      .addHelpText('after', () => `\nScenarios:\n${ALL_SCENARIOS.map(describeScenario).join('\n')}`)
      .action(async (options: SimulateOptions) => {
        const scenario = chooseScenario(options);
        const startAt = readStart(options.start);
        const bundle = await readBundleSite(options.network);
        if (!bundle.ok)
          throw new CommandFailure(bundle.error.map(({ message }) => message).join('\n'), EXIT_CODES.failed);
        const recorded = simulateRecording(bundle.value, scenario, options.seed, startAt);
        if (recorded === null)
          throw new CommandFailure(`this network has no place for the scenario ${scenario.name}`);
        await writeRecordedStorm(recorded, options.out);

        const { storm, truth } = recorded;
        const summary = {
          scenario: scenario.name,
          seed: options.seed,
          startedAt: truth.startedAt,
          endedAt: truth.endedAt,
          faults: truth.faults.length,
          metersInterrupted: truth.meters.length,
          messages: storm.messages.length,
          evidence: storm.evidence.length,
        };
        if (options.json === true) output.json(summary);
        else
          output.line(
            `${summary.faults} faults, ${summary.metersInterrupted} meters interrupted, ${summary.messages} messages: ${options.out}`,
          );
      });
  },
};

function describeScenario({ name, summary }: Scenario): string {
  return `  ${name.padEnd(22)} ${summary}`;
}

function chooseScenario(options: SimulateOptions): Scenario {
  const name = options.scenario ?? 'ordinary';
  const found = ALL_SCENARIOS.find((scenario) => scenario.name === name);
  if (found === undefined) {
    const names = ALL_SCENARIOS.map((scenario) => scenario.name).join(', ');
    throw new CommandFailure(`there is no scenario ${name}; there are ${names}`, EXIT_CODES.usage);
  }
  return {
    ...found,
    minutes: options.minutes ?? found.minutes,
    behaviour: adjustedBy(options, found.behaviour),
    plan: options.faults === undefined ? found.plan : planSomeFaults(options.faults, [0.02, 0.6]),
  };
}

/** The behaviour with what the options say in place of its own; calls that are asked for are made. */
function adjustedBy(options: SimulateOptions, behaviour: StormBehaviour): StormBehaviour {
  const { delivery, deadCells, lateCells, clockSkew, calls, duplicates, reorder } = options;
  return adjusted(behaviour, {
    meters: {
      ...(delivery === undefined ? {} : { gaspDelivery: delivery }),
      ...(deadCells === undefined ? {} : { deadCellShare: deadCells }),
      ...(lateCells === undefined ? {} : { lateCellShare: lateCells }),
      ...(clockSkew === undefined ? {} : { clockSkewSeconds: clockSkew }),
    },
    calls: calls === undefined ? {} : { isReporting: calls > 0, eventualShare: calls },
    transport: {
      ...(duplicates === undefined ? {} : { copies: duplicates }),
      ...(reorder === undefined ? {} : { reorderShare: 0.5, reorderMinutes: reorder }),
    },
  });
}

function readStart(text: string | undefined): Instant | undefined {
  if (text === undefined) return undefined;
  const instant = parseRfc3339(text);
  if (instant === null) throw new CommandFailure(`--start ${text}: ${rfc3339Fault(text)}`, EXIT_CODES.usage);
  return instant.getTime() * 1_000;
}
