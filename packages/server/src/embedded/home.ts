import { randomBytes } from 'node:crypto';
import { access, link, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createCluster } from './cluster.ts';
import { hasCode } from './error-code.ts';
import { canEnter, findServerUser, ownerOfCluster, type ServerUser } from './server-user.ts';
import { makeFolders, systemFolder } from './system-folder.ts';

/** Where one embedded server lives. Everything about it lies here, so that a moved folder stays whole. */
export interface Home {
  /** Absolute path without links: a server's command line is recognised by it. */
  readonly folder: string;
  readonly cluster: string;
  readonly socketFolder: string;
  readonly logFile: string;
  /** Where a copy of the programs goes that an ordinary user needs. */
  readonly programsFolder: string;
  /** Who runs the server; null means the caller. */
  readonly user: ServerUser | null;
  readonly password: string;
}

const HOME_NAME = 'postgres';

/** Names the home in a data folder whose own parents the server's account cannot pass. */
const RECORD_NAME = 'postgres-elsewhere.json';

/**
 * The home that belongs to `dataFolder`, made with an empty cluster where there is none. It is a folder of
 * `dataFolder`; only where root's server account cannot get there (a parent of mode 0700, which is not ours
 * to open) it is one of `/var/lib/lastgasp`, and a record in `dataFolder` says which.
 */
export async function openHome(dataFolder: string, log: (text: string) => void): Promise<Home> {
  try {
    await makeFolders(dataFolder);
  } catch (cause) {
    throw new Error(
      `The data folder ${dataFolder} cannot be made: ${(cause as Error).message}. LASTGASP_DATA names another.`,
      { cause },
    );
  }
  const root = await realpath(dataFolder);
  const existing = await findHome(root);
  return readHome(existing ?? (await createHome(root, log)));
}

async function findHome(dataFolder: string): Promise<string | null> {
  const inside = join(dataFolder, HOME_NAME);
  if (await exists(inside)) return inside;
  const record = join(dataFolder, RECORD_NAME);
  let text: string;
  try {
    text = await readFile(record, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return null;
    throw error;
  }
  const { folder } = JSON.parse(text) as { folder: string };
  if (await exists(folder)) return folder;
  throw new Error(
    `The database of ${dataFolder} was at ${folder}, which is gone. Delete ${record} to begin with an empty one.`,
  );
}

async function createHome(dataFolder: string, log: (text: string) => void): Promise<string> {
  const user = await findServerUser();
  const isInside = await canEnter(user, dataFolder);
  const parent = isInside || user === null ? dataFolder : await systemFolder('lib', user);
  const folder = join(parent, isInside ? HOME_NAME : randomBytes(6).toString('hex'));
  log(`Creating the embedded PostgreSQL database in ${folder}`);
  await createCluster(folder, user);
  if (isInside) return folder;

  // For whoever finds it there, long after the data folder has been deleted.
  await writeFile(join(folder, 'belongs-to'), `${dataFolder}\n`);
  const record = join(dataFolder, RECORD_NAME);
  const draft = `${record}.${randomBytes(4).toString('hex')}`;
  await writeFile(draft, `${JSON.stringify({ folder })}\n`);
  try {
    await link(draft, record);
    return folder;
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
    // Another command was first: its cluster is the one.
    await rm(folder, { recursive: true, force: true });
    return (await findHome(dataFolder)) ?? folder;
  } finally {
    await rm(draft, { force: true });
  }
}

async function readHome(folder: string): Promise<Home> {
  const cluster = join(folder, 'cluster');
  const user = await ownerOfCluster(cluster);
  if (!(await canEnter(user, dirname(cluster)))) {
    throw new Error(
      `Account ${user?.uid}, which owns the database in ${cluster}, can no longer pass the folders above it.`,
    );
  }
  return {
    folder,
    cluster,
    socketFolder: join(folder, 'socket'),
    logFile: join(folder, 'server.log'),
    programsFolder: dirname(folder),
    user,
    password: (await readFile(join(folder, 'password'), 'utf8')).trim(),
  };
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return false;
    throw error;
  }
}
