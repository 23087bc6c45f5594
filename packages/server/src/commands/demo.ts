import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { destination } from 'pino';
import { isLoopback } from '../access/site-boundary.ts';
import type { CommandContext, CommandModule } from '../command-module.ts';
import { formatScore } from '../demo/format-score.ts';
import { DEMO_SEED, generateDemoNetwork } from '../demo/generate-network.ts';
import { nextSteps } from '../demo/next-steps.ts';
import { USUAL_SIZE } from '../demo/outage-board.ts';
import { playStorm } from '../demo/play-storm.ts';
import { watchOutages } from '../demo/watch-outages.ts';
import { writeNetworkBundle } from '../demo/write-network-bundle.ts';
import { createLog } from '../log.ts';
import { importNetwork } from '../operations/import-network.ts';
import { startServer } from '../serve.ts';
import { type BundleSite, readBundleSite } from '../simulation/read-bundle-site.ts';
import type { Database } from '../store/connect.ts';
import { countStoredEvents } from '../store/queries/demo/count-stored-events.ts';
import { readFirstFeeder } from '../store/queries/demo/read-first-feeder.ts';
import { readNetworkPresence } from '../store/queries/network/read-network-presence.ts';
import { formatInZone } from '../terminal/format-site-time.ts';

/** `demo`, which `npm start` runs: the whole system, with a demo network and a storm that never quite ends unless told. */
export const command: CommandModule = {
  lifetime: 'untilStopped',
  register: (command, context) => {
    command
      .option('--no-demo', 'start empty: no network, no storm')
      .action(async (options: { demo: boolean }) => {
        const { config, output, signal } = context;
        await mkdir(config.dataFolder, { recursive: true });
        const logFile = join(config.dataFolder, 'lastgasp.log');
        const database = await context.openDatabase({ max: 2, migrate: true });
        const bundle = options.demo ? await prepareNetwork(context, database) : null;
        if (signal.aborted) return;
        const logTo = destination({ dest: logFile, sync: false, mkdir: true });
        const server = await startServer({ config, log: createLog(config.logLevel, logTo) });
        try {
          output.line(`Lastgasp runs at ${server.url}`);
          output.line(`Its log: ${logFile}`);
          output.line('Ctrl+C stops everything; the data stays.');
          output.line('');
          await runUntilStopped(context, { url: server.url, database, bundle });
        } finally {
          await server.close();
          logTo.end();
        }
      });
  },
};

/** The demo network, imported where the registry is empty; null where the registry holds another one. */
async function prepareNetwork(context: CommandContext, database: Database): Promise<BundleSite | null> {
  const { config, output } = context;
  const network = generateDemoNetwork({ seed: DEMO_SEED });
  const sample = [...network.meters()].slice(0, 100).map(({ meter_number }) => meter_number);
  const { isEmpty, knownMeters } = await readNetworkPresence(database.pool, sample);
  if (!isEmpty && knownMeters < sample.length) {
    output.progress('The registry holds another network than the demo, so no storm is played.');
    return null;
  }
  const folder = join(config.dataFolder, 'demo-network');
  await writeNetworkBundle(network, folder);
  if (isEmpty) {
    const { changes } = await importNetwork(database, folder);
    output.progress(`Imported the demo network: ${changes.meters.added.toLocaleString('en-US')} meters`);
  }
  const bundle = await readBundleSite(folder);
  if (!bundle.ok) throw new Error(bundle.error.map(({ message }) => message).join('\n'));
  return bundle.value;
}

interface Running {
  /** Address of the server. */
  readonly url: string;
  readonly database: Database;
  /** The network that a storm may be played over. */
  readonly bundle: BundleSite | null;
}

async function runUntilStopped(context: CommandContext, { url, database, bundle }: Running): Promise<void> {
  const { config, output, signal } = context;
  const isOpen = isLoopback(config.host);
  if (bundle !== null && !isOpen) {
    output.progress('Other machines can reach the gateways, so they ask for a key, and no storm is played.');
  }
  if (bundle === null || !isOpen) await printNextSteps(context, url, database, isOpen);
  // The list of outages asks for a key, too.
  if (!isOpen) {
    if (!signal.aborted) await once(signal, 'abort');
    return;
  }
  const { stdout } = process;
  let score: readonly string[] = [];
  const watch = watchOutages({
    url,
    output,
    size: () => ({ columns: stdout.columns ?? USUAL_SIZE.columns, rows: stdout.rows ?? USUAL_SIZE.rows }),
    countStoredEvents: () => countStoredEvents(database.pool),
    readScore: () => score,
    signal,
  });
  const time = formatInZone(config.siteTimeZone);
  const storm =
    bundle === null
      ? undefined
      : playStorm({
          url,
          databaseUrl: database.url,
          reads: database.pool,
          bundle,
          seed: DEMO_SEED,
          signal,
          note: watch.note,
          onScore: (now) => {
            score = formatScore(now);
          },
          time: (at) => time(at.toISOString()) ?? '',
        });
  await Promise.all([watch.done, storm]);
}

async function printNextSteps(
  { output }: CommandContext,
  url: string,
  { pool }: Database,
  isOpen: boolean,
): Promise<void> {
  const [{ isEmpty }, feeder] = [await readNetworkPresence(pool, []), await readFirstFeeder(pool)];
  for (const line of nextSteps({ url, isEmpty, feeder, isOpen, now: new Date() })) output.line(line);
}
