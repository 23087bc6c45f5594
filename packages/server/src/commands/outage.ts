import type { OutageDetail, OutageExplanation } from '@lastgasp/model';
import { CommandFailure, type CommandModule, refuseOption } from '../command-module.ts';
import { readAsOf } from '../operations/read-as-of.ts';
import { readOutage } from '../store/queries/reads/read-outage.ts';
import { counted } from '../terminal/counted.ts';
import { type SiteTimes, siteTimesFor } from '../terminal/format-site-time.ts';
import type { Output } from '../terminal/output.ts';
import { deviceOf, formatConfidence, formatSources } from './outages.ts';

/** How much evidence a person reads on a terminal; `--json` prints what the API gives. */
const SHOWN_EVIDENCE = 20;
const SHOWN_BRANCHES = 12;

/** `outage <id>`: one outage with why it is believed, what happened to it, and what was reported. */
export const command: CommandModule = {
  register: (command, { openDatabase, output, config }) => {
    command
      .argument('<outage>', 'its number as "lastgasp outages" shows it, or its id')
      .option('--as-of <instant>', 'as it was then; RFC 3339, such as 2025-09-24T13:51:31+03:00')
      .option(
        '--by <time>',
        '"learnt" (what was believed then) or "event" (what happened until then, as is known today)',
      )
      .option('--json', 'print a JSON object')
      .action(async (id: string, options: { asOf?: string; by?: string; json?: boolean }) => {
        const asOf = readAsOf(options, refuseOption);
        const { pool } = await openDatabase({ max: 1 });
        const outage = await readOutage(pool, id, asOf);
        if (outage === null) {
          const then = asOf === undefined ? 'is' : 'was then';
          throw new CommandFailure(
            `There ${then} no outage ${id}. "lastgasp outages --all" lists every one with its number.`,
          );
        }
        if (options.json === true) output.json(outage);
        else printOutage(outage, output, siteTimesFor(output.isTerminal, config.siteTimeZone));
      });
  },
};

function printOutage(outage: OutageDetail, output: Output, times: SiteTimes): void {
  const { lineage } = outage;
  const time = times.format;
  const facts: Readonly<Record<string, string | null>> = {
    outage: `${outage.number} (${outage.id})`,
    status: outage.momentary ? `${outage.status}, momentary` : outage.status,
    device: deviceOf(outage),
    feeder: placeOf(outage.feeder),
    substation: placeOf(outage.substation),
    customers: `${outage.customersOut}, ${outage.customersOutNow} of them out now${intervalOf(outage)}`,
    unverified:
      outage.unverifiedCustomers === 0
        ? null
        : `${counted(outage.unverifiedCustomers, 'customer')} whose supply nobody has confirmed`,
    planned: outage.planned ? 'announced work explains it' : null,
    meters: `${outage.members.meters}, ${outage.members.metersOutNow} of them out now`,
    confidence: formatConfidence(outage.confidence),
    sources: formatSources(outage.sources),
    since: time(outage.startedAt),
    'detected at': time(outage.detectedAt),
    'ended at': time(outage.endedAt),
    'expected back': time(outage.estimatedRestorationAt),
    cause: outage.cause,
    'replaced by': lineage.replacedBy === null ? null : lineage.replacedBy.id,
    replaces: lineage.replaces.length === 0 ? null : lineage.replaces.map(({ id }) => id).join(', '),
    why: outage.description,
    times: times.zone === null ? null : `in ${times.zone}`,
  };
  for (const [name, value] of Object.entries(facts)) {
    if (value !== null && value !== '') output.line(`${name}: ${value}`);
  }
  if (outage.explanation !== null) printExplanation(outage.explanation, output, times);
  output.line('');
  output.rows(outage.timeline, {
    columns: [
      { title: 'at', value: (entry) => time(entry.at) },
      { title: 'what', value: (entry) => entry.type },
      { title: 'status', value: (entry) => entry.status },
      { title: 'description', value: (entry) => entry.description },
    ],
    whenEmpty: 'Nothing has been noted about it yet.',
  });
  output.line('');
  output.rows(outage.evidence.slice(0, SHOWN_EVIDENCE), {
    columns: [
      { title: 'event at', value: (one) => time(one.eventAt) },
      { title: 'received at', value: (one) => time(one.receivedAt) },
      { title: 'source', value: (one) => one.source },
      { title: 'event', value: (one) => one.eventType },
      { title: 'says', value: (one) => one.says },
      { title: 'meter', value: (one) => one.meterNumber },
    ],
    whenEmpty: 'No evidence has joined it yet.',
  });
  if (outage.evidenceCount > SHOWN_EVIDENCE) {
    output.progress(`${SHOWN_EVIDENCE} of ${outage.evidenceCount} pieces of evidence; --json prints more.`);
  }
}

function intervalOf({ customersOutInterval, customersOut }: OutageDetail): string {
  if (customersOutInterval === null) return '';
  const { low, high } = customersOutInterval;
  return low === customersOut && high === customersOut ? '' : `; ${low} to ${high} with 80 %`;
}

/** What speaks for an outage and against it, what else it could be, and whom to ask. */
function printExplanation(explanation: OutageExplanation, output: Output, times: SiteTimes): void {
  const { branches, branchCount, telemetry, alternatives, pings } = explanation;
  for (const { device, says, at } of telemetry) {
    output.line(`telemetry: ${device} ${says} at ${times.format(at)}`);
  }
  output.line('');
  output.rows(branches.slice(0, SHOWN_BRANCHES), {
    columns: [
      { title: 'below', value: (branch) => branch.device },
      { title: 'speaks', value: (branch) => (branch.weight >= 0 ? 'for it' : 'against it') },
      { title: 'weight', value: (branch) => branch.weight.toFixed(1), align: 'right' },
      { title: 'gasped', value: (branch) => branch.gasped, align: 'right' },
      { title: 'said on', value: (branch) => branch.on, align: 'right' },
      { title: 'silent', value: (branch) => branch.silent, align: 'right' },
      { title: 'terminals', value: (branch) => branch.terminals, align: 'right' },
      { title: 'calls', value: (branch) => branch.calls, align: 'right' },
    ],
    whenEmpty: 'No meter hangs below it.',
  });
  const others = branchCount - Math.min(branches.length, SHOWN_BRANCHES);
  if (others > 0) output.progress(`${counted(others, 'branch', 'branches')} more; --json prints more.`);
  output.line('');
  output.rows(alternatives, {
    columns: [
      { title: 'open could be', value: ({ service, devices }) => service ?? devices.join(' = ') },
      { title: 'probability', value: ({ probability }) => formatConfidence(probability), align: 'right' },
    ],
    whenEmpty: 'Nothing else explains it.',
  });
  for (const { meterNumber, gain, dead } of pings) {
    output.line(
      `ask meter ${meterNumber}: it is out with ${formatConfidence(dead)}, its answer tells ${gain.toFixed(2)} nats`,
    );
  }
}

function placeOf(place: OutageDetail['feeder']): string | null {
  if (place === null) return null;
  return place.name === null ? place.id : `${place.id} (${place.name})`;
}
