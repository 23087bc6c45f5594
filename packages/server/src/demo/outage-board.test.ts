import type { OutageSummary, SiteStatus } from '@lastgasp/model';
import { expect, test } from 'vitest';
import { type Board, describeChanges, formatBoard } from './outage-board.ts';

const status: SiteStatus = {
  now: '2026-01-05T18:00:05.000Z',
  startedAt: '2026-01-05T18:00:00.000Z',
  siteTimeZone: 'Asia/Amman',
  revision: 4,
  openOutages: 1,
  customersOutNow: 430,
  hazardCalls: 1,
  correlatorLagSeconds: 0,
  evidenceWaiting: 0,
  networkLoaded: true,
  providers: [
    {
      provider: 'scada',
      lastReceivedAt: null,
      stored: 2,
      duplicate: 1,
      rejected: 1,
      deadLetters: 1,
      unmatched: 0,
    },
    {
      provider: 'kaifa',
      lastReceivedAt: null,
      stored: 1_200,
      duplicate: 4,
      rejected: 0,
      deadLetters: 0,
      unmatched: 0,
    },
  ],
  unknown: { deadLetters: 0 },
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
  distributionPoint: null,
  customersOut: 436,
  customersOutNow: 430,
  sources: { scada: 1, onu: 0, kaifa: 262, call_center: 3 },
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

const board = (open: OutageSummary[], ended: OutageSummary[] = []): Board => ({ status, open, ended });

test('the board shows totals, then what is open and what has ended, in the site’s time', () => {
  const ended = outage(1, { status: 'restored', customersOutNow: 0 });
  const lines = formatBoard(board([outage(2)], [ended]), 200);
  expect(lines[0]).toBe(
    '21:00:05 · open outages 1 · customers out 430 · hazard calls 1 · events 1,202 stored, 5 repeated, 1 set aside',
  );
  expect(lines[3]).toMatch(
    /^2 +breaker CB-F00K123, Sahab 1 +detected +430 +436 +98 % +SCADA 1, meters 262, calls 3 +21:00:02$/,
  );
  expect(lines[4]).toMatch(/^1 .* restored +0 +436 /);
});

test('the board fits the terminal, however many outages there are', () => {
  const many = Array.from({ length: 60 }, (_, number) => outage(number));
  const lines = formatBoard(board(many), 80);
  expect(lines.length).toBeLessThan(24);
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(80);
  expect(formatBoard(board([]), 80).at(-1)).toBe('none yet');
});

test('a change is told once: an outage that appears, and one that takes another status', () => {
  const first = board([outage(1)]);
  expect(describeChanges(null, first)).toEqual([
    '21:00:05 detected: breaker CB-F00K123, Sahab 1, 436 customers, 98 % sure from SCADA 1, meters 262, calls 3 (CB-1-20260105T180000Z)',
  ]);
  expect(describeChanges(first, board([outage(1, { confidence: 1 })]))).toEqual([]);
  const second = board([outage(2)], [outage(1, { status: 'restored' })]);
  expect(describeChanges(first, second).map((line) => line.split(' ')[1])).toEqual([
    'restored:',
    'detected:',
  ]);
});
