import type { MeterState, MeterStatusEvent } from '@lastgasp/model';
import { CommandFailure, type CommandModule, EXIT_CODES, refuseOption } from '../command-module.ts';
import { readAsOf } from '../operations/read-as-of.ts';
import { listMeterHistory } from '../store/queries/reads/list-meter-history.ts';
import { readMeter } from '../store/queries/reads/read-meter.ts';
import { type SiteTimes, siteTimesFor } from '../terminal/format-site-time.ts';
import type { Output } from '../terminal/output.ts';

interface MeterOptions {
  readonly history: string;
  readonly asOf?: string;
  readonly by?: string;
  readonly json?: boolean;
}

/** `meter <number>`: where one meter hangs, what it reported, and its newest history; its customer is masked. */
export const command: CommandModule = {
  register: (command, { openDatabase, output, config }) => {
    command
      .argument('<number>', 'the meter number')
      .option('--history <n>', 'rows of the audit trail', '10')
      .option('--as-of <instant>', 'as it was then; RFC 3339, such as 2025-09-24T13:51:31+03:00')
      .option(
        '--by <time>',
        '"learnt" (what was believed then) or "event" (what happened until then, as is known today)',
      )
      .option('--json', 'print a JSON object')
      .action(async (number: string, options: MeterOptions) => {
        const limit = readHistory(options.history);
        const asOf = readAsOf(options, refuseOption);
        const { pool } = await openDatabase({ max: 1 });
        const meter = await readMeter(pool, number, asOf);
        if (meter === null) throw new CommandFailure(`There is no meter ${number} in the registry.`);
        const history = await listMeterHistory(pool, number, { limit, asOf });
        const events = history?.events ?? [];
        if (options.json === true) output.json({ ...meter, history: events });
        else printMeter(meter, events, output, siteTimesFor(output.isTerminal, config.siteTimeZone));
      });
  },
};

function printMeter(
  meter: MeterState,
  events: readonly MeterStatusEvent[],
  output: Output,
  times: SiteTimes,
): void {
  const { customer, outage } = meter;
  const time = times.format;
  const facts: Readonly<Record<string, string | number | null | undefined>> = {
    meter: meter.meterNumber,
    'power reported': withTime(meter.powerStatus, time(meter.lastPowerChangeAt)),
    'power inferred':
      meter.inferredPowerStatus === null || outage === null
        ? meter.inferredPowerStatus
        : `${meter.inferredPowerStatus}, outage ${outage.id} (${outage.status})`,
    communication: meter.communicationStatus,
    'last heard': time(meter.lastCommunicationAt),
    substation: meter.substation?.id,
    feeder: meter.feeder?.id,
    'fed now by': tellFeed(meter.fedBy ?? null, time),
    'distribution point': meter.distributionPoint?.id,
    device: meter.device === null ? null : `${meter.device.kind} ${meter.device.id}`,
    'place known by': meter.linkSource,
    building: meter.buildingId,
    onu: meter.onuId,
    'asset mRID': meter.assetMrid,
    'usage point mRID': meter.usagePointMrid,
    customers: meter.customers,
    priority: meter.priority,
    customer:
      customer === null ? null : [customer.id, customer.name, customer.phone].filter(Boolean).join(', '),
    times: times.zone === null ? null : `in ${times.zone}`,
  };
  for (const [name, value] of Object.entries(facts)) {
    if (value !== null && value !== undefined && value !== '') output.line(`${name}: ${value}`);
  }
  output.line('');
  output.rows(events, {
    columns: [
      { title: 'at', value: (event) => time(event.at) },
      { title: 'event', value: (event) => event.type },
      { title: 'source', value: (event) => event.source },
      { title: 'before', value: (event) => event.previousStatus },
      { title: 'after', value: (event) => event.newStatus },
      { title: 'note', value: (event) => (event.applied ? null : 'late, changed nothing') },
    ],
    whenEmpty: 'Nothing has been reported of it yet.',
  });
}

/** What feeds a meter through a tie; null where it is fed the normal way. */
function tellFeed(
  fedBy: MeterState['fedBy'] | null,
  time: (at: string | null) => string | null,
): string | null {
  if (fedBy === null || fedBy === undefined) return null;
  const { feederId, substationId, tieId, sinceAt } = fedBy;
  const by = feederId === null ? `substation ${substationId}` : `feeder ${feederId}`;
  return withTime(`${by} through ${tieId}`, time(sinceAt));
}

function withTime(word: string, at: string | null): string {
  return at === null ? word : `${word} since ${at}`;
}

function readHistory(rows: string): number {
  const limit = /^\d{1,3}$/.test(rows) ? Number(rows) : Number.NaN;
  if (limit >= 1 && limit <= 500) return limit;
  throw new CommandFailure(`--history ${rows}: give a whole number from 1 to 500`, EXIT_CODES.usage);
}
