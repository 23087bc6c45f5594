import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { createTestDatabase, type TestDatabase, type TestDatabaseOptions } from './test-database.ts';

const LAUNCHER = join(import.meta.dirname, '../bin/lastgasp.mjs');

/** Where a demo runs: a database and a folder of its own. */
interface Place {
  readonly database: TestDatabase;
  readonly folder: string;
}

async function makePlace(options: TestDatabaseOptions = {}): Promise<Place> {
  const [database, folder] = await Promise.all([
    createTestDatabase(options),
    mkdtemp(join(tmpdir(), 'lastgasp-')),
  ]);
  return { database, folder };
}

async function removePlace({ database, folder }: Place): Promise<void> {
  await database.drop();
  await rm(folder, { recursive: true, force: true });
}

async function temporaryPlace(): Promise<Place> {
  const place = await makePlace();
  onTestFinished(() => removePlace(place));
  return place;
}

interface Ended {
  readonly code: number | null;
  readonly lines: readonly string[];
}

/** What a test that failed has left running must not play its storm on. */
const running = new Set<ChildProcess>();
afterEach(() => {
  for (const child of running) child.kill('SIGKILL');
});

/** Runs `lastgasp demo` at a place, stops it by Ctrl+C once `isEnough` says so, and waits for its end. */
async function runDemo(
  { database, folder }: Place,
  args: readonly string[],
  isEnough: (line: string) => boolean | Promise<boolean>,
): Promise<Ended> {
  const child = spawn(process.execPath, [LAUNCHER, 'demo', ...args], {
    env: { PATH: process.env.PATH, DATABASE_URL: database.url, LASTGASP_DATA: folder, PORT: '0' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  const ended = once(child, 'close').finally(() => running.delete(child)) as Promise<[number | null]>;
  const lines: string[] = [];
  const take = async (line: string): Promise<void> => {
    lines.push(line);
    if (await isEnough(line)) child.kill('SIGINT');
  };
  const failed = new Promise<never>((_, reject) => {
    for (const stream of [child.stdout, child.stderr])
      createInterface(stream).on('line', (line) => void take(line).catch(reject));
  });
  const [code] = await Promise.race([ended, failed]);
  return { code, lines };
}

async function count({ database }: Place, table: string): Promise<number> {
  const { rows } = await database.pool.query<{ count: number }>(
    `select count(*)::int as count from ${table}`,
  );
  return rows[0]?.count ?? 0;
}

/** Until the first outage is told, and then until terminals speak for it as well: SCADA alone may be doubted for a second. */
const untilItIsSure =
  (place: Place) =>
  async (line: string): Promise<boolean> => {
    if (!/detected: breaker CB-F00K123/.test(line)) return false;
    const reports = `oms_event_sources s join oms_outage_events o on o.id = s.outage_event_id
      join network_devices d on d.id = o.device_id and d.device_id = 'CB-F00K123' where oms_is_open(o.status)`;
    while ((await count(place, reports)) <= 10) await sleep(100);
    return true;
  };

describe('lastgasp demo on an empty database', () => {
  let place: Place;
  let first: Ended;
  beforeAll(async () => {
    place = await makePlace({ empty: true });
    first = await runDemo(place, [], untilItIsSure(place));
  }, 120_000);
  afterAll(async () => {
    for (const child of running) child.kill('SIGKILL');
    await removePlace(place);
  });

  test('imports its network once, plays a storm through the gateways, tells outages, and stops cleanly', async () => {
    expect(first.code).toBe(0);
    const told = first.lines.join('\n');
    expect(told).toMatch(/Imported the demo network: 5,000 meters/);
    expect(told).toMatch(/Lastgasp runs at http:\/\/127\.0\.0\.1:\d+/);
    expect(told).toMatch(
      /outage 1 detected: breaker CB-F00K123, Sahab 1; \d+ customers; \d+ % sure \((SCADA|fibre terminals) /,
    );
    expect(await count(place, 'oms_meters')).toBe(5_000);
  });

  test('started again it ends what its own storm left, leaves what others reported, and tells nothing twice', async () => {
    const { pool } = place.database;
    await pool.query('select insert_scada_event_with_meter_check($1)', [
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

    const { code, lines } = await runDemo(place, [], (line) =>
      /outage 1 restored: breaker CB-F00K123/.test(line),
    );
    expect(code).toBe(0);
    const told = lines.join('\n');
    expect(told).not.toMatch(/Imported/);
    expect(told).not.toMatch(/outage 1 detected/);
    expect(told).toMatch(/^[\d:]{8} {2}[2-9] open outages · .* · [1-9][\d,]* events? stored/m);
    const { rows } = await pool.query(
      `select f.feeder_id, o.status from oms_outage_events o join network_feeders f on f.id = o.feeder_id
       where f.feeder_id = 'F00K126'`,
    );
    // Silence may make the engine doubt an alarm that nobody else confirms; the storm must not end it.
    expect(rows).toEqual([{ feeder_id: 'F00K126', status: expect.stringMatching(/detected|cancelled/) }]);
    expect(await count(place, `scada_events where feeder_id = 'F00K126' and source = 'demo'`)).toBe(0);
    expect(await count(place, 'oms_meters')).toBe(5_000);
  });
});

describe('lastgasp demo', () => {
  test('plays one storm, however often it is started on the same data', async () => {
    const place = await temporaryPlace();
    const another = /^Another lastgasp plays the storm on this database since .*; this one shows it\.$/m;
    const second: string[] = [];
    let secondEnded: Promise<Ended> | null = null;
    const first = await runDemo(place, [], async (line) => {
      if (secondEnded !== null || !/detected: breaker CB-F00K123/.test(line)) return false;
      secondEnded = runDemo(place, [], (other) => {
        second.push(other);
        // The two come by different streams, in either order.
        return (
          second.some((one) => another.test(one)) &&
          second.some((one) => /^[\d:]{8} {2}\d+ open outage/.test(one))
        );
      });
      await secondEnded;
      return true;
    });
    expect([first.code, (await (secondEnded as Promise<Ended> | null))?.code]).toEqual([0, 0]);
    expect(first.lines.join('\n')).not.toMatch(/Another lastgasp/);
    const { rows } = await place.database.pool.query(
      `select count(distinct split_part(event_id, '-', 3))::int as storms from onu_events`,
    );
    expect(rows).toEqual([{ storms: 1 }]);
  });

  test('--no-demo starts empty, and says how to import a network and send a first message', async () => {
    const place = await temporaryPlace();
    const { code, lines } = await runDemo(place, ['--no-demo'], async (line) => {
      const url = /Lastgasp runs at (\S+)/.exec(line)?.[1];
      if (url === undefined) return false;
      return (await fetch(`${url}/health/live`)).ok;
    });
    expect(code).toBe(0);
    const told = lines.join('\n');
    expect(told).toMatch(/npx lastgasp import network <folder>/);
    expect(lines.filter((line) => line.includes('curl http://127.0.0.1:'))).toHaveLength(1);
    expect(told).not.toMatch(/demo|storm/i);
    expect(await count(place, 'network_substations')).toBe(0);
  });

  test('plays no storm over a network that is not its own', async () => {
    const place = await temporaryPlace();
    await place.database.pool.query(
      `insert into network_substations (substation_id, name) values ('S1', 'North')`,
    );
    const { code, lines } = await runDemo(place, [], (line) => line.startsWith('Lastgasp runs at'));
    expect(code).toBe(0);
    expect(lines.join('\n')).toMatch(/another network than the demo, so no storm is played/);
    expect(await count(place, 'scada_events')).toBe(0);
  });
});
