import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { migrateDatabase } from '../src/store/migrate.ts';
import { openThrowawayDatabase } from '../src/store/throwaway-database.ts';
import { createTestDatabase, type TestDatabase } from './test-database.ts';

test('a throw-away database has the current schema, no rows, and is gone once closed', async () => {
  const configured = await createTestDatabase({ empty: true });
  try {
    const throwaway = await open(configured.url);
    expect(await migrateDatabase(throwaway.url, { dryRun: true })).toEqual({ applied: [], pending: [] });
    expect((await throwaway.pool.query('select from oms_meters')).rowCount).toBe(0);
    const name = new URL(throwaway.url).pathname.slice(1);
    expect(await exists(configured, name)).toBe(true);

    await throwaway.close();
    await throwaway.close();
    expect(await exists(configured, name)).toBe(false);
    expect((await configured.pool.query(`select from pg_tables where schemaname = 'public'`)).rowCount).toBe(
      0,
    );
  } finally {
    await configured.drop();
  }
});

test('a throw-away database that a killed command left behind is dropped by the next, one in use is not', async () => {
  const configured = await createTestDatabase({ empty: true });
  try {
    const inUse = await open(configured.url);
    const abandoned = await open(configured.url);
    const [nameInUse, nameAbandoned] = [inUse, abandoned].map(({ url }) => new URL(url).pathname.slice(1));
    // What the death of its process does: the session that says "in use" ends.
    await configured.pool.query(
      `select pg_terminate_backend(l.pid, 5000)
         from pg_locks l
        where l.locktype = 'advisory' and l.objid = hashtext($1)::bigint::bit(32)::bigint::oid`,
      [nameAbandoned],
    );
    while ((await locks(configured)) > 1) await sleep(10);

    const next = await open(configured.url);
    expect(await exists(configured, nameAbandoned!)).toBe(false);
    expect(await exists(configured, nameInUse!)).toBe(true);
    expect((await inUse.pool.query('select from oms_meters')).rowCount).toBe(0);
    await Promise.allSettled([inUse, abandoned, next].map((database) => database.close()));
  } finally {
    await configured.drop();
  }
});

function open(url: string) {
  return openThrowawayDatabase(
    { databaseUrl: url, dataFolder: '/nonexistent' },
    { applicationName: 'lastgasp test' },
  );
}

async function exists(configured: TestDatabase, name: string) {
  return (await configured.pool.query('select from pg_database where datname = $1', [name])).rowCount === 1;
}

async function locks(configured: TestDatabase): Promise<number> {
  const { rowCount } = await configured.pool.query(
    `select from pg_locks
      where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())`,
  );
  return rowCount ?? 0;
}
