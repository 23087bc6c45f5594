import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { CommandFailure, type CommandModule, EXIT_CODES } from '../command-module.ts';
import { inferSnapshot } from '../operations/infer-snapshot.ts';
import { readSnapshot } from '../operations/read-snapshot.ts';

/** Most faults of a snapshot that are listed; the others are counted. */
const LISTED_FAULTS = 20;

/** `infer`: the exact posterior of one snapshot, as JSON. Needs no database. */
export const command: CommandModule = {
  register: (command, { output }) => {
    command
      .argument(
        '<snapshot>',
        'JSON file with devices, meters and the evidence about them; - for standard input',
      )
      .option('--json', 'changes nothing: the answer is always JSON')
      .action(async (file: string) => {
        const name = file === '-' ? 'the snapshot' : file;
        const snapshot = readSnapshot(await readText(file));
        if (!snapshot.ok) throw failure(`${name} cannot be read as a snapshot`, snapshot.error);
        const answer = inferSnapshot(snapshot.value);
        if (!answer.ok) throw failure(`the evidence in ${name} contradicts itself`, answer.error);
        output.json(answer.value);
      });
  },
};

async function readText(file: string): Promise<string> {
  if (file === '-') return text(process.stdin);
  return readFile(file, 'utf8').catch((cause: unknown) => {
    throw new CommandFailure(`cannot read ${file}: ${(cause as Error).message}`, EXIT_CODES.failed, {
      cause,
    });
  });
}

function failure(what: string, faults: readonly string[]): CommandFailure {
  const listed = faults.slice(0, LISTED_FAULTS).map((fault) => `  ${fault}`);
  const more = faults.length > LISTED_FAULTS ? [`  and ${faults.length - LISTED_FAULTS} more`] : [];
  return new CommandFailure([`${what}:`, ...listed, ...more].join('\n'));
}
