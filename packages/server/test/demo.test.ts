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
  folder = await mkdtemp(join(tmpdir(), 'lastgasp-demo-'));
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

describe('lastgasp demo', () => {
  test('imports its network once, plays a storm through the gateways, tells outages, and stops cleanly', async () => {
    const first = await runDemo([], (line) => /detected: breaker CB-F00K123/.test(line));
    expect(first.code).toBe(0);
    expect(first.lines.join('\n')).toMatch(/Imported the demo network: 5000 meters/);
    expect(first.lines.join('\n')).toMatch(/Lastgasp runs at http:\/\/127\.0\.0\.1:\d+/);
    expect(first.lines.join('\n')).toMatch(
      /detected: breaker CB-F00K123, Sahab 1, \d+ customers, \d+ % sure from SCADA 1/,
    );
    expect(await count('oms_meters')).toBe(5_000);

    const again = await runDemo([], (line) => /restored: breaker CB-F00K123/.test(line));
    expect(again.code).toBe(0);
    expect(again.lines.join('\n')).not.toMatch(/Imported/);
    expect(await count('oms_meters')).toBe(5_000);
  });

  test('--no-demo starts empty', async () => {
    const { code, lines } = await runDemo(['--no-demo'], async (line) => {
      const url = /Lastgasp runs at (\S+)/.exec(line)?.[1];
      if (url === undefined) return false;
      return (await fetch(`${url}/health/live`)).ok;
    });
    expect(code).toBe(0);
    expect(lines.join('\n')).not.toMatch(/Imported/);
    expect(await count('network_substations')).toBe(0);
  });

  test('plays no storm over a network that is not its own', async () => {
    await runDemo(['--no-demo'], (line) => line.startsWith('Lastgasp runs at'));
    await database.pool.query(`insert into network_substations (substation_id, name) values ('S1', 'North')`);
    const { code, lines } = await runDemo([], (line) => line.startsWith('Lastgasp runs at'));
    expect(code).toBe(0);
    expect(lines.join('\n')).toMatch(/another network than the demo, so no storm is played/);
    expect(await count('scada_events')).toBe(0);
  });
});
