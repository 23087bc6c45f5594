import { chmod, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { startEmbeddedPostgres } from '../src/embedded/index.ts';

/** The server that database tests run on. */
export interface TestServer {
  readonly adminUrl: string;
  readonly stop: () => Promise<void>;
}

const FOLDER_PREFIX = 'lastgasp-test-';

/** The server at `url`, which is left running, or where that is null an embedded one that is gone afterwards. */
export async function startTestServer(url: string | null): Promise<TestServer> {
  if (url !== null) return { adminUrl: url, stop: async () => undefined };
  await removeFoldersLeftBehind();
  const dataFolder = await makeDataFolder();
  const server = await startEmbeddedPostgres({ dataFolder, log: () => undefined });
  await leaveLogUnfilled(server.url);
  return {
    adminUrl: server.url,
    stop: async () => {
      await server.release();
      await removeDataFolder(dataFolder);
    },
  };
}

/** New files of the write-ahead log are not filled with zeros first: a third of what copying the template takes. */
async function leaveLogUnfilled(adminUrl: string): Promise<void> {
  const client = new Client({ connectionString: adminUrl });
  await client.connect();
  try {
    await client.query('alter system set wal_init_zero = off');
    await client.query('select pg_reload_conf()');
  } finally {
    await client.end();
  }
}

/** A new temporary folder that every account can pass, named for this process. */
export async function makeDataFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), `${FOLDER_PREFIX}${process.pid}-`));
  await chmod(folder, 0o755);
  return folder;
}

/** Removes a data folder whose server has ended, with the cluster where that lies elsewhere. */
export async function removeDataFolder(dataFolder: string): Promise<void> {
  const record = await readFile(join(dataFolder, 'postgres-elsewhere.json'), 'utf8').catch(() => null);
  if (record !== null) {
    const { folder } = JSON.parse(record) as { folder: string };
    await rm(folder, { recursive: true, force: true });
  }
  await rm(dataFolder, { recursive: true, force: true });
}

/** What test runs that were killed have left: their servers are joined and, being nobody else's, stopped. */
async function removeFoldersLeftBehind(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const pid = Number(new RegExp(`^${FOLDER_PREFIX}(\\d+)-`).exec(name)?.[1]);
    if (Number.isNaN(pid) || isAlive(pid)) continue;
    const dataFolder = join(tmpdir(), name);
    try {
      const isMade = (await readdir(dataFolder)).some((entry) => /^postgres(-elsewhere.json)?$/.test(entry));
      if (isMade) await (await startEmbeddedPostgres({ dataFolder, log: () => undefined })).release();
      await removeDataFolder(dataFolder);
    } catch {
      // Another account's, or another run is removing it.
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
