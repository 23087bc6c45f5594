import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { destination } from 'pino';
import { isLoopback } from '../access/site-boundary.ts';
import type { CommandContext, CommandModule } from '../command-module.ts';
import { DEMO_SEED, generateDemoNetwork } from '../demo/generate-network.ts';
import type { NetworkBundle } from '../demo/network-bundle.ts';
import { playMessages } from '../demo/play-messages.ts';
import { stormForEver } from '../demo/storm-for-ever.ts';
import { watchOutages } from '../demo/watch-outages.ts';
import { writeNetworkBundle } from '../demo/write-network-bundle.ts';
import { createLog } from '../log.ts';
import { importNetwork } from '../operations/import-network.ts';
import { type RunningServer, startServer } from '../serve.ts';
import type { Database } from '../store/connect.ts';
import { readLeftWithoutSupply } from '../store/queries/network/read-left-without-supply.ts';
import { readNetworkPresence } from '../store/queries/network/read-network-presence.ts';

/** `demo`, which `npm start` runs: the whole system with a demo network and a storm that never quite ends. */
export const command: CommandModule = {
  lifetime: 'untilStopped',
  register: (command, context) => {
    command
      .option('--no-demo', 'start empty: no network, no storm')
      .action(async (options: { demo: boolean }) => {
        const { config, output, signal } = context;
        await mkdir(config.dataFolder, { recursive: true });
        const logFile = join(config.dataFolder, 'demo.log');
        const database = await context.openDatabase({ max: 1, migrate: true });
        const network = options.demo ? await prepareNetwork(context, database) : null;
        if (signal.aborted) return;
        const logTo = destination({ dest: logFile, sync: false, mkdir: true });
        const server = await startServer({ config, log: createLog(config.logLevel, logTo) });
        try {
          output.line(`Lastgasp runs at ${server.url}`);
          output.line(`Its log is ${logFile}. Ctrl+C stops everything; the data stays.`);
          output.line('');
          await runUntilStopped(context, { server, database, network });
        } finally {
          await server.close();
          logTo.end();
        }
      });
  },
};

/** The demo network, imported where the registry is empty; null where the registry holds another one. */
async function prepareNetwork(context: CommandContext, database: Database): Promise<NetworkBundle | null> {
  const { config, output } = context;
  const network = generateDemoNetwork({ seed: DEMO_SEED });
  const sample = [...network.meters()].slice(0, 100).map(({ meter_number }) => meter_number);
  const { isEmpty, knownMeters } = await readNetworkPresence(database.pool, sample);
  if (!isEmpty && knownMeters < sample.length) {
    output.progress('The registry holds another network than the demo, so no storm is played.');
    return null;
  }
  if (isEmpty) {
    const folder = join(config.dataFolder, 'demo-network');
    await writeNetworkBundle(network, folder);
    const { changes } = await importNetwork(database, folder);
    output.progress(`Imported the demo network: ${changes.meters.added} meters (${folder})`);
  }
  return network;
}

interface RunningDemo {
  readonly server: RunningServer;
  readonly database: Database;
  readonly network: NetworkBundle | null;
}

async function runUntilStopped(
  { config, output, signal }: CommandContext,
  { server, database, network }: RunningDemo,
): Promise<void> {
  const isOpen = isLoopback(config.host);
  if (!isOpen)
    output.progress('The gateways ask for a key where other machines can reach them, so no storm is played.');
  if (network === null || !isOpen) {
    if (!signal.aborted)
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
    return;
  }
  const left = await readLeftWithoutSupply(database.pool);
  const startAt = new Date();
  await Promise.all([
    playMessages(stormForEver({ network, seed: DEMO_SEED, startAt }, left), {
      url: server.url,
      startAt,
      signal,
      onUndelivered: ({ provider }, reason) =>
        output.progress(`A ${provider} message could not be delivered: ${reason}`),
    }),
    watchOutages({ url: server.url, output, columns: () => process.stdout.columns ?? 120, signal }),
  ]);
}
