import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readEvidenceLag } from '../src/store/queries/correlate/read-evidence-lag.ts';
import { receive, tellOutages } from './correlation-story.ts';
import { scadaAlarm, scadaRestoration } from './messages.ts';
import { seedSmallNetwork } from './small-network.ts';
import { createTestDatabase, type TestDatabase } from './test-database.ts';

const LEASE_MS = 1_000;
const source = (path: string) => JSON.stringify(join(import.meta.dirname, '../src', path));

/** A process that only correlates; it says what it does in lines. */
const PROGRAM = `
  import { Correlator } from ${source('correlate/correlator.ts')};
  import { createPool } from ${source('store/pool.ts')};
  const tell = (_, message) => console.log(message);
  const pool = createPool(process.env.DATABASE_URL, { applicationName: 'lastgasp test', max: 3 });
  const log = { info: tell, warn: tell };
  new Correlator({ pool }, { log, pollMs: 50, leaseMs: ${LEASE_MS} }).start();
`;

let database: TestDatabase;
const children: ChildProcess[] = [];
beforeEach(async () => {
  database = await createTestDatabase();
  await seedSmallNetwork(database.pool);
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await database.drop();
});

function startCorrelator(): ChildProcess {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', PROGRAM], {
    env: { ...process.env, DATABASE_URL: database.url },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  children.push(child);
  return child;
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 20_000; !(await isSo()); await sleep(30))
    if (Date.now() > end) throw new Error('it did not happen within 20 s');
}

async function leaseOf(): Promise<{ holder: string; epoch: number }> {
  const { rows } = await database.pool.query('select holder, epoch::int from oms_leases');
  return rows[0] ?? { holder: '', epoch: 0 };
}

const isBy = async (child: ChildProcess) => (await leaseOf()).holder.includes(`:${child.pid}:`);
const isCorrelated = async () => (await readEvidenceLag(database.pool)).rows === 0;

it('a correlator that was frozen and wakes finds another in its place, and writes nothing', async () => {
  const now = Date.now();
  const time = (seconds: number) => new Date(now + seconds * 1000).toISOString();
  const first = startCorrelator();
  await until(() => isBy(first));
  await receive(database.pool, [{ provider: 'scada', body: scadaAlarm(time(-60)), receivedAt: time(-60) }]);
  await until(isCorrelated);

  first.kill('SIGSTOP');
  const second = startCorrelator();
  await until(() => isBy(second));
  const { epoch } = await leaseOf();
  await receive(database.pool, [{ provider: 'scada', body: scadaRestoration(time(0)), receivedAt: time(0) }]);
  await until(isCorrelated);
  const told = await tellOutages(database.pool);

  first.kill('SIGCONT');
  // Long enough for it to look several times, and for its lease to have been renewed were it still its own.
  await sleep(2 * LEASE_MS);
  expect([await isBy(second), (await leaseOf()).epoch]).toEqual([true, epoch]);
  expect(await tellOutages(database.pool)).toEqual(told);
  const { rows } = await database.pool.query(
    'select count(*)::int as outages, count(distinct event_id)::int as ids from oms_outage_events',
  );
  expect(rows).toEqual([{ outages: 1, ids: 1 }]);

  // The woken one is of use again when the other is gone.
  second.kill('SIGKILL');
  await until(() => isBy(first));
});
