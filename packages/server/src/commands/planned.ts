import type { Command } from 'commander';
import { type CommandContext, CommandFailure, type CommandModule, EXIT_CODES } from '../command-module.ts';
import { instant } from '../operations/read-instant-option.ts';
import { announcePlannedWork } from '../store/queries/conditions/announce-planned-work.ts';
import { changePlannedWork, type WorkChange } from '../store/queries/conditions/change-planned-work.ts';
import { listPlannedWork, type StoredWork } from '../store/queries/conditions/list-planned-work.ts';
import type { Queryable } from '../store/queries/queryable.ts';
import { currentUser } from '../terminal/current-user.ts';
import { siteTimesFor } from '../terminal/format-site-time.ts';

/** `planned`: work for which devices are opened; it explains what is out below in its time, and sends nobody. */
export const command: CommandModule = {
  register: (command, context) => {
    addList(command, context);
    addAdd(command, context);
    addChange(command, context);
    addCancel(command, context);
  },
};

function addList(command: Command, { openDatabase, output, config }: CommandContext): void {
  command
    .command('list', { isDefault: true })
    .description('lists announced work that is not over, by start')
    .option('--all', 'what is over or cancelled, too')
    .option('--json', 'print a JSON array')
    .action(async (options: { all?: boolean; json?: boolean }) => {
      const { pool } = await openDatabase({ max: 1 });
      const works = await listPlannedWork(pool, { isAll: options.all === true });
      const times = siteTimesFor(output.isTerminal, config.siteTimeZone);
      output.rows(works, {
        json: options.json,
        columns: [
          { title: 'work', value: ({ workId }) => workId },
          { title: 'device', value: ({ device }) => `${device.kind} ${device.id}` },
          { title: times.title('from'), value: ({ startsAt }) => times.format(startsAt.toISOString()) },
          { title: 'until', value: ({ endsAt }) => times.format(endsAt.toISOString()) },
          { title: 'customers', value: ({ customers }) => customers, align: 'right' },
          { title: 'status', value: ({ status }) => status },
          { title: 'announced by', value: ({ createdBy }) => createdBy },
          { title: 'what', value: ({ description }) => description },
        ],
        whenEmpty: 'No work is announced. "lastgasp planned add --help" says how to announce it.',
      });
    });
}

function addAdd(command: Command, { openDatabase, output }: CommandContext): void {
  command
    .command('add')
    .description('announces work; the same announcement again changes nothing')
    .argument('<work>', 'its own number, such as PW-2026-117')
    .requiredOption('--device <id>', 'the device that is opened for it')
    .requiredOption(
      '--from <instant>',
      'when supply goes; RFC 3339, such as 2026-11-28T08:00:00+03:00',
      instant,
    )
    .requiredOption('--to <instant>', 'when it is back', instant)
    .option('--description <text>', 'what is done')
    .option('--by <name>', 'who announces it; your account unless told')
    .option('--json', 'print a JSON object')
    .action(
      async (
        workId: string,
        options: {
          device: string;
          from: string;
          to: string;
          description?: string;
          by?: string;
          json?: boolean;
        },
      ) => {
        const { pool } = await openDatabase({ max: 1 });
        await announcePlannedWork(pool, {
          workId,
          device: options.device,
          startsAt: options.from,
          endsAt: options.to,
          description: options.description ?? null,
          announcedBy: options.by ?? currentUser(),
        });
        const work = await readWork(pool, workId);
        if (options.json === true) output.json(work);
        else
          output.line(
            `${work.workId} is announced: ${work.customers} customers below ${work.device.kind} ${work.device.id}.`,
          );
      },
    );
}

function addChange(command: Command, context: CommandContext): void {
  command
    .command('change')
    .description('moves or describes announced work; a cancelled one is planned again by --again')
    .argument('<work>', 'its number')
    .option('--from <instant>', 'when supply goes', instant)
    .option('--to <instant>', 'when it is back', instant)
    .option('--description <text>', 'what is done')
    .option('--again', 'it takes place after all')
    .option('--by <name>', 'who changes it; your account unless told')
    .option('--json', 'print a JSON object')
    .action(
      async (
        workId: string,
        options: {
          from?: string;
          to?: string;
          description?: string;
          again?: boolean;
          by?: string;
          json?: boolean;
        },
      ) => {
        const change: WorkChange = {
          startsAt: options.from ?? null,
          endsAt: options.to ?? null,
          description: options.description ?? null,
          status: options.again === true ? 'planned' : null,
        };
        if (Object.values(change).every((value) => value === null))
          throw new CommandFailure('give --from, --to, --description or --again', EXIT_CODES.usage);
        await apply(context, workId, change, options);
      },
    );
}

function addCancel(command: Command, context: CommandContext): void {
  command
    .command('cancel')
    .description('takes an announcement back: what is out below is no part of it any more')
    .argument('<work>', 'its number')
    .option('--by <name>', 'who cancels it; your account unless told')
    .option('--json', 'print a JSON object')
    .action(async (workId: string, options: { by?: string; json?: boolean }) => {
      await apply(
        context,
        workId,
        { startsAt: null, endsAt: null, description: null, status: 'cancelled' },
        options,
      );
    });
}

async function apply(
  { openDatabase, output }: CommandContext,
  workId: string,
  change: WorkChange,
  options: { readonly by?: string; readonly json?: boolean },
): Promise<void> {
  const { pool } = await openDatabase({ max: 1 });
  const isChanged = await changePlannedWork(pool, workId, change, options.by ?? currentUser());
  const work = await readWork(pool, workId);
  if (options.json === true) output.json(work);
  else if (!isChanged) output.line(`${work.workId} is like that already.`);
  else
    output.line(
      `${work.workId} is ${work.status}, from ${work.startsAt.toISOString()} until ${work.endsAt.toISOString()}.`,
    );
}

async function readWork(database: Queryable, workId: string): Promise<StoredWork> {
  const [work] = await listPlannedWork(database, { workId: workId.trim() });
  if (work === undefined) throw new CommandFailure(`There is no work ${workId}.`);
  return work;
}
