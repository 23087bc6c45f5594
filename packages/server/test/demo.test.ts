import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from './test-database.ts';

const LAUNCHER = join(import.meta.dirname, '../bin/lastgasp.mjs');

let database: TestDatabase;
let folder: string;
beforeEach(async () => {
  database = await createTestDatabase({ empty: true });
  folder = await mkdtemp(join(tmpdir(), 'lastgasp-'));
});
afterEach(async () => {
  await database.drop();
  await rm(folder, { recursive: true, force: true });
});

interface Ended {
  readonly code: number | null;
  readonly lines: readonly string[];
}

/** Runs `lastgasp demo` on the test's database, stops it by Ctrl+C once `isEnough` says so, and waits for its end. */
async function runDemo(
  args: readonly string[],
  isEnough: (line: string) => boolean | Promise<boolean>,
): Promise<Ended> {
  const child = spawn(process.execPath, [LAUNCHER, 'demo', ...args], {
    env: { PATH: process.env.PATH, DATABASE_URL: database.url, LASTGASP_DATA: folder, PORT: '0' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<number | null>((resolve) => child.on('exit', resolve));
  const lines: string[] = [];
  const take = async (line: string): Promise<void> => {
    lines.push(line);
    if (await isEnough(line)) child.kill('SIGINT');
  };
  createInterface(child.stdout).on('line', (line) => void take(line));
  createInterface(child.stderr).on('line', (line) => void take(line));
  return { code: await ended, lines };
}

async function count(table: string): Promise<number> {
  const { rows } = await database.pool.query<{ count: number }>(
    `select count(*)::int as count from ${table}`,
  );
  return rows[0]?.count ?? 0;
}

const UNTIL_IT_RUNS = (line: string): boolean => line.startsWith('Lastgasp runs at');

/** Until the first outage is told, and then until terminals speak for it as well: SCADA alone may be doubted for a second. */
const UNTIL_IT_IS_SURE = async (line: string): Promise<boolean> => {
  if (!/detected: breaker CB-F00K123/.test(line)) return false;
  const reports = `oms_event_sources s join oms_outage_events o on o.id = s.outage_event_id
    join network_devices d on d.id = o.device_id and d.device_id = 'CB-F00K123' where oms_is_open(o.status)`;
  await expect.poll(() => count(reports), { timeout: 60_000 }).toBeGreaterThan(10);
  return true;
};

describe('lastgasp demo', () => {
  test('imports its network once, plays a storm through the gateways, tells outages, and stops cleanly', async () => {
    const { code, lines } = await runDemo([], (line) => /detected: breaker CB-F00K123/.test(line));
    expect(code).toBe(0);
    const told = lines.join('\n');
    expect(told).toMatch(/Imported the demo network: 5,000 meters/);
    expect(told).toMatch(/Lastgasp runs at http:\/\/127\.0\.0\.1:\d+/);
    expect(told).toMatch(
      /outage 1 detected: breaker CB-F00K123, Sahab 1; \d+ customers; \d+ % sure \((SCADA|fibre terminals) /,
    );
    expect(await count('oms_meters')).toBe(5_000);
  });

  test('started again it ends what its own storm left, leaves what others reported, and tells nothing twice', async () => {
    await runDemo([], UNTIL_IT_IS_SURE);
    await database.pool.query('select insert_scada_event_with_meter_check($1)', [
      {
        eventType: 'MV_AlarmLossOfVoltage',
        substationId: '4A00000K123',
        feederId: 'F00K126',
        mainStationId: '1',
        alarmType: 'De-energized',
        timestamp: new Date().toISOString(),
        voltage: 0,
      },
    ]);

    const { code, lines } = await runDemo([], (line) => /outage 1 restored: breaker CB-F00K123/.test(line));
    expect(code).toBe(0);
    const told = lines.join('\n');
    expect(told).not.toMatch(/Imported/);
    expect(told).not.toMatch(/outage 1 detected/);
    expect(told).toMatch(/^[\d:]{8} {2}[2-9] open outages · .* · [1-9][\d,]* events? stored/m);
    const { rows } = await database.pool.query(
      `select f.feeder_id, o.status from oms_outage_events o join network_feeders f on f.id = o.feeder_id
       where f.feeder_id = 'F00K126'`,
    );
    // Silence may make the engine doubt an alarm that nobody else confirms; the storm must not end it.
    expect(rows).toEqual([{ feeder_id: 'F00K126', status: expect.stringMatching(/detected|cancelled/) }]);
    expect(await count(`scada_events where feeder_id = 'F00K126' and source = 'demo'`)).toBe(0);
    expect(await count('oms_meters')).toBe(5_000);
  });

  test('plays one storm, however often it is started on the same data', async () => {
    let second: Ended | null = null;
    const first = await runDemo([], async (line) => {
      if (second !== null || !/detected: breaker CB-F00K123/.test(line)) return false;
      second = { code: null, lines: [] };
      second = await runDemo([], (other) => /^[\d:]{8} {2}\d+ open outage/.test(other));
      return true;
    });
    expect([first.code, (second as Ended | null)?.code]).toEqual([0, 0]);
    const told = (second as Ended | null)?.lines.join('\n');
    expect(told).toMatch(
      /^Another lastgasp plays the storm on this database since .*; this one shows it\.$/m,
    );
    expect(first.lines.join('\n')).not.toMatch(/Another lastgasp/);
    const { rows } = await database.pool.query(
      `select count(distinct split_part(event_id, '-', 3))::int as storms from onu_events`,
    );
    expect(rows).toEqual([{ storms: 1 }]);
  });

  test('--no-demo starts empty, and says how to import a network and send a first message', async () => {
    const { code, lines } = await runDemo(['--no-demo'], async (line) => {
      const url = /Lastgasp runs at (\S+)/.exec(line)?.[1];
      if (url === undefined) return false;
      return (await fetch(`${url}/health/live`)).ok;
    });
    expect(code).toBe(0);
    const told = lines.join('\n');
    expect(told).toMatch(/npx lastgasp import network <folder>/);
    expect(lines.filter((line) => line.includes('curl http://127.0.0.1:'))).toHaveLength(1);
    expect(told).not.toMatch(/demo|storm/i);
    expect(await count('network_substations')).toBe(0);
  });

  test('plays no storm over a network that is not its own', async () => {
    await runDemo(['--no-demo'], UNTIL_IT_RUNS);
    await database.pool.query(`insert into network_substations (substation_id, name) values ('S1', 'North')`);
    const { code, lines } = await runDemo([], UNTIL_IT_RUNS);
    expect(code).toBe(0);
    expect(lines.join('\n')).toMatch(/another network than the demo, so no storm is played/);
    expect(await count('scada_events')).toBe(0);
  });
});
