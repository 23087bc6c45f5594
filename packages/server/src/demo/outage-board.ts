import type { OutageSummary, SiteStatus } from '@lastgasp/model';

/** What the demo's terminal shows of the server. */
export interface Board {
  readonly status: SiteStatus;
  /** Open and ended outages, newest start first. */
  readonly outages: readonly OutageSummary[];
}

/** Most outages on the board: with the head it fits a terminal of 24 lines. */
const MAX_ROWS = 14;

const OPEN: ReadonlySet<OutageSummary['status']> = new Set([
  'detected',
  'confirmed',
  'in_progress',
  'partially_restored',
]);

/** The board as lines of at most `columns` characters: totals, then the open outages and those that ended last. */
export function formatBoard({ status, outages }: Board, columns: number): string[] {
  const lines = [formatTotals(status), ''];
  const row = (cells: readonly string[]): string =>
    cells.map((cell, index) => fit(cell, WIDTHS[index] ?? 10)).join(' ');
  lines.push(row(['outage', 'what', 'status', 'out now', 'of', 'sure', 'told by', 'began']));
  const open = outages.filter(isOpen);
  const ended = outages.filter((outage) => !isOpen(outage));
  for (const outage of [...open, ...ended].slice(0, MAX_ROWS)) {
    lines.push(
      row([
        outage.id,
        nameOf(outage),
        outage.status.replace('_', ' '),
        count(outage.customersOutNow),
        count(outage.customersOut),
        `${Math.round(outage.confidence * 100)} %`,
        formatSources(outage),
        clockTime(outage.startedAt, status.siteTimeZone),
      ]),
    );
  }
  if (outages.length === 0) lines.push('none yet');
  return lines.map((line) => line.trimEnd().slice(0, Math.max(20, columns - 1)));
}

/** What has changed between two boards, a line for each outage that appeared or took another status. */
export function describeChanges(before: Board | null, now: Board): string[] {
  const statusBefore = new Map(before?.outages.map(({ id, status }) => [id, status]));
  return now.outages
    .filter(({ id, status }) => statusBefore.get(id) !== status)
    .reverse()
    .map((outage) => {
      const customers = `${count(outage.customersOut)} customers`;
      const sure = `${Math.round(outage.confidence * 100)} % sure from ${formatSources(outage)}`;
      const time = clockTime(now.status.now, now.status.siteTimeZone);
      return `${time} ${outage.status.replace('_', ' ')}: ${nameOf(outage)}, ${customers}, ${sure} (${outage.id})`;
    });
}

/** One line of totals. */
export function formatTotals(status: SiteStatus): string {
  const sum = (what: 'stored' | 'duplicate' | 'rejected'): number =>
    status.providers.reduce((total, provider) => total + provider[what], 0);
  const parts = [
    clockTime(status.now, status.siteTimeZone),
    `open outages ${count(status.openOutages)}`,
    `customers out ${count(status.customersOutNow)}`,
    `hazard calls ${count(status.hazardCalls)}`,
    `events ${count(sum('stored'))} stored, ${count(sum('duplicate'))} repeated, ${count(sum('rejected'))} set aside`,
  ];
  return parts.join(' · ');
}

const WIDTHS = [26, 30, 18, 8, 7, 6, 34, 8];

function isOpen({ status }: OutageSummary): boolean {
  return OPEN.has(status);
}

function nameOf({ device, feeder, substation }: OutageSummary): string {
  const where = feeder?.name ?? substation?.name;
  const what = device === null ? 'outage' : `${device.kind.replace('_', ' ')} ${device.id}`;
  return where === undefined || where === null ? what : `${what}, ${where}`;
}

function formatSources({ sources }: OutageSummary): string {
  const { scada, onu, kaifa, call_center: calls } = sources;
  const told = { SCADA: scada, meters: kaifa, ONU: onu, calls };
  const parts = Object.entries(told).filter(([, events]) => events > 0);
  return parts.map(([source, events]) => `${source} ${count(events)}`).join(', ');
}

function fit(text: string, width: number): string {
  return text.length > width ? `${text.slice(0, width - 1)}…` : text.padEnd(width);
}

function count(value: number): string {
  return value.toLocaleString('en-US');
}

function clockTime(instant: string, timeZone: string): string {
  return new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium', timeZone }).format(new Date(instant));
}
