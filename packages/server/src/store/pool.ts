import { setTimeout as sleep } from 'node:timers/promises';
import { DatabaseError, Pool, type PoolClient, type PoolConfig } from 'pg';

/** How a pool of connections differs from the default. */
export interface PoolOptions {
  /** What `pg_stat_activity` and the server's log call these sessions. */
  readonly applicationName: string;
  /** Most connections; 4 unless told. */
  readonly max?: number;
  /** A statement is cut off after this time, 60,000 unless told; 0 means never (imports, migrations). */
  readonly statementTimeoutMs?: number;
  /** Told when the server ends an idle connection; the pool replaces it by itself. */
  readonly onIdleError?: (error: Error) => void;
}

const DEFAULT_STATEMENT_TIMEOUT_MS = 60_000;

/** The client gives up a little later than the server would: only a server that hangs lets it come to that. */
const CLIENT_GRACE_MS = 5_000;

/** Longest wait for a connection, be it a new one or a busy one. */
const CONNECT_TIMEOUT_MS = 15_000;

/** A session that stops in the middle of a transaction, as a paused process does, loses its locks after this. */
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 60_000;

// jit compiles each plan anew, which costs more than the short statements here take. The check lets the server
// notice a client that was killed while its statement runs, instead of holding its locks until the end; a
// server on a system without that check refuses the setting, and does without.
const SESSION_SETTINGS = `
  set timezone = 'UTC';
  set jit = off;
  do $$ begin
    set client_connection_check_interval = '1s';
  exception when others then null;
  end $$`;

/** A pool on `url` whose sessions are in UTC, are named, and neither wait nor hang for ever. */
export function createPool(url: string, options: PoolOptions): Pool {
  const statementTimeoutMs = options.statementTimeoutMs ?? DEFAULT_STATEMENT_TIMEOUT_MS;
  const config: PoolConfig = {
    connectionString: url,
    application_name: options.applicationName,
    max: options.max ?? 4,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_TIMEOUT_MS,
    keepAlive: true,
    ...(statementTimeoutMs === 0
      ? {}
      : { statement_timeout: statementTimeoutMs, query_timeout: statementTimeoutMs + CLIENT_GRACE_MS }),
    onConnect: async (client) => {
      await client.query(SESSION_SETTINGS);
    },
  };
  const pool = new Pool(config);
  // Without a listener an idle connection that the server ends would end the process.
  pool.on('error', (error) => options.onIdleError?.(error));
  return pool;
}

/** Gives `use` a connection of its own and takes it back; a connection that broke is not used again. */
export async function withClient<T>(pool: Pool, use: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  // A connection that breaks between two statements tells it only here; the next statement then fails.
  const ignore = () => undefined;
  client.on('error', ignore);
  let failure: unknown;
  try {
    return await use(client);
  } catch (error) {
    failure = error;
    throw error;
  } finally {
    client.off('error', ignore);
    client.release(failure !== undefined && !(failure instanceof DatabaseError && isSessionIntact(failure)));
  }
}

/** How often a transaction is tried before its error is the caller's. */
const TRANSACTION_ATTEMPTS = 5;

/**
 * Runs `work` in one transaction and commits it. A whole transaction that the server gave up for the sake of
 * another one is run again, up to five times in all, so `work` must do nothing but queries on its client.
 */
export async function withTransaction<T>(pool: Pool, work: (client: PoolClient) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await withClient(pool, (client) => runTransaction(client, work));
    } catch (error) {
      if (attempt === TRANSACTION_ATTEMPTS || !isRetryable(error)) throw error;
      await sleep(attempt * attempt * 10 * (0.5 + Math.random()));
    }
  }
}

async function runTransaction<T>(client: PoolClient, work: (client: PoolClient) => Promise<T>): Promise<T> {
  await client.query('begin');
  try {
    const result = await work(client);
    await client.query('commit');
    return result;
  } catch (error) {
    // A connection that is gone has rolled back already.
    await client.query('rollback').catch(() => undefined);
    throw error;
  }
}

/** SQLSTATEs after which the same transaction may succeed: the server chose it as the one to give way. */
const RETRYABLE_SQLSTATES: ReadonlySet<string> = new Set([
  '40001', // serialization_failure
  '40P01', // deadlock_detected
]);

/** Whether the server asks to run the whole transaction again. */
export function isRetryable(error: unknown): boolean {
  return error instanceof DatabaseError && error.code !== undefined && RETRYABLE_SQLSTATES.has(error.code);
}

/** Class 57P is the server's end and 08 a broken line; after any other error the session goes on. */
function isSessionIntact(error: DatabaseError): boolean {
  return error.severity === 'ERROR' && !/^(57P|08)/.test(error.code ?? '');
}
