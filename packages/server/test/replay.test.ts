import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { canonicalState } from '@lastgasp/engine';
import { describe, expect, inject, it } from 'vitest';
import { importNetwork } from '../src/operations/import-network.ts';
import { readRecording } from '../src/operations/read-recording.ts';
import { type Replay, replayEvents } from '../src/operations/replay-events.ts';
import { kaifaEnvelope, onuMessage, scadaAlarm, scadaRestoration, troubleCall } from './messages.ts';
import { createTestDatabase } from './test-database.ts';

const NETWORK = join(import.meta.dirname, '../../../fixtures/networks/small-district');
const LAUNCHER = join(import.meta.dirname, '../bin/lastgasp.mjs');

const at = (time: string) => `2026-11-23T${time}Z`;
const line = (time: string, source: string, body: unknown) =>
  JSON.stringify({ receivedAt: at(time), source, body });
const gasp = (time: string, asset: string, type = '3.26.0.85') =>
  line(
    time,
    'kaifa',
    kaifaEnvelope(`m-${asset}-${time}`, [{ mrid: `e-${asset}`, asset, type, at: at(time) }]),
  );

const STORY = [
  gasp('09:58:00', 'asset-10000003'),
  line('10:00:02', 'scada', scadaAlarm(at('10:00:00'))),
  line('10:00:03', 'scada', scadaAlarm(at('10:00:00'))),
  line('10:00:40', 'onu', onuMessage('ONU_LastGaspAlert', at('10:00:30'))),
  line(
    '10:05:00',
    'call-center',
    troubleCall('T1', at('10:05:00'), { meterNumber: 'M10000003' }, { notes: 'no power' }),
  ),
  line('10:20:00', 'onu', onuMessage('ONU_PowerRestored', at('10:19:50'))),
  line('10:45:05', 'scada', scadaRestoration(at('10:45:00'))),
  line('11:00:00', 'scada', scadaAlarm(at('11:00:00'), { substationId: '4A00000K200', feederId: 'F00K200' })),
];

async function replay(lines: readonly string[], until: string | null = null): Promise<Replay> {
  const database = await createTestDatabase();
  try {
    await importNetwork(database, NETWORK);
    const instant = until === null ? null : new Date(until);
    return await replayEvents(database, await readRecording(lines, instant), instant);
  } finally {
    await database.drop();
  }
}

describe('replaying a recording', () => {
  it('gives the outages with everything that the file format promises', async () => {
    const result = await replay(STORY);
    expect(result).toEqual({
      // An hour and five minutes after the last message nothing is awaited any more.
      asOf: at('12:05:02'),
      events: { received: 8, stored: 7, duplicate: 1, rejected: 0 },
      outages: [
        {
          id: 'FU-K123-2-20261123T095800Z',
          status: 'cancelled',
          device: { id: 'FU-K123-2', kind: 'fuse', equivalent: ['TR-K123-2'] },
          confidence: 0.60271,
          customersOut: 2,
          customersOutInterval: [2, 16],
          customersOutNow: 0,
          meters: ['M10000003', 'M10000004'],
          startedAt: at('09:58:00'),
          detectedAt: at('09:59:02'),
          endedAt: null,
          momentary: false,
          sources: { scada: 0, onu: 0, kaifa: 1, call_center: 0 },
          replacedBy: 'CB-K123-20261123T100000Z',
        },
        {
          id: 'CB-K123-20261123T100000Z',
          status: 'restored',
          device: { id: 'CB-K123', kind: 'breaker', equivalent: [] },
          confidence: 0.99628,
          customersOut: 16,
          customersOutInterval: [16, 16],
          customersOutNow: 0,
          meters: ['M10000003', 'M10000004', 'M10000005', 'M12345678', 'M23456789'],
          startedAt: at('10:00:00'),
          detectedAt: at('10:00:02'),
          endedAt: at('10:45:00'),
          momentary: false,
          sources: { scada: 2, onu: 2, kaifa: 1, call_center: 1 },
          replacedBy: null,
        },
        {
          id: 'CB-K200-20261123T110000Z',
          status: 'detected',
          device: { id: 'CB-K200', kind: 'breaker', equivalent: ['DP-K200-1'] },
          confidence: 0.91836,
          customersOut: 1,
          customersOutInterval: [1, 1],
          customersOutNow: 1,
          meters: ['M10000012'],
          startedAt: at('11:00:00'),
          detectedAt: at('11:00:00'),
          endedAt: null,
          momentary: false,
          sources: { scada: 1, onu: 0, kaifa: 0, call_center: 0 },
          replacedBy: null,
        },
      ],
    });
  });

  it('gives the same bytes whatever order the lines of the file are in', async () => {
    const expected = JSON.stringify(await replay(STORY));
    expect(JSON.stringify(await replay([...STORY].reverse()))).toBe(expected);
  });

  it('stops at the instant it is told to, as if nothing had come later', async () => {
    const result = await replay(STORY, at('10:30:00'));
    expect(result.asOf).toBe(at('10:30:00'));
    expect(result.events.received).toBe(6);
    expect(result.outages).toMatchObject([
      { status: 'cancelled', replacedBy: 'CB-K123-20261123T100000Z' },
      { status: 'partially_restored', customersOutNow: 14, endedAt: null },
    ]);
  });

  it('counts what cannot be read, and each event of an envelope', async () => {
    const envelope = kaifaEnvelope('m1', [
      { mrid: 'e1', asset: 'asset-10000003', type: '3.26.0.85', at: at('10:00:00') },
      { mrid: 'e2', asset: 'asset-10000004', type: '3.26.0.85', at: at('10:00:00') },
    ]);
    const lines = [
      line('10:00:00', 'kaifa', envelope),
      line('10:00:01', 'kaifa', '<no soap'),
      line('10:00:02', 'scada', { eventType: 'breaker_trip' }),
      'not even JSON',
      '',
    ];
    expect((await replay(lines)).events).toEqual({ received: 5, stored: 2, duplicate: 0, rejected: 3 });
  });

  it('of nothing is nothing', async () => {
    expect(await replay([])).toEqual({
      asOf: null,
      events: { received: 0, stored: 0, duplicate: 0, rejected: 0 },
      outages: [],
    });
  });

  it('of more events than one step takes has the same canonical state as in any other order of receipt', async () => {
    const assets = ['asset-10000003', 'asset-10000004', 'asset-10000005'];
    const many = Array.from({ length: 1_500 }, (_, i) => {
      const time = new Date(Date.UTC(2026, 10, 23, 9, 0, i * 3)).toISOString();
      const kind = i % 50 === 0 ? scadaAlarm(time) : i % 50 === 25 ? scadaRestoration(time) : null;
      const body =
        kind ??
        kaifaEnvelope(`m${i}`, [
          {
            mrid: `e${i}`,
            asset: assets[i % 3] as string,
            type: i % 2 === 0 ? '3.26.0.85' : '3.26.0.216',
            at: time,
          },
        ]);
      return { source: kind === null ? 'kaifa' : 'scada', body };
    });
    const received = (order: (i: number) => number) =>
      many.map((message, i) =>
        JSON.stringify({
          receivedAt: new Date(Date.UTC(2026, 10, 23, 12, 0, order(i))).toISOString(),
          ...message,
        }),
      );
    const inOrder = await replay(received((i) => i));
    const shuffled = await replay(received((i) => (i * 677) % 1_500));
    expect(inOrder.events).toEqual({ received: 1_500, stored: 1_500, duplicate: 0, rejected: 0 });
    expect(inOrder.outages.filter((outage) => outage.replacedBy === null)).toHaveLength(30);
    expect(canonicalState(shuffled.outages, [])).toBe(canonicalState(inOrder.outages, []));
  });
});

describe('lastgasp replay', () => {
  async function run(args: readonly string[]) {
    const child = spawn(process.execPath, [LAUNCHER, 'replay', ...args], {
      env: { ...process.env, DATABASE_URL: inject('adminUrl') },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const text = async (stream: AsyncIterable<unknown>) => {
      const chunks: string[] = [];
      for await (const chunk of stream) chunks.push(String(chunk));
      return chunks.join('');
    };
    const [results, notes, [exitCode]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'exit') as Promise<[number | null]>,
    ]);
    return { results, notes, exitCode };
  }

  async function withFile<T>(lines: readonly string[], use: (file: string) => Promise<T>): Promise<T> {
    const folder = await mkdtemp(join(tmpdir(), 'lastgasp-replay-'));
    try {
      const file = join(folder, 'events.ndjson');
      await writeFile(file, lines.map((text) => `${text}\n`).join(''));
      return await use(file);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  it('prints the same bytes at every run', async () => {
    await withFile(STORY, async (file) => {
      const first = await run([file, '--network', NETWORK, '--json']);
      expect(first).toMatchObject({ exitCode: 0 });
      expect(JSON.parse(first.results).outages).toHaveLength(3);
      expect((await run([file, '--network', NETWORK, '--json'])).results).toBe(first.results);
    });
  });

  it('prints a table without --json, and ends with 3 where messages were left out', async () => {
    await withFile([...STORY, '{"receivedAt": "yesterday"}'], async (file) => {
      const { results, notes, exitCode } = await run([file, '--network', NETWORK]);
      expect(exitCode).toBe(3);
      expect(notes).toContain('line 9 left out');
      expect(results.split('\n')[2]).toBe(
        'CB-K123-20261123T100000Z\trestored\tbreaker CB-K123\t16\t0\t0.99628\t2026-11-23T10:00:00Z\t2026-11-23T10:45:00Z\t',
      );
    });
  });

  it('refuses an instant that is none, a file and a network that are not there', async () => {
    await withFile(STORY, async (file) => {
      expect(await run([file, '--network', NETWORK, '--until', 'noon'])).toMatchObject({ exitCode: 2 });
      expect(await run([`${file}.gone`, '--network', NETWORK])).toMatchObject({ exitCode: 1 });
      expect(await run([file, '--network', '/nowhere'])).toMatchObject({ exitCode: 1 });
    });
  });
});
