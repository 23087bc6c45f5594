import { PROVIDER_CONDITIONS, PROVIDERS, type ProviderCondition, type ProviderHealth } from '@lastgasp/model';
import type { Command } from 'commander';
import { toProviderHealth } from '../api/provider-health.ts';
import { type CommandContext, CommandFailure, type CommandModule, EXIT_CODES } from '../command-module.ts';
import { instant } from '../operations/read-instant-option.ts';
import { endProviderCondition } from '../store/queries/conditions/end-provider-condition.ts';
import { listProviderConditions } from '../store/queries/conditions/list-provider-conditions.ts';
import { noteProviderCondition } from '../store/queries/conditions/note-provider-condition.ts';
import { readProviderHealth } from '../store/queries/health/read-provider-health.ts';
import { currentUser } from '../terminal/current-user.ts';
import { siteTimesFor } from '../terminal/format-site-time.ts';

/** `providers`: what is known to be wrong with the systems that report; a sick one's silence says nothing. */
export const command: CommandModule = {
  register: (command, context) => {
    addList(command, context);
    addHealth(command, context);
    addNote(command, context);
    addEnd(command, context);
  },
};

function addList(command: Command, { openDatabase, output, config }: CommandContext): void {
  command
    .command('list', { isDefault: true })
    .description('lists what is wrong with the providers, newest first')
    .option('--all', 'what is over, too')
    .option('--json', 'print a JSON array')
    .action(async (options: { all?: boolean; json?: boolean }) => {
      const { pool } = await openDatabase({ max: 1 });
      const conditions = await listProviderConditions(pool, { isAll: options.all === true });
      const times = siteTimesFor(output.isTerminal, config.siteTimeZone);
      output.rows(conditions, {
        json: options.json,
        columns: [
          { title: 'provider', value: ({ source }) => source },
          { title: 'condition', value: ({ condition }) => condition },
          { title: times.title('since'), value: ({ startsAt }) => times.format(startsAt.toISOString()) },
          { title: 'until', value: ({ endsAt }) => times.format(endsAt?.toISOString() ?? null) },
          { title: 'late by s', value: ({ lagSeconds }) => lagSeconds, align: 'right' },
          {
            title: 'noted by',
            value: ({ isAutomatic, createdBy, updatedBy }) => (isAutomatic ? createdBy : updatedBy),
          },
          { title: 'found', value: ({ isAutomatic }) => (isAutomatic ? 'by itself' : 'by a person') },
          { title: 'note', value: ({ note }) => note },
        ],
        whenEmpty: 'Nothing is noted of any provider.',
      });
    });
}

function addHealth(command: Command, { openDatabase, output, config }: CommandContext): void {
  command
    .command('health')
    .description('tells how each provider does, beside what is usual for it')
    .option('--json', 'print a JSON array')
    .action(async (options: { json?: boolean }) => {
      const { pool } = await openDatabase({ max: 1 });
      const health = toProviderHealth(await readProviderHealth(pool), new Date(), null);
      const times = siteTimesFor(output.isTerminal, config.siteTimeZone);
      output.rows(health, {
        json: options.json,
        columns: [
          { title: 'provider', value: ({ provider }) => provider },
          {
            title: 'is',
            value: stateOf,
          },
          { title: times.title('heard'), value: ({ lastReceivedAt }) => times.format(lastReceivedAt) },
          { title: 'silent s', value: (one) => rounded(one.silenceSeconds), align: 'right' },
          { title: 'too long from s', value: (one) => rounded(one.silentAfterSeconds), align: 'right' },
          { title: 'a minute', value: (one) => rounded(one.messagesPerMinute, 1), align: 'right' },
          { title: 'usually', value: (one) => rounded(one.usualMessagesPerMinute, 1), align: 'right' },
          { title: 'delay s', value: ({ delay }) => rounded(delay?.medianSeconds ?? null), align: 'right' },
          { title: 'duplicates %', value: (one) => percent(one.duplicateShare), align: 'right' },
          { title: 'set aside %', value: (one) => percent(one.rejectShare), align: 'right' },
        ],
        whenEmpty: 'No provider is known.',
      });
    });
}

/** What is wrong with it; well only where enough of its past is known to tell. */
function stateOf({ conditions, lastReceivedAt, silentAfterSeconds }: ProviderHealth): string {
  if (conditions.length > 0) return conditions.map(({ condition }) => condition).join(', ');
  if (lastReceivedAt === null) return 'never heard';
  return silentAfterSeconds === null ? 'not known long enough' : 'well';
}

const rounded = (value: number | null, digits = 0): string | null => value?.toFixed(digits) ?? null;
const percent = (share: number | null): string | null => rounded(share === null ? null : 100 * share);

function addNote(command: Command, { openDatabase, output }: CommandContext): void {
  command
    .command('note')
    .description('notes that a provider is sick: its silence says nothing meanwhile')
    .argument('<provider>', PROVIDERS.join(', '))
    .argument('<condition>', PROVIDER_CONDITIONS.join(', '))
    .option('--from <instant>', 'since when; RFC 3339; now unless told', instant)
    .option('--to <instant>', 'until when, where that is known', instant)
    .option('--lag <minutes>', 'by how much a late one is late at most')
    .option('--note <text>', 'what was seen')
    .option('--by <name>', 'who notes it; your account unless told')
    .action(
      async (
        provider: string,
        condition: string,
        options: { from?: string; to?: string; lag?: string; note?: string; by?: string },
      ) => {
        const noted = {
          source: readProvider(provider),
          condition: readCondition(condition),
          startsAt: options.from ?? null,
          endsAt: options.to ?? null,
          lagSeconds: readMinutes(options.lag),
          note: options.note ?? null,
          notedBy: options.by ?? currentUser(),
        };
        const { pool } = await openDatabase({ max: 1 });
        await noteProviderCondition(pool, noted);
        output.line(`${provider} is noted as ${condition}.`);
      },
    );
}

function addEnd(command: Command, { openDatabase, output }: CommandContext): void {
  command
    .command('end')
    .description('ends what is noted of a provider')
    .argument('<provider>', PROVIDERS.join(', '))
    .argument('<condition>', PROVIDER_CONDITIONS.join(', '))
    .option('--at <instant>', 'since when it is well; RFC 3339; now unless told', instant)
    .option('--by <name>', 'who says so; your account unless told')
    .action(async (provider: string, condition: string, options: { at?: string; by?: string }) => {
      const ended = {
        source: readProvider(provider),
        condition: readCondition(condition),
        endsAt: options.at ?? null,
        endedBy: options.by ?? currentUser(),
      };
      const { pool } = await openDatabase({ max: 1 });
      if (!(await endProviderCondition(pool, ended)))
        throw new CommandFailure(`${provider} is not noted as ${condition}.`);
      output.line(`${provider} is ${condition} no longer.`);
    });
}

/** The provider as the database stores it. */
function readProvider(word: string): string {
  const provider = PROVIDERS.find((known) => known === word || known.replace('-', '_') === word);
  if (provider !== undefined) return provider.replace('-', '_');
  throw new CommandFailure(`"${word}" is no provider: ${PROVIDERS.join(', ')}`, EXIT_CODES.usage);
}

function readCondition(word: string): ProviderCondition {
  const condition = PROVIDER_CONDITIONS.find((known) => known === word);
  if (condition !== undefined) return condition;
  throw new CommandFailure(
    `"${word}" is no condition of a provider: ${PROVIDER_CONDITIONS.join(', ')}`,
    EXIT_CODES.usage,
  );
}

function readMinutes(text: string | undefined): number | null {
  if (text === undefined) return null;
  if (/^[1-9]\d{0,3}$/.test(text)) return 60 * Number(text);
  throw new CommandFailure(`--lag ${text}: give whole minutes above 0`, EXIT_CODES.usage);
}
