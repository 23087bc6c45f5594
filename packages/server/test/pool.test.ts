import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createPool, isRetryable, withClient, withTransaction } from '../src/store/pool.ts';
import { createTestDatabase, type TestDatabase } from './test-database.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase({ empty: true });
  await database.pool.query('create table counters (id integer primary key, value integer not null)');
});
beforeEach(async () => {
  await database.pool.query('truncate counters');
  await database.pool.query('insert into counters values (1, 0), (2, 0)');
});
afterAll(() => database.drop());

describe('a transaction', () => {
  test('is committed as a whole, or leaves nothing when its work throws', async () => {
    await withTransaction(database.pool, (client) =>
      client.query('update counters set value = 1 where id = 1'),
    );
    const failing = withTransaction(database.pool, async (client) => {
      await client.query('update counters set value = 99');
      throw new Error('changed my mind');
    });
    await expect(failing).rejects.toThrow('changed my mind');
    expect(await values()).toEqual([1, 0]);
  });

  test('that the server gives up because of a deadlock is run again, so both succeed', async () => {
    const bothHoldOne = barrier(2);
    let runs = 0;
    const addInOrder = (first: number, second: number) =>
      withTransaction(database.pool, async (client) => {
        runs += 1;
        await client.query('update counters set value = value + 1 where id = $1', [first]);
        await bothHoldOne();
        await client.query('update counters set value = value + 1 where id = $1', [second]);
      });
    await Promise.all([addInOrder(1, 2), addInOrder(2, 1)]);
    expect(await values()).toEqual([2, 2]);
    expect(runs).toBe(3);
  });

  test('that the server refuses for another reason is not run again', async () => {
    let runs = 0;
    const failing = withTransaction(database.pool, async (client) => {
      runs += 1;
      await client.query('insert into counters values (1, 1)');
    });
    await expect(failing).rejects.toMatchObject({ code: '23505' });
    expect(runs).toBe(1);
  });

  test('that never gets through tells the server’s reason after five runs', async () => {
    let runs = 0;
    const failing = withTransaction(database.pool, async (client) => {
      runs += 1;
      await client.query(`do $$ begin raise exception 'in the way' using errcode = '40001'; end $$`);
    });
    await expect(failing).rejects.toSatisfy(isRetryable);
    expect(runs).toBe(5);
  });
});

describe('a pool', () => {
  test('gives sessions in UTC, by name, that notice a killed client', async () => {
    const pool = createPool(database.url, { applicationName: 'lastgasp named' });
    const { rows } = await pool.query(
      `select current_setting('timezone') as zone, current_setting('application_name') as name,
              current_setting('jit') as jit, current_setting('client_connection_check_interval') as check,
              current_setting('statement_timeout') as timeout`,
    );
    await pool.end();
    expect(rows).toEqual([{ zone: 'UTC', name: 'lastgasp named', jit: 'off', check: '1s', timeout: '1min' }]);
  });

  test('outlives the end of an idle connection by the server, and tells it', async () => {
    const told: Error[] = [];
    const pool = createPool(database.url, {
      applicationName: 'lastgasp idle',
      onIdleError: (error) => told.push(error),
    });
    await pool.query('select 1');
    await terminate('lastgasp idle');
    while (told.length === 0) await sleep(10);
    expect((await pool.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
    await pool.end();
  });

  test('throws a broken connection away instead of handing it out again', async () => {
    const pool = createPool(database.url, { applicationName: 'lastgasp broken', max: 1 });
    const broken = withClient(pool, async (client) => {
      await client.query('select 1');
      await terminate('lastgasp broken');
      await client.query('select 2');
    });
    await expect(broken).rejects.toThrow();
    expect((await pool.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
    await pool.end();
  });

  test('cuts a statement off that runs longer than allowed', async () => {
    const pool = createPool(database.url, { applicationName: 'lastgasp slow', statementTimeoutMs: 50 });
    await expect(pool.query('select pg_sleep(600)')).rejects.toMatchObject({ code: '57014' });
    await pool.end();
  });
});

async function values(): Promise<number[]> {
  const { rows } = await database.pool.query<{ value: number }>('select value from counters order by id');
  return rows.map(({ value }) => value);
}

async function terminate(applicationName: string): Promise<void> {
  await database.pool.query(
    `select pg_terminate_backend(pid, 5000) from pg_stat_activity
      where datname = current_database() and application_name = $1`,
    [applicationName],
  );
}

/** Resolves for everybody once `count` have come; who comes later passes at once. */
function barrier(count: number): () => Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let missing = count;
  return () => {
    missing -= 1;
    if (missing === 0) resolve();
    return promise;
  };
}
