import { OUTAGE_STATUSES, type OutageStatus, type OutageSummary, type SourceCounts } from '@lastgasp/model';
import { CommandFailure, type CommandModule, EXIT_CODES, refuseOption } from '../command-module.ts';
import { readAsOf } from '../operations/read-as-of.ts';
import type { Queryable } from '../store/queries/queryable.ts';
import { listOutages, type OutageFilter } from '../store/queries/reads/list-outages.ts';
import { type SiteTimes, siteTimesFor } from '../terminal/format-site-time.ts';
import type { TableColumn } from '../terminal/table.ts';

interface OutagesOptions {
  readonly status?: readonly string[];
  readonly ended?: boolean;
  readonly all?: boolean;
  readonly substation?: string;
  readonly feeder?: string;
  readonly asOf?: string;
  readonly by?: string;
  readonly limit?: string;
  readonly json?: boolean;
}

const PAGE = 500;

/** `outages`: the open outages, newest start first, as the console shows them. */
export const command: CommandModule = {
  register: (command, { openDatabase, output, config }) => {
    command
      .option('--status <status...>', `only these: ${OUTAGE_STATUSES.join(', ')}`)
      .option('--ended', 'those that have ended instead of the open ones')
      .option('--all', 'open and ended ones')
      .option('--substation <code>', 'only of this substation')
      .option('--feeder <code>', 'only of this feeder')
      .option('--as-of <instant>', 'as it was then; RFC 3339, such as 2025-09-24T13:51:31+03:00')
      .option(
        '--by <time>',
        '"learnt" (what was believed then) or "event" (what happened until then, as is known today)',
      )
      .option('--limit <n>', 'most rows; all unless told')
      .option('--json', 'print a JSON array')
      .action(async (options: OutagesOptions) => {
        const filter = { ...readFilter(options), asOf: readAsOf(options, refuseOption) };
        const most = readLimit(options.limit);
        const { pool } = await openDatabase({ max: 1 });
        const outages = await listUpTo(pool, filter, most);
        const times = siteTimesFor(output.isTerminal, config.siteTimeZone);
        output.rows(outages, {
          json: options.json,
          columns: output.isTerminal ? columnsForPeople(outages, times) : columnsForPrograms(times),
          whenEmpty: 'No outage fits. "lastgasp outages --all" lists those that have ended, too.',
        });
      });
  },
};

function columnsForPrograms(times: SiteTimes): TableColumn<OutageSummary>[] {
  return [
    { title: 'number', value: (outage) => outage.number },
    { title: 'status', value: (outage) => outage.status },
    { title: 'device', value: (outage) => deviceOf(outage) },
    { title: 'feeder', value: (outage) => outage.feeder?.id },
    { title: 'substation', value: (outage) => outage.substation?.id },
    { title: 'customers', value: (outage) => outage.customersOut },
    { title: 'out now', value: (outage) => outage.customersOutNow },
    { title: 'confidence', value: (outage) => formatConfidence(outage.confidence) },
    { title: 'sources', value: (outage) => formatSources(outage.sources) },
    { title: 'since', value: (outage) => times.format(outage.startedAt) },
    { title: 'ended', value: (outage) => times.format(outage.endedAt) },
    { title: 'planned', value: (outage) => (outage.planned ? 'planned' : null) },
    // Made from device and start, so the same on every database; a person types the number.
    { title: 'id', value: (outage) => outage.id },
  ];
}

/** What is needed to choose one; `lastgasp outage <number>` tells the rest. */
function columnsForPeople(outages: readonly OutageSummary[], times: SiteTimes): TableColumn<OutageSummary>[] {
  const ended: TableColumn<OutageSummary> = {
    title: 'ended',
    value: (outage) => times.format(outage.endedAt),
  };
  return [
    { title: 'number', value: (outage) => outage.number, align: 'right' },
    {
      title: 'status',
      value: (outage) => `${outage.status.replaceAll('_', ' ')}${outage.planned ? ', planned' : ''}`,
    },
    { title: 'device', value: (outage) => deviceOf(outage) },
    { title: 'where', value: (outage) => outage.feeder?.id ?? outage.substation?.id },
    { title: 'customers', value: (outage) => outage.customersOut, align: 'right' },
    { title: 'out now', value: (outage) => outage.customersOutNow, align: 'right' },
    { title: 'confidence', value: (outage) => formatConfidence(outage.confidence), align: 'right' },
    { title: 'sources', value: (outage) => formatSources(outage.sources) },
    { title: times.title('since'), value: (outage) => times.format(outage.startedAt) },
    ...(outages.some(({ endedAt }) => endedAt !== null) ? [ended] : []),
  ];
}

/** What is out as one word of a table: the kind and code of the device, or the number of the meter whose service it is. */
export function deviceOf(outage: Pick<OutageSummary, 'device' | 'service'>): string {
  if (outage.service !== null) return `service ${outage.service}`;
  return outage.device === null ? '' : `${outage.device.kind} ${outage.device.id}`;
}

/** A probability with two digits, rounded down: what is almost certain must not read as certain. */
export function formatConfidence(confidence: number): string {
  return (Math.floor(confidence * 100) / 100).toFixed(2);
}

/** The sources that speak for an outage, those with none left out: `scada 1, kaifa 12`. */
export function formatSources(sources: SourceCounts): string {
  return Object.entries(sources)
    .filter(([, events]) => events > 0)
    .map(([source, events]) => `${source} ${events}`)
    .join(', ');
}

async function listUpTo(database: Queryable, filter: Omit<OutageFilter, 'limit'>, most: number) {
  const outages: OutageSummary[] = [];
  let cursor: string | undefined;
  do {
    const page = await listOutages(database, {
      ...filter,
      cursor,
      limit: Math.min(PAGE, most - outages.length),
    });
    outages.push(...page.outages);
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined && outages.length < most);
  return outages;
}

function readFilter(options: OutagesOptions): Omit<OutageFilter, 'limit'> {
  if ([options.status, options.ended, options.all].filter((given) => given !== undefined).length > 1) {
    throw new CommandFailure('give one of --status, --ended and --all', EXIT_CODES.usage);
  }
  const open = options.status !== undefined || options.all === true ? undefined : options.ended !== true;
  return {
    statuses: options.status?.map(readStatus),
    open,
    substation: options.substation,
    feeder: options.feeder,
  };
}

function readStatus(word: string): OutageStatus {
  const status = OUTAGE_STATUSES.find((known) => known === word);
  if (status !== undefined) return status;
  throw new CommandFailure(
    `"${word}" is no status of an outage: ${OUTAGE_STATUSES.join(', ')}`,
    EXIT_CODES.usage,
  );
}

function readLimit(limit: string | undefined): number {
  if (limit === undefined) return Number.POSITIVE_INFINITY;
  if (/^[1-9]\d{0,8}$/.test(limit)) return Number(limit);
  throw new CommandFailure(`--limit ${limit}: give a whole number above 0`, EXIT_CODES.usage);
}
