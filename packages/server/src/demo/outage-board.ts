import type { OutageSummary, SiteStatus } from '@lastgasp/model';

/** What the demo's terminal shows of the server. */
export interface Board {
  readonly status: SiteStatus;
  /** The open outages, newest start first. */
  readonly open: readonly OutageSummary[];
  /** Those that ended last, newest start first. */
  readonly ended: readonly OutageSummary[];
}

/** Most outages on the board: with the head it fits a terminal of 24 lines. */
const MAX_ROWS = 14;

/** The board as lines of at most `columns` characters: totals, then the open outages and those that ended last. */
export function formatBoard(board: Board, columns: number): string[] {
  const { status, open, ended } = board;
  const lines = [formatTotals(board), ''];
  const row = (cells: readonly string[]): string =>
    cells.map((cell, index) => fit(cell, WIDTHS[index] ?? 10)).join(' ');
  lines.push(row(['no.', 'what', 'status', 'out now', 'of', 'sure', 'told by', 'began']));
  for (const outage of [...open, ...ended].slice(0, MAX_ROWS)) {
    lines.push(
      row([
        String(outage.number),
        nameOf(outage),
        outage.status.replace('_', ' '),
        count(outage.customersOutNow),
        count(outage.customersOut),
        `${percentOf(outage.confidence)} %`,
        formatSources(outage),
        clockTime(outage.startedAt, status.siteTimeZone),
      ]),
    );
  }
  if (open.length + ended.length === 0) lines.push('none yet');
  return lines.map((line) => line.trimEnd().slice(0, Math.max(20, columns - 1)));
}

/** What has changed between two boards, a line for each outage that appeared or took another status. */
export function describeChanges(before: Board | null, now: Board): string[] {
  const statusBefore = new Map(allOf(before).map(({ id, status }) => [id, status]));
  return allOf(now)
    .filter(({ id, status }) => statusBefore.get(id) !== status)
    .sort((a, b) => a.number - b.number)
    .map((outage) => {
      const customers = `${count(outage.customersOut)} customers`;
      const sure = `${percentOf(outage.confidence)} % sure from ${formatSources(outage)}`;
      const time = clockTime(now.status.now, now.status.siteTimeZone);
      return `${time} ${outage.status.replace('_', ' ')}: ${nameOf(outage)}, ${customers}, ${sure} (${outage.id})`;
    });
}

/** Whole percent, rounded down: what is almost certain must not read as certain. */
const percentOf = (share: number): number => Math.floor(share * 100 + 1e-9);

/** One line of totals. */
export function formatTotals({ status, open }: Board): string {
  const sum = (what: 'stored' | 'duplicate' | 'rejected'): number =>
    status.providers.reduce((total, provider) => total + provider[what], 0);
  const parts = [
    clockTime(status.now, status.siteTimeZone),
    // The status may be two seconds old; the list is not.
    `open outages ${count(open.length)}`,
    `customers out ${count(open.reduce((total, { customersOutNow }) => total + customersOutNow, 0))}`,
    `hazard calls ${count(status.hazardCalls)}`,
    `events ${count(sum('stored'))} stored, ${count(sum('duplicate'))} repeated, ${count(sum('rejected'))} set aside`,
  ];
  return parts.join(' · ');
}

const WIDTHS = [4, 38, 18, 8, 7, 6, 42, 8];

function allOf(board: Board | null): readonly OutageSummary[] {
  return board === null ? [] : [...board.open, ...board.ended];
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
