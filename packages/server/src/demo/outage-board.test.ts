import type { OutageSummary } from '@lastgasp/model';
import { expect, test } from 'vitest';
import { placesOf } from '../terminal/place-text.ts';
import { type Board, describeChanges, formatBoard, formatTotals } from './outage-board.ts';

const heard = { lastReceivedAt: null, stored: 0, duplicate: 0, rejected: 0, unmatched: 0, conditions: [] };
const status: Board['status'] = {
  now: '2026-01-05T18:00:05.000Z',
  siteTimeZone: 'Asia/Amman',
  hazardCalls: 1,
  providers: [
    { provider: 'scada', ...heard, deadLetters: 1 },
    { provider: 'kaifa', ...heard, deadLetters: 0 },
  ],
  unknown: { deadLetters: 2 },
};

const outage = (number: number, more: Partial<OutageSummary> = {}): OutageSummary => ({
  id: `CB-${number}-20260105T180000Z`,
  number,
  revision: number,
  type: 'feeder_outage',
  status: 'detected',
  severity: 'high',
  confidence: 0.984,
  device: { id: 'CB-F00K123', kind: 'breaker', name: null },
  substation: { id: '4A00000K123', name: 'Sahab' },
  feeder: { id: 'F00K123', name: 'Sahab 1' },
  service: null,
  customersOutInterval: null,
  unverifiedCustomers: 0,
  planned: false,
  distributionPoint: null,
  customersOut: 436,
  customersOutNow: 430,
  sources: { scada: 1, onu: 59, kaifa: 262, call_center: 3 },
  startedAt: '2026-01-05T18:00:02.000Z',
  detectedAt: '2026-01-05T18:00:02.000Z',
  updatedAt: '2026-01-05T18:00:02.000Z',
  endedAt: null,
  estimatedRestorationAt: null,
  momentary: false,
  cause: null,
  description: null,
  location: null,
  replacedBy: null,
  ...more,
});

const board = (
  open: OutageSummary[],
  ended: OutageSummary[] = [],
  storedEvents: number | null = 1_202,
  score: readonly string[] = [],
): Board => ({
  status,
  storedEvents,
  score,
  open,
  ended,
});
const usual = { columns: 80, rows: 24 };

test('the board shows totals, then what is open and what has ended since, in the site’s time', () => {
  const ended = outage(1, { status: 'partially_restored', customersOutNow: 0 });
  expect(formatBoard(board([outage(2)], [ended]), usual)).toEqual([
    '21:00:05  1 open outage · 430 customers out now · 1 call about danger',
    '          1,202 events stored · 3 messages set aside',
    '',
    'no.  what                   status           customers  out now  sure  since',
    '  2  breaker CB-F00K123, …  detected               436      430  98 %  21:00:02',
    '  1  breaker CB-F00K123, …  partly restored        436        0  98 %  21:00:02',
  ]);
});

test('the board of a storm whose truth is known says below the totals how it compares', () => {
  const score = ['truth: 2 faults, 2 found (5 s), 1 at the right device (31 s)', '1 wrong now'];
  const outages = Array.from({ length: 20 }, (_, index) => outage(index + 1));
  const lines = formatBoard(board(outages, [], null, score), { columns: 80, rows: 12 });
  expect(lines.slice(2, 5)).toEqual([`          ${score[0]}`, `          ${score[1]}`, '']);
  expect(lines).toHaveLength(11);
});

test('a wide terminal shows who was heard, too', () => {
  const [, , , head, first] = formatBoard(board([outage(2)]), { columns: 160, rows: 50 });
  expect(head).toMatch(/ since +heard from$/);
  expect(first).toMatch(/21:00:02 {2}SCADA 1, meters 262, fibre terminals 59, calls 3$/);
  expect(first).toContain('breaker CB-F00K123, Sahab 1  ');
});

test('the board fits the terminal, however many outages there are and however small it is', () => {
  const many = Array.from({ length: 60 }, (_, number) =>
    outage(number + 100, {
      customersOut: 1_234_567,
      customersOutNow: 1_234_567,
      status: 'partially_restored',
    }),
  );
  for (const size of [usual, { columns: 120, rows: 60 }, { columns: 60, rows: 12 }]) {
    const lines = formatBoard(board(many, many, 123_456_789), size);
    expect(lines.length).toBeLessThan(size.rows);
    expect(Math.max(...lines.map(placesOf))).toBeLessThan(size.columns);
  }
  expect(formatBoard(board(many), usual).at(-1)).toBe('and 46 more open: npx lastgasp outages');
  expect(formatBoard(board([]), usual).at(-1)).toBe('No outage is open.');
});

test('a name in Arabic is isolated, and what stands beside it keeps its column', () => {
  const arabic = outage(2, { feeder: { id: 'F1', name: 'مغذّي سحاب' }, device: null });
  const [, , , head, first, second] = formatBoard(board([arabic, outage(3)]), { columns: 100, rows: 24 });
  expect(first).toContain('\u2068outage, مغذّي سحاب\u2069');
  const column = (line = '', word = '436') => placesOf(line.slice(0, line.indexOf(word) + word.length));
  expect(column(first)).toBe(column(head, 'customers'));
  expect(column(second)).toBe(column(head, 'customers'));
});

test('a change is told once: an outage that appears, and one that takes another status', () => {
  const first = board([outage(1)]);
  expect(describeChanges(board([]), first)).toEqual([
    '21:00:05  outage 1 detected: breaker CB-F00K123, Sahab 1; 436 customers; 98 % sure (SCADA 1, meters 262, fibre terminals 59, calls 3)',
  ]);
  expect(describeChanges(first, board([outage(1, { confidence: 1 })]))).toEqual([]);
  const second = board([outage(2)], [outage(1, { status: 'restored' })]);
  expect(describeChanges(first, second).map((line) => line.slice(10).split(':')[0])).toEqual([
    'outage 1 restored',
    'outage 2 detected',
  ]);
});

test('the totals say what the database holds, and nothing of what could not be read', () => {
  expect(formatTotals(board([outage(1)]))).toBe(
    '21:00:05  1 open outage · 430 customers out now · 1 call about danger · 1,202 events stored · 3 messages set aside',
  );
  expect(formatTotals(board([], [], null))).toBe(
    '21:00:05  0 open outages · 0 customers out now · 1 call about danger · 3 messages set aside',
  );
});
