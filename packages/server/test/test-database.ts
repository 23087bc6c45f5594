import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, type Pool } from 'pg';
import { inject } from 'vitest';
import { createPool } from '../src/store/pool.ts';

/** A database of one test file's own. */
export interface TestDatabase {
  readonly url: string;
  readonly pool: Pool;
  /** Ends the pool and removes the database, whoever else is still connected. */
  readonly drop: () => Promise<void>;
}

export interface TestDatabaseOptions {
  /** Begin without any table, for tests of the migrations themselves. */
  readonly empty?: boolean;
  /** Most connections of the pool; 4 unless told. */
  readonly max?: number;
}

/** A new database with the current schema and no rows; made from the template, so within some 50 ms. */
export async function createTestDatabase(options: TestDatabaseOptions = {}): Promise<TestDatabase> {
  const adminUrl = inject('adminUrl');
  const name = `lastgasp_test_${randomBytes(6).toString('hex')}`;
  const template = options.empty === true ? 'template0' : inject('templateDatabase');
  await administrate(adminUrl, `create database ${name} template ${template}`);
  const address = new URL(adminUrl);
  address.pathname = `/${name}`;
  const pool = createPool(address.href, { applicationName: 'lastgasp test', max: options.max ?? 4 });
  return {
    url: address.href,
    pool,
    drop: async () => {
      // A connection that a failed test still holds must not hide the failure behind a timeout.
      await Promise.race([pool.end(), sleep(2_000, undefined, { ref: false })]);
      await administrate(adminUrl, `drop database ${name} with (force)`);
    },
  };
}

async function administrate(adminUrl: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: adminUrl });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
