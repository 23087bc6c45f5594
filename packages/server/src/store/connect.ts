import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool } from 'pg';
import type { Config } from '../config.ts';
import { startEmbeddedPostgres } from '../embedded/index.ts';
import { createPool, type PoolOptions } from './pool.ts';

/** An open database: its address, a pool of connections, and the way to let go of it. */
export interface Database {
  /** Address of the database, password included: never print it. */
  readonly url: string;
  readonly pool: Pool;
  /**
   * Ends the pool once its connections are handed back, or after `waitMs` (5,000 unless told) without those that
   * are not, and the embedded server where this was its last user. Calling twice does no harm.
   */
  readonly close: (options?: { readonly waitMs?: number }) => Promise<void>;
}

const CLOSE_WAIT_MS = 5_000;

export interface OpenDatabaseOptions extends PoolOptions {
  /** Told what takes long or happens only once, a line each. */
  readonly log?: (text: string) => void;
}

/** The oldest version whose SQL is used, and the oldest one tested. */
export const OLDEST_POSTGRES_MAJOR = 15;

/**
 * Opens the database of `DATABASE_URL`, else the embedded one of the data folder, starting its server. Throws
 * where the server cannot be reached or is older than PostgreSQL 15; the schema is not looked at.
 */
export async function openDatabase(
  config: Pick<Config, 'databaseUrl' | 'dataFolder'>,
  options: OpenDatabaseOptions,
): Promise<Database> {
  if (config.databaseUrl !== null) return connectTo(config.databaseUrl, options, async () => undefined);
  const server = await startEmbeddedPostgres({
    dataFolder: config.dataFolder,
    log: options.log ?? (() => undefined),
  });
  try {
    return await connectTo(server.url, options, server.release);
  } catch (error) {
    await server.release();
    throw error;
  }
}

async function connectTo(url: string, options: PoolOptions, release: () => Promise<void>): Promise<Database> {
  const pool = createPool(url, options);
  try {
    await checkVersion(pool);
  } catch (error) {
    await pool.end();
    throw error;
  }
  let closing: Promise<void> | null = null;
  const close = async (waitMs: number) => {
    const giveUp = new AbortController();
    const wait = sleep(waitMs, undefined, { signal: giveUp.signal }).catch(() => undefined);
    await Promise.race([pool.end(), wait]);
    giveUp.abort();
    await release();
  };
  return {
    url,
    pool,
    close: (options) => {
      closing ??= close(options?.waitMs ?? CLOSE_WAIT_MS);
      return closing;
    },
  };
}

async function checkVersion(pool: Pool): Promise<void> {
  let version: number;
  try {
    const { rows } = await pool.query<{ version: number }>(
      `select current_setting('server_version_num')::integer as version`,
    );
    version = rows[0]?.version ?? 0;
  } catch (cause) {
    const reason =
      cause instanceof Error ? cause.message || String((cause as NodeJS.ErrnoException).code) : String(cause);
    throw new Error(`The database cannot be reached: ${reason}`, { cause });
  }
  const major = Math.floor(version / 10_000);
  if (major < OLDEST_POSTGRES_MAJOR) {
    throw new Error(
      `The database runs PostgreSQL ${major}; lastgasp needs ${OLDEST_POSTGRES_MAJOR} or newer.`,
    );
  }
}
