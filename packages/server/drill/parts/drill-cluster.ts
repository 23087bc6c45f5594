import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Client, type Pool } from 'pg';
import { type Binaries, prepareBinaries } from '../../src/embedded/binaries.ts';
import { type Home, openHome } from '../../src/embedded/home.ts';
import { findPostmaster, readLog, startPostmaster, stopPostmaster } from '../../src/embedded/postmaster.ts';
import {
  addressUrl,
  chooseAddress,
  removeAddress,
  type ServerAddress,
} from '../../src/embedded/server-address.ts';
import { importNetwork } from '../../src/operations/import-network.ts';
import { migrateDatabase } from '../../src/store/migrate.ts';
import { createPool } from '../../src/store/pool.ts';
import type { SmallDisk } from './small-disk.ts';

const run = promisify(execFile);

const START_WITHIN_MS = 30_000;
const TEMPLATE = 'drill_template';

/** What the drills' own sessions are called, so that they can be told from the server's. */
export const DRIVER_NAME = 'drill driver';

/** A database of one drill's own. */
export interface DrillDatabase {
  readonly name: string;
  readonly url: string;
  readonly pool: Pool;
  readonly drop: () => Promise<void>;
}

/** A PostgreSQL that may be stopped, cut off, frozen: to the server it is one of `DATABASE_URL`, which nobody of it starts. */
export class DrillCluster {
  readonly #home: Home;
  readonly #binaries: Binaries;
  readonly #address: ServerAddress;
  /** The small disk that it is on; null where it is on the machine's own. */
  readonly disk: SmallDisk | null;

  private constructor(home: Home, binaries: Binaries, address: ServerAddress, disk: SmallDisk | null) {
    this.disk = disk;
    this.#home = home;
    this.#binaries = binaries;
    this.#address = address;
  }

  /** A new cluster below `folder`, started, with a template of the current schema and the network of `bundleFolder`. */
  static async create(
    folder: string,
    bundleFolder: string,
    disk: SmallDisk | null = null,
  ): Promise<DrillCluster> {
    const home = await openHome(folder, () => undefined);
    const binaries = await prepareBinaries(home.user, home.programsFolder);
    const cluster = new DrillCluster(home, binaries, await chooseAddress(home, null), disk);
    await cluster.start();
    try {
      await cluster.administrate(`create database ${TEMPLATE} encoding 'UTF8' template template0`);
      await migrateDatabase(cluster.urlOf(TEMPLATE));
      await importNetwork({ url: cluster.urlOf(TEMPLATE) }, bundleFolder);
    } catch (error) {
      await cluster.close();
      throw error;
    }
    return cluster;
  }

  /** Where the cluster's files are. */
  get folder(): string {
    return this.#home.cluster;
  }

  urlOf(database: string): string {
    return addressUrl(this.#home, this.#address, database);
  }

  /** A database with the network and no event, or with nothing at all. */
  async createDatabase(name: string, isEmpty = false): Promise<DrillDatabase> {
    await this.administrate(`create database ${name} template ${isEmpty ? 'template0' : TEMPLATE}`);
    const url = this.urlOf(name);
    const pool = createPool(url, { applicationName: DRIVER_NAME, max: 4 });
    return {
      name,
      url,
      pool,
      drop: async () => {
        await Promise.race([pool.end(), sleep(2_000, undefined, { ref: false })]);
        await this.administrate(`drop database ${name} with (force)`);
      },
    };
  }

  /** Runs one statement in a session of its own, as the superuser. */
  async administrate(statement: string): Promise<readonly Record<string, unknown>[]> {
    const client = new Client({ connectionString: this.urlOf('postgres'), application_name: DRIVER_NAME });
    client.on('error', () => undefined);
    await client.connect();
    try {
      return (await client.query<Record<string, unknown>>(statement)).rows;
    } finally {
      await client.end();
    }
  }

  /** Starts the server, as the host's service manager would; resolves once it takes connections, with what it logged. */
  async start(): Promise<string> {
    const begun = await startPostmaster(this.#home, this.#binaries, this.#address);
    const giveUpAt = performance.now() + START_WITHIN_MS;
    while ((await findPostmaster(this.#home))?.isReady !== true) {
      if (begun.exitCode !== null || performance.now() > giveUpAt) {
        throw new Error(`PostgreSQL did not start: ${await readLog(this.#home, begun.logOffset)}`);
      }
      await sleep(20);
    }
    return (await readFile(this.#home.logFile)).subarray(begun.logOffset).toString('utf8');
  }

  async isRunning(): Promise<boolean> {
    return (await findPostmaster(this.#home)) !== null;
  }

  /** Stops the server in order: sessions are cut off, what is committed is written down. */
  async stop(): Promise<void> {
    await stopPostmaster(this.#home, await this.#pid(), 30);
  }

  /** Kills every process of the server at once, as a power cut does. Gives how many. */
  async cutPower(): Promise<number> {
    const pids = await this.pids();
    for (const pid of pids) kill(pid, 'SIGKILL');
    while ((await findPostmaster(this.#home)) !== null) await sleep(10);
    return pids.length;
  }

  /** Stops every process of the server where it is, or lets all go on. */
  async signal(name: 'SIGSTOP' | 'SIGCONT'): Promise<number> {
    const pids = await this.pids();
    for (const pid of pids) kill(pid, name);
    return pids.length;
  }

  /** The server's processes, the first one first. */
  async pids(): Promise<readonly number[]> {
    const main = await this.#pid();
    const { stdout } = await run('ps', ['-ax', '-o', 'pid=,ppid=']);
    const children = stdout.split('\n').flatMap((line) => {
      const [pid, parent] = line.trim().split(/\s+/).map(Number);
      return pid !== undefined && parent === main ? [pid] : [];
    });
    return [main, ...children];
  }

  /** Ends the server, whatever state it is in. */
  async close(): Promise<void> {
    const postmaster = await findPostmaster(this.#home);
    if (postmaster !== null) {
      await this.signal('SIGCONT');
      await stopPostmaster(this.#home, postmaster.pid, 30);
    }
    await removeAddress(this.#home, this.#address);
  }

  async #pid(): Promise<number> {
    const postmaster = await findPostmaster(this.#home);
    if (postmaster === null) throw new Error('PostgreSQL does not run');
    return postmaster.pid;
  }
}

/** A process that has just ended is no fault. */
function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
