import type { Command } from 'commander';
import { type CommandContext, CommandFailure, type CommandModule, EXIT_CODES } from '../command-module.ts';
import { replayDeadLetter } from '../operations/replay-dead-letter.ts';
import { discardDeadLetter } from '../store/queries/dead-letters/discard-dead-letter.ts';
import { findDeadLetters, type StoredDeadLetter } from '../store/queries/dead-letters/find-dead-letters.ts';
import { listDeadLetterIds } from '../store/queries/dead-letters/list-dead-letter-ids.ts';
import type { Queryable } from '../store/queries/queryable.ts';
import { counted } from '../terminal/counted.ts';
import { currentUser } from '../terminal/current-user.ts';

/** `dead-letters`: messages that were set aside, to look at, to send again once what was wrong is mended, or to discard. */
export const command: CommandModule = {
  register: (command, context) => {
    addList(command, context);
    addShow(command, context);
    addReplay(command, context);
    addDiscard(command, context);
  },
};

function addList(command: Command, { openDatabase, output }: CommandContext): void {
  command
    .command('list', { isDefault: true })
    .description('lists messages that are set aside, newest first')
    .option('--all', 'those that were replayed or discarded since, too')
    .option('--limit <n>', 'most rows', '100')
    .option('--json', 'print a JSON array')
    .action(async (options: { all?: boolean; limit: string; json?: boolean }) => {
      const { pool } = await openDatabase({ max: 1 });
      const letters = await findDeadLetters(pool, {
        limit: readNumber(options.limit),
        withPayload: options.json === true,
        ...(options.all === true ? {} : { status: 'set_aside' }),
      });
      if (options.json === true) {
        output.json(letters.map(toJson));
        return;
      }
      output.rows(letters, {
        columns: [
          { title: 'id', value: (letter) => letter.id, align: 'right' },
          { title: 'received', value: (letter) => letter.receivedAt },
          { title: 'source', value: (letter) => letter.sourceType },
          { title: 'by', value: (letter) => letter.transport },
          { title: 'from', value: placeOf },
          { title: 'seen', value: (letter) => letter.timesSeen, align: 'right' },
          { title: 'status', value: (letter) => letter.status },
          { title: 'field', value: (letter) => letter.field },
          { title: 'reason', value: (letter) => letter.reason },
        ],
        whenEmpty: 'No message is set aside.',
      });
    });
}

function addShow(command: Command, { openDatabase, output }: CommandContext): void {
  command
    .command('show')
    .description('shows one message that was set aside, as it came')
    .argument('<id>', 'number of the dead letter')
    .option('--json', 'print a JSON object')
    .action(async (id: string, options: { json?: boolean }) => {
      const { pool } = await openDatabase({ max: 1 });
      const letter = await findOne(pool, readNumber(id));
      if (options.json === true) {
        output.json(toJson(letter));
        return;
      }
      for (const [name, value] of Object.entries(toJson(letter))) {
        if (name === 'payload' || value === null || value === false) continue;
        output.line(`${name}: ${value instanceof Date ? value.toISOString() : value}`);
      }
      output.line(`payload:\n${letter.payload.toString()}`);
    });
}

function addReplay(command: Command, { openDatabase, output, exitWith }: CommandContext): void {
  command
    .command('replay')
    .description('sends messages again the way of new ones; those still refused stay set aside (exit 3)')
    .argument('[ids...]', 'numbers of dead letters')
    .option('--all', 'every message that is set aside')
    .option('--json', 'print a JSON array')
    .action(async (words: string[], options: { all?: boolean; json?: boolean }) => {
      if ((words.length === 0) === (options.all !== true)) {
        throw new CommandFailure('give the numbers of dead letters, or --all', EXIT_CODES.usage);
      }
      const asked = words.map(readNumber);
      const { pool } = await openDatabase({ max: 2 });
      if (asked.length > 0) await requireAll(pool, asked);
      const results = [];
      for (const id of options.all === true
        ? await listDeadLetterIds(pool)
        : asked.toSorted((a, b) => a - b)) {
        const outcome = await replayDeadLetter(pool, await findOne(pool, id));
        results.push(
          outcome.ok
            ? { ...outcome.value, reason: null }
            : { id, stored: 0, duplicate: 0, reason: outcome.error },
        );
      }
      output.rows(results, {
        json: options.json,
        columns: [
          { title: 'id', value: (result) => result.id, align: 'right' },
          { title: 'stored', value: (result) => result.stored, align: 'right' },
          { title: 'duplicate', value: (result) => result.duplicate, align: 'right' },
          { title: 'still refused because', value: (result) => result.reason },
        ],
        whenEmpty: 'No message is set aside.',
      });
      if (results.some((result) => result.reason !== null)) exitWith(EXIT_CODES.partial);
    });
}

function addDiscard(command: Command, { openDatabase, output }: CommandContext): void {
  command
    .command('discard')
    .description('takes messages off the list for good; they are kept, with who did it, when and why')
    .argument('<ids...>', 'numbers of dead letters')
    .requiredOption('--reason <text>', 'why they are not to be taken')
    .option('--by <name>', 'who decides so; your account unless told')
    .option('--json', 'print a JSON array of what was discarded')
    .action(async (words: string[], options: { reason: string; by?: string; json?: boolean }) => {
      const reason = options.reason.trim();
      if (reason === '') throw new CommandFailure('--reason must say why', EXIT_CODES.usage);
      const by = options.by?.trim() ?? currentUser();
      if (by === '') throw new CommandFailure('--by must name somebody', EXIT_CODES.usage);
      const ids = [...new Set(words.map(readNumber))];
      const { pool } = await openDatabase({ max: 1 });
      await requireAll(pool, ids);
      for (const id of ids) {
        if (!(await discardDeadLetter(pool, id, { by, reason }))) {
          throw new CommandFailure(
            `dead letter ${id} is no longer set aside: ${describeState(await findOne(pool, id))}`,
          );
        }
      }
      if (options.json === true) {
        output.json((await findDeadLetters(pool, { ids })).map(toJson));
        return;
      }
      output.progress(
        `${counted(ids.length, 'message')} discarded; "lastgasp dead-letters list --all" still shows ${ids.length === 1 ? 'it' : 'them'}.`,
      );
    });
}

/** The place in a topic that a letter was read from, or who sent it. */
const placeOf = ({ topic, partition, offset, sender }: StoredDeadLetter): string | null =>
  topic !== null && offset !== null ? `${topic}/${partition}@${offset}` : sender;

const toJson = ({ payload, ...letter }: StoredDeadLetter) => ({ ...letter, payload: payload.toString() });

function readNumber(word: string): number {
  if (!/^[0-9]{1,15}$/.test(word)) throw new CommandFailure(`"${word}" is not a number`, EXIT_CODES.usage);
  return Number(word);
}

async function findOne(client: Queryable, id: number): Promise<StoredDeadLetter> {
  const [letter] = await findDeadLetters(client, { ids: [id] });
  if (letter === undefined) throw new CommandFailure(`there is no dead letter ${id}`);
  return letter;
}

/** Nothing is done where one of several numbers is wrong. */
async function requireAll(client: Queryable, ids: readonly number[]): Promise<void> {
  for (const id of ids) await findOne(client, id);
}

function describeState({
  status,
  discardedAt,
  discardedBy,
  discardReason,
  replayedAt,
}: StoredDeadLetter): string {
  if (status !== 'discarded') return `it was replayed at ${replayedAt?.toISOString()}`;
  return `${discardedBy} discarded it at ${discardedAt?.toISOString()} (${discardReason})`;
}
