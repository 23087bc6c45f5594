import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import type { Config } from '../config.ts';
import { type Database, type OpenDatabaseOptions, openDatabase } from './connect.ts';
import { migrateDatabase } from './migrate.ts';
import { createPool } from './pool.ts';

/** A database of its own with the current schema and no rows; `close()` drops it. */
export type ThrowawayDatabase = Database;

const NAME_PREFIX = 'lastgasp_throwaway_';

/** First half of the advisory lock that says a throw-away database is in use; the second is from its name. */
const IN_USE_LOCK = 1_818_714_983;

/**
 * Makes a database beside the configured one and migrates it; the configured one is not touched. Those that
 * killed commands left behind are dropped on the way. Throws where the role may not create databases.
 */
export async function openThrowawayDatabase(
  config: Pick<Config, 'databaseUrl' | 'dataFolder'>,
  options: OpenDatabaseOptions,
): Promise<ThrowawayDatabase> {
  const server = await openDatabase(config, { ...options, max: 1 });
  const keeper = new Client({ connectionString: server.url, application_name: options.applicationName });
  keeper.on('error', () => undefined);
  try {
    await keeper.connect();
    await dropAbandoned(keeper);
    const name = NAME_PREFIX + randomBytes(6).toString('hex');
    // Held until the connection ends, however the process dies: by that others know the database is in use.
    await keeper.query('select pg_advisory_lock($1, hashtext($2))', [IN_USE_LOCK, name]);
    await createDatabase(keeper, name);
    const url = withDatabase(server.url, name);
    await migrateDatabase(url);
    const pool = createPool(url, options);
    let closing: Promise<void> | null = null;
    const close = async () => {
      // Connections that were not handed back do not keep it: it is going away.
      void pool.end();
      try {
        await keeper.query(`drop database if exists ${name} with (force)`);
      } finally {
        await keeper.end().catch(() => undefined);
        await server.close();
      }
    };
    return {
      url,
      pool,
      close: () => {
        closing ??= close();
        return closing;
      },
    };
  } catch (error) {
    await keeper.end().catch(() => undefined);
    await server.close();
    throw error;
  }
}

async function createDatabase(keeper: Client, name: string): Promise<void> {
  try {
    await keeper.query(`create database ${name} encoding 'UTF8' template template0`);
  } catch (cause) {
    throw new Error(`A throw-away database could not be created: ${(cause as Error).message}`, { cause });
  }
}

async function dropAbandoned(keeper: Client): Promise<void> {
  const { rows } = await keeper.query<{ name: string }>(
    `select datname as name from pg_database where starts_with(datname, $1)`,
    [NAME_PREFIX],
  );
  for (const { name } of rows) {
    const { rows: locks } = await keeper.query<{ free: boolean }>(
      'select pg_try_advisory_lock($1, hashtext($2)) as free',
      [IN_USE_LOCK, name],
    );
    if (locks[0]?.free !== true) continue;
    // Another role's database stays.
    await keeper.query(`drop database if exists ${name} with (force)`).catch(() => undefined);
    await keeper.query('select pg_advisory_unlock($1, hashtext($2))', [IN_USE_LOCK, name]);
  }
}

/** The address of another database on the same server; a socket's address may have an empty host. */
function withDatabase(url: string, name: string): string {
  const hasEmptyHost = url.includes('@/');
  const address = new URL(hasEmptyHost ? url.replace('@/', '@localhost/') : url);
  address.pathname = `/${name}`;
  return hasEmptyHost ? address.href.replace('@localhost/', '@/') : address.href;
}
