import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { type Binaries, prepareBinaries } from './binaries.ts';
import type { Home } from './home.ts';
import { findPostmaster, readLog, type ServerStart, startPostmaster, stopPostmaster } from './postmaster.ts';
import { addressUrl, chooseAddress, removeAddress, type ServerAddress } from './server-address.ts';

/** The advisory lock of database `postgres` that users of the server share: the letters "lgasp" as a number. */
const PRESENCE_LOCK = 465_623_970_672;

/** A server that neither answers nor says that it is starting is given up after this time. */
const SILENCE_SECONDS = 60;

/** How long a server may take to write everything down when it ends; it goes on by itself afterwards. */
const STOP_SECONDS = 60;

/** What is told to the user when a start takes longer than a person expects. */
const SLOW_AFTER_SECONDS = 3;

/**
 * One process's hold on the embedded server.
 *
 * Who uses the server is known to PostgreSQL alone: every user keeps a connection with a shared advisory lock,
 * which ends with the process however it dies. Who leaves asks for the lock alone; who gets it is the last one
 * and stops the server. A command that comes at that moment is cut off with the other sessions, sees no server
 * and starts one. Two starts at once are settled by PostgreSQL's own lock on the cluster: the loser joins.
 *
 * States: *joining* (looking for a server, starting one, connecting) → *present* (lock held) → *joining* again
 * when the connection breaks, since the server crashed or was stopped from outside → *left* (for good).
 */
export class Presence {
  readonly #home: Home;
  readonly #log: (text: string) => void;
  #client: Client;
  #address: ServerAddress;
  #rejoining: Promise<void> | null = null;
  #leaving: Promise<void> | null = null;

  private constructor(home: Home, log: (text: string) => void, joined: Joined) {
    this.#home = home;
    this.#log = log;
    this.#client = joined.client;
    this.#address = joined.address;
    this.#watch();
  }

  /** Joins the server of `home`, starting it where none runs. */
  static async join(home: Home, log: (text: string) => void): Promise<Presence> {
    return new Presence(home, log, await joinServer(home, log, null));
  }

  /** Where the server listens; stays the same when the server has to be started again. */
  get address(): ServerAddress {
    return this.#address;
  }

  /** Leaves, and stops the server if nobody else is there; calling twice does no harm. */
  leave(): Promise<void> {
    this.#leaving ??= this.#leave();
    return this.#leaving;
  }

  async #leave(): Promise<void> {
    await this.#rejoining?.catch(() => undefined);
    try {
      keepsProcessAlive(this.#client, true);
      const { rows } = await this.#client.query<{ alone: boolean }>(
        'select pg_advisory_unlock_shared($1), pg_try_advisory_lock($1) as alone',
        [PRESENCE_LOCK],
      );
      if (rows[0]?.alone !== true) return;
      const postmaster = await findPostmaster(this.#home);
      if (postmaster === null) return;
      await stopPostmaster(this.#home, postmaster.pid, STOP_SECONDS);
      await removeAddress(this.#home, this.#address);
    } catch (error) {
      if (await findPostmaster(this.#home)) this.#log(`Leaving the embedded PostgreSQL: ${messageOf(error)}`);
    } finally {
      await this.#client.end().catch(() => undefined);
    }
  }

  #watch(): void {
    const client = this.#client;
    // The command's own work keeps the process alive, not the fact that it uses a server.
    keepsProcessAlive(client, false);
    client.once('end', () => {
      if (this.#leaving === null) this.#rejoining = this.#rejoin();
    });
  }

  async #rejoin(): Promise<void> {
    while (this.#leaving === null) {
      try {
        const joined = await joinServer(this.#home, this.#log, this.#address);
        this.#client = joined.client;
        this.#address = joined.address;
        this.#rejoining = null;
        this.#watch();
        return;
      } catch (error) {
        this.#log(`The embedded PostgreSQL is gone and does not come back: ${messageOf(error)}`);
        await sleep(5_000, undefined, { ref: false });
      }
    }
  }
}

interface Joined {
  readonly client: Client;
  readonly address: ServerAddress;
}

async function joinServer(
  home: Home,
  log: (text: string) => void,
  previous: ServerAddress | null,
): Promise<Joined> {
  const began = Date.now();
  let lastSign = began;
  let isSlowTold = false;
  let binaries: Binaries | null = null;
  let start: ServerStart | null = null;
  let lastError: unknown = null;

  while (Date.now() - lastSign < SILENCE_SECONDS * 1000) {
    const postmaster = await findPostmaster(home);
    if (postmaster === null) {
      if (start === null || start.exitCode !== null) {
        if (start !== null && !isTransient(await readLog(home, start.logOffset))) break;
        if (start !== null) await sleep(100);
        binaries ??= await prepareBinaries(home.user, home.programsFolder);
        const address = await chooseAddress(home, previous);
        start = await startPostmaster(home, binaries, address);
      }
    } else if (!postmaster.isReady) {
      lastSign = Date.now();
    } else if (postmaster.address !== null) {
      const attempt = await connect(home, postmaster.address);
      if ('client' in attempt) return { client: attempt.client, address: postmaster.address };
      lastError = attempt.error;
      if (sqlState(lastError).startsWith('28')) break;
    }
    if (!isSlowTold && Date.now() - began > SLOW_AFTER_SECONDS * 1000) {
      log(`Waiting for the embedded PostgreSQL in ${home.folder} to accept connections`);
      isSlowTold = true;
    }
    await sleep(10);
  }
  const reason = lastError === null ? 'it ended at once' : messageOf(lastError);
  throw new Error(
    `The embedded PostgreSQL in ${home.folder} did not start: ${reason}. Its log:\n${await readLog(home, start?.logOffset ?? 0)}`,
    { cause: lastError },
  );
}

/** Another server was faster, is just ending, or was killed and its sessions have not all seen it yet. */
function isTransient(log: string): boolean {
  return /lock file .* already exists|pre-existing shared memory block/.test(log);
}

async function connect(
  home: Home,
  address: ServerAddress,
): Promise<{ readonly client: Client } | { readonly error: unknown }> {
  const client = new Client({
    connectionString: addressUrl(home, address, 'postgres'),
    application_name: 'lastgasp presence',
    connectionTimeoutMillis: 5_000,
    query_timeout: 10_000,
  });
  // The end of the connection is what counts, and 'end' tells it.
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('select pg_advisory_lock_shared($1)', [PRESENCE_LOCK]);
    return { client };
  } catch (error) {
    await client.end().catch(() => undefined);
    return { error };
  }
}

/** Node's `ref` and `unref` of the connection, which the types of pg leave out. */
function keepsProcessAlive(client: Client, keeps: boolean): void {
  const connection = client as Client & { readonly ref: () => void; readonly unref: () => void };
  if (keeps) connection.ref();
  else connection.unref();
}

function sqlState(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
