import { CommandFailure, type CommandModule, EXIT_CODES } from '../command-module.ts';
import { replayDeadLetter } from '../operations/replay-dead-letter.ts';
import { findDeadLetters, type StoredDeadLetter } from '../store/queries/dead-letters/find-dead-letters.ts';

const toJson = ({ payload, ...letter }: StoredDeadLetter) => ({ ...letter, payload: payload.toString() });

const readIds = (ids: readonly string[]): number[] =>
  ids.map((id) => {
    if (!/^[0-9]{1,15}$/.test(id))
      throw new CommandFailure(`"${id}" is not the number of a dead letter`, EXIT_CODES.usage);
    return Number(id);
  });

/** `dead-letters`: messages that were set aside, to look at, and to send again once what was wrong is mended. */
export const command: CommandModule = {
  register: (command, { openDatabase, output, exitWith }) => {
    command
      .command('list', { isDefault: true })
      .description('lists messages that are set aside, newest first')
      .option('--all', 'those that were replayed since, too')
      .option('--limit <n>', 'most rows', '100')
      .option('--json', 'print a JSON array')
      .action(async (options: { all?: boolean; limit: string; json?: boolean }) => {
        const { pool } = await openDatabase({ max: 1 });
        const letters = await findDeadLetters(pool, {
          limit: readIds([options.limit])[0] as number,
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
            { title: 'seen', value: (letter) => letter.timesSeen, align: 'right' },
            { title: 'status', value: (letter) => letter.status },
            { title: 'field', value: (letter) => letter.field },
            { title: 'reason', value: (letter) => letter.reason },
          ],
          whenEmpty: 'No message is set aside.',
        });
      });

    command
      .command('show')
      .description('shows one message that was set aside, as it came')
      .argument('<id>', 'number of the dead letter')
      .option('--json', 'print a JSON object')
      .action(async (id: string, options: { json?: boolean }) => {
        const { pool } = await openDatabase({ max: 1 });
        const [letter] = await findDeadLetters(pool, { ids: readIds([id]) });
        if (letter === undefined) throw new CommandFailure(`there is no dead letter ${id}`);
        if (options.json === true) {
          output.json(toJson(letter));
          return;
        }
        for (const [name, value] of Object.entries(toJson(letter))) {
          if (name === 'payload' || value === null) continue;
          output.line(`${name}: ${value instanceof Date ? value.toISOString() : value}`);
        }
        output.line(`payload:\n${letter.payload.toString()}`);
      });

    command
      .command('replay')
      .description('sends messages again the way of new ones; those still refused stay set aside (exit 3)')
      .argument('[ids...]', 'numbers of dead letters')
      .option('--all', 'every message that is set aside')
      .option('--json', 'print a JSON array')
      .action(async (ids: string[], options: { all?: boolean; json?: boolean }) => {
        if ((ids.length === 0) === (options.all !== true)) {
          throw new CommandFailure('give the numbers of dead letters, or --all', EXIT_CODES.usage);
        }
        const { pool } = await openDatabase({ max: 2 });
        const letters = await findDeadLetters(
          pool,
          options.all === true ? { status: 'set_aside' } : { ids: readIds(ids) },
        );
        const unknown = readIds(ids).filter((id) => !letters.some((letter) => letter.id === id));
        if (unknown.length > 0) throw new CommandFailure(`there is no dead letter ${unknown.join(', ')}`);

        const results = [];
        for (const letter of letters.reverse()) {
          const outcome = await replayDeadLetter(pool, letter);
          results.push(
            outcome.ok
              ? { ...outcome.value, reason: null }
              : { id: letter.id, stored: 0, duplicate: 0, reason: outcome.error },
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
  },
};
