import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { describeRejection } from '@lastgasp/model';
import { CommandFailure, type CommandModule, EXIT_CODES } from '../command-module.ts';
import { parseRfc3339, rfc3339Fault } from '../ingest/reading/rfc3339.ts';
import { importNetwork, NetworkBundleError } from '../operations/import-network.ts';
import { readRecording } from '../operations/read-recording.ts';
import { replayEvents } from '../operations/replay-events.ts';
import { readPolicy } from '../read-policy.ts';
import { counted } from '../terminal/counted.ts';
import { findFileFault } from '../terminal/find-file-fault.ts';

interface ReplayOptions {
  readonly network: string;
  readonly until?: string;
  readonly json?: boolean;
}

/** `replay`: the outages that recorded messages lead to on a network, in a throw-away database. */
export const command: CommandModule = {
  register: (command, { config, openThrowawayDatabase, output, exitWith }) => {
    command
      .argument('<file>', 'recorded events, one JSON object {receivedAt, source, body} a line')
      .requiredOption('--network <folder>', 'folder with the network bundle')
      .option('--until <instant>', 'stop the clock then; what was received later is ignored')
      .option('--json', 'print a JSON object')
      .action(async (file: string, options: ReplayOptions) => {
        const until = readUntil(options.until);
        const policy = await readPolicy(config.policyFile);
        const fault = await findFileFault(file);
        if (fault !== null) throw new CommandFailure(fault);
        const lines = createInterface({
          input: createReadStream(file),
          crlfDelay: Number.POSITIVE_INFINITY,
        });
        const recording = await readRecording(lines, until);
        for (const { line, rejection } of recording.rejected) {
          output.progress(`line ${line} left out: ${describeRejection(rejection)}`);
        }

        const database = await openThrowawayDatabase({ max: 3 });
        await takeNetwork(database, options.network, output.progress);
        const replay = await replayEvents(database, recording, until, policy);
        if (options.json === true) output.json(replay);
        else {
          const { received, stored, duplicate, rejected } = replay.events;
          output.progress(
            `${counted(received, 'event')} received: ${stored} stored, ${counted(duplicate, 'duplicate')}, ${rejected} rejected`,
          );
          output.rows(replay.outages, {
            columns: [
              { title: 'outage', value: (outage) => outage.id },
              { title: 'status', value: (outage) => outage.status },
              { title: 'device', value: (outage) => `${outage.device.kind} ${outage.device.id}` },
              { title: 'customers', value: (outage) => outage.customersOut, align: 'right' },
              { title: 'out now', value: (outage) => outage.customersOutNow, align: 'right' },
              { title: 'confidence', value: (outage) => outage.confidence, align: 'right' },
              { title: 'started', value: (outage) => outage.startedAt },
              { title: 'ended', value: (outage) => outage.endedAt },
              { title: 'replaced by', value: (outage) => outage.replacedBy },
            ],
            whenEmpty: 'The messages lead to no outage.',
          });
        }
        if (replay.events.rejected > 0) exitWith(EXIT_CODES.partial);
      });
  },
};

function readUntil(text: string | undefined): Date | null {
  if (text === undefined) return null;
  const instant = parseRfc3339(text);
  if (instant === null) throw new CommandFailure(`--until ${text}: ${rfc3339Fault(text)}`, EXIT_CODES.usage);
  return instant;
}

async function takeNetwork(
  database: { readonly url: string },
  folder: string,
  progress: (text: string) => void,
): Promise<void> {
  try {
    const { quality } = await importNetwork(database, folder);
    if (quality.rowsLeftOut > 0) progress(`left out ${counted(quality.rowsLeftOut, 'row')} of the network`);
  } catch (error) {
    if (!(error instanceof NetworkBundleError)) throw error;
    throw new CommandFailure(error.message, EXIT_CODES.failed, { cause: error });
  }
}
