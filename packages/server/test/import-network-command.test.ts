import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ImportReport } from '../src/operations/import-network.ts';
import { createTestDatabase, type TestDatabase } from './test-database.ts';

const ROOT = join(import.meta.dirname, '../../..');
const LAUNCHER = join(ROOT, 'packages/server/bin/lastgasp.mjs');
const run = promisify(execFile);

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Calls `lastgasp import network` from the clone's root on the test's database. */
async function importNetworkCommand(...args: string[]): Promise<Outcome> {
  const env = { PATH: process.env.PATH, DATABASE_URL: database.url };
  try {
    const { stdout, stderr } = await run(process.execPath, [LAUNCHER, 'import', 'network', ...args], {
      cwd: ROOT,
      env,
    });
    return { code: 0, stdout, stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as Outcome;
    return { code, stdout, stderr };
  }
}

test('good data ends with 0, the report on standard output and the progress on standard error', async () => {
  const { code, stdout, stderr } = await importNetworkCommand('fixtures/networks/small-district');
  expect(code).toBe(0);
  expect(stdout).toMatch(/meters\.csv: 12 rows/);
  expect(stdout).toMatch(/notice: 1 meters linked to the nearest distribution point \(fallback\)/);
  expect(stdout).toMatch(/meters: 12 added, 0 changed, 0 unchanged/);
  expect(stderr).toMatch(/reading meters\.csv: 12 rows/);
});

test('rows that are left out end with 3, and a dry run with nothing changed', async () => {
  const { code, stdout } = await importNetworkCommand('fixtures/networks/with-errors', '--dry-run');
  expect(code).toBe(3);
  expect(stdout).toMatch(/5 rows were left out/);
  expect(stdout).toMatch(/dry run: nothing was changed/);
  const { rows } = await database.pool.query(
    `select count(*)::int as found from oms_meters where meter_number = 'M1'`,
  );
  expect(rows).toEqual([{ found: 0 }]);
});

test('the JSON report is the same for the same data', async () => {
  const first = await importNetworkCommand('fixtures/networks/without-devices', '--json', '--dry-run');
  const second = await importNetworkCommand('fixtures/networks/without-devices', '--json', '--dry-run');
  expect(first.code).toBe(0);
  expect(second.stdout).toBe(first.stdout);
  const report = JSON.parse(first.stdout) as ImportReport;
  expect(report).toMatchObject({
    name: 'without-devices',
    isDryRun: true,
    quality: { rowsLeftOut: 0, links: { explicit: 3, building: 0, proximity: 0, none: 0 } },
    changes: { meters: { added: 3, changed: 0, unchanged: 0 } },
  });
});

test('what cannot be imported ends with 1 and says why', async () => {
  expect(await importNetworkCommand('no/such/folder')).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(
      /no\/such\/folder is no folder; a network bundle is a folder with substations\.csv/,
    ),
  });
  expect(await importNetworkCommand('network.xml')).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/CIM RDF\/XML cannot be imported yet/),
  });
});

test('a call without a folder ends with 2', async () => {
  expect((await importNetworkCommand()).code).toBe(2);
});
