import type { OutageStatus, OutageSummary, SiteStatus } from '@lastgasp/model';
import { cutText, placesOf, placeText } from '../terminal/place-text.ts';

/** What the terminal shows of the server. */
export interface Board {
  readonly status: Pick<SiteStatus, 'now' | 'siteTimeZone' | 'hazardCalls' | 'providers' | 'unknown'>;
  /** Events in the database; null where that could not be read. */
  readonly storedEvents: number | null;
  /** Lines on how what is said compares with the truth; none where nobody knows the truth. */
  readonly score: readonly string[];
  /** The open outages, newest start first. */
  readonly open: readonly OutageSummary[];
  /** Those that ended since the terminal began to look, the last one first. */
  readonly ended: readonly OutageSummary[];
}

/** How large a terminal is, in characters and lines. */
export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

/** What a terminal that does not tell its size is taken for. */
export const USUAL_SIZE: TerminalSize = { columns: 80, rows: 24 };

/** Lines that are no outage: two of totals, one between, the head, the one that tells of more, and the cursor's. */
const OTHER_LINES = 6;

/** Most outages on the board, also on a tall terminal. */
const MOST_OUTAGES = 14;

/** The board as lines that fit the terminal: totals, then the open outages and those that ended since. */
export function formatBoard(board: Board, size: TerminalSize): string[] {
  const { status, open, ended, score } = board;
  const width = Math.max(20, size.columns - 1);
  const time = clockTime(status.now, status.siteTimeZone);
  const { outages, events } = totalsOf(board);
  const indent = ' '.repeat(time.length + 2);
  const lines = [
    `${time}  ${outages.join(' · ')}`,
    `${indent}${events.join(' · ')}`,
    ...score.map((line) => `${indent}${line}`),
    '',
  ];

  const shown = [...open, ...ended].slice(
    0,
    Math.max(1, Math.min(MOST_OUTAGES, size.rows - OTHER_LINES - score.length)),
  );
  if (shown.length === 0) lines.push('No outage is open.');
  else lines.push(...formatRows(shown, status.siteTimeZone, width));
  const more = open.length - shown.length;
  if (more > 0) lines.push(`and ${count(more)} more open: npx lastgasp outages`);
  return lines.map((line) => cutText(line, width).trimEnd());
}

/** What has changed between two boards, a line for each outage that appeared or took another status. */
export function describeChanges(before: Board, now: Board): string[] {
  const statusBefore = new Map([...before.open, ...before.ended].map(({ id, status }) => [id, status]));
  const time = clockTime(now.status.now, now.status.siteTimeZone);
  return [...now.open, ...now.ended]
    .filter(({ id, status }) => statusBefore.get(id) !== status)
    .sort((a, b) => a.number - b.number)
    .map((outage) => {
      const customers = counted(outage.customersOut, 'customer', 'customers');
      return `${time}  outage ${outage.number} ${STATUS_WORDS[outage.status]}: ${nameOf(outage)}; ${customers}; ${percentOf(outage.confidence)} sure (${sourcesOf(outage)})`;
    });
}

/** The totals in one line. */
export function formatTotals(board: Board): string {
  const { outages, events } = totalsOf(board);
  return `${clockTime(board.status.now, board.status.siteTimeZone)}  ${[...outages, ...events].join(' · ')}`;
}

const STATUS_WORDS: Readonly<Record<OutageStatus, string>> = {
  detected: 'detected',
  confirmed: 'confirmed',
  in_progress: 'crew at work',
  partially_restored: 'partly restored',
  restored: 'restored',
  cancelled: 'cancelled',
};

function totalsOf({ status, storedEvents, open }: Board) {
  const setAside = [...status.providers, status.unknown].reduce(
    (sum, { deadLetters }) => sum + deadLetters,
    0,
  );
  return {
    outages: [
      // The status may be two seconds old; the list is not.
      counted(open.length, 'open outage', 'open outages'),
      counted(
        open.reduce((sum, { customersOutNow }) => sum + customersOutNow, 0),
        'customer out now',
        'customers out now',
      ),
      counted(status.hazardCalls, 'call about danger', 'calls about danger'),
    ],
    events: [
      ...(storedEvents === null ? [] : [counted(storedEvents, 'event stored', 'events stored')]),
      counted(setAside, 'message set aside', 'messages set aside'),
    ],
  };
}

interface BoardColumn {
  readonly title: string;
  readonly value: (outage: OutageSummary) => string;
  readonly align?: 'right';
}

/** Narrower than this the names of devices cannot be told apart. */
const NARROWEST_NAME = 16;

function formatRows(outages: readonly OutageSummary[], timeZone: string, width: number): string[] {
  const name: BoardColumn = { title: 'what', value: nameOf };
  const sources: BoardColumn = { title: 'heard from', value: sourcesOf };
  const columns: BoardColumn[] = [
    { title: 'no.', value: ({ number }) => String(number), align: 'right' },
    name,
    { title: 'status', value: ({ status }) => STATUS_WORDS[status] },
    { title: 'customers', value: ({ customersOut }) => count(customersOut), align: 'right' },
    { title: 'out now', value: ({ customersOutNow }) => count(customersOutNow), align: 'right' },
    { title: 'sure', value: ({ confidence }) => percentOf(confidence), align: 'right' },
    { title: 'since', value: ({ startedAt }) => clockTime(startedAt, timeZone) },
  ];
  const needOf = ({ title, value }: BoardColumn): number =>
    outages.reduce((most, outage) => Math.max(most, placesOf(value(outage))), placesOf(title));
  const widthOf = (all: readonly BoardColumn[]): number =>
    all.reduce((sum, column) => sum + needOf(column), 2 * (all.length - 1));
  // Who told of it is shown where there is room for all of it; the other columns make do with a shorter name.
  if (widthOf([...columns, sources]) <= width) columns.push(sources);
  const nameWidth = Math.max(NARROWEST_NAME, needOf(name) - Math.max(0, widthOf(columns) - width));
  const lineOf = (cellOf: (column: BoardColumn) => string): string =>
    columns
      .map((column) =>
        placeText(cellOf(column), column === name ? nameWidth : needOf(column), column.align ?? 'left'),
      )
      .join('  ');
  return [lineOf(({ title }) => title), ...outages.map((outage) => lineOf(({ value }) => value(outage)))];
}

function nameOf({ device, feeder, substation }: OutageSummary): string {
  const where = feeder?.name ?? substation?.name;
  const what = device === null ? 'outage' : `${device.kind.replaceAll('_', ' ')} ${device.id}`;
  return where === undefined || where === null ? what : `${what}, ${where}`;
}

function sourcesOf({ sources }: OutageSummary): string {
  const { scada, onu, kaifa, call_center: calls } = sources;
  const heard = Object.entries({ SCADA: scada, meters: kaifa, 'fibre terminals': onu, calls });
  const parts = heard
    .filter(([, events]) => events > 0)
    .map(([source, events]) => `${source} ${count(events)}`);
  return parts.length === 0 ? 'nobody yet' : parts.join(', ');
}

/** Whole percent, rounded down: what is almost certain must not read as certain. */
function percentOf(share: number): string {
  return `${Math.floor(share * 100 + 1e-9)} %`;
}

function counted(value: number, one: string, many: string): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

function count(value: number): string {
  return value.toLocaleString('en-US');
}

function clockTime(instant: string, timeZone: string): string {
  return new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium', timeZone }).format(new Date(instant));
}
