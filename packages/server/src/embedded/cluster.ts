import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, chown, mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { prepareBinaries } from './binaries.ts';
import { serverProcessOptions } from './server-process.ts';
import type { ServerUser } from './server-user.ts';

const execute = promisify(execFile);

/** The role that owns everything in an embedded server. */
export const EMBEDDED_ROLE = 'lastgasp';

/** A draft of this age belongs to a command that was killed; making a cluster takes about a second. */
const ABANDONED_AFTER_MINUTES = 10;

/**
 * Makes a home with an empty cluster at `folder`: UTF-8, sorted by code point alike on every system, checksums
 * on, every connection by password. It is made beside and renamed, so a killed command leaves no half cluster
 * and of two commands at once one wins; the other's work is dropped without a word.
 */
export async function createCluster(folder: string, user: ServerUser | null): Promise<void> {
  await removeAbandonedDrafts(folder);
  const draft = `${folder}.new-${randomBytes(4).toString('hex')}`;
  const cluster = join(draft, 'cluster');
  const passwordForInitdb = join(draft, 'initdb-password');
  const password = randomBytes(24).toString('hex');
  try {
    await mkdir(draft);
    if (process.platform !== 'win32') await chmod(draft, 0o755);
    for (const own of [cluster, join(draft, 'socket')]) {
      await mkdir(own, { mode: 0o700 });
      await giveTo(user, own);
    }
    await writeFile(join(draft, 'password'), `${password}\n`, { mode: 0o600 });
    await writeFile(passwordForInitdb, `${password}\n`, { mode: 0o600 });
    await giveTo(user, passwordForInitdb);
    await runInitdb(cluster, passwordForInitdb, user, dirname(folder));
    await rm(passwordForInitdb);
    await rename(draft, folder);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    const isThere = await stat(join(folder, 'cluster')).catch(() => null);
    if (isThere === null) throw error;
  }
}

async function runInitdb(cluster: string, passwordFile: string, user: ServerUser | null, copyFolder: string) {
  const { initdb } = await prepareBinaries(user, copyFolder);
  // The libc locale is the plainest one, since C.UTF-8 is not everywhere; the builtin provider gives the same
  // order and knows upper and lower case of every script.
  const options = [
    ['--pgdata', cluster],
    ['--username', EMBEDDED_ROLE],
    ['--pwfile', passwordFile],
    ['--auth', 'scram-sha-256'],
    ['--encoding', 'UTF8'],
    ['--locale', 'C'],
    ['--locale-provider', 'builtin'],
    ['--builtin-locale', 'C.UTF-8'],
  ].flat();
  try {
    await execute(initdb, [...options, '--no-instructions'], serverProcessOptions(user));
  } catch (cause) {
    const told = (cause as { stderr?: string }).stderr?.trim() || (cause as Error).message;
    throw new Error(`PostgreSQL could not create a database in ${cluster}: ${told}`, { cause });
  }
}

async function giveTo(user: ServerUser | null, path: string): Promise<void> {
  if (user !== null) await chown(path, user.uid, user.gid);
}

async function removeAbandonedDrafts(folder: string): Promise<void> {
  const parent = dirname(folder);
  for (const name of await readdir(parent)) {
    if (!name.startsWith(`${basename(folder)}.new-`)) continue;
    const draft = join(parent, name);
    const ageMinutes = (Date.now() - (await stat(draft)).mtimeMs) / 60_000;
    if (ageMinutes > ABANDONED_AFTER_MINUTES) await rm(draft, { recursive: true, force: true });
  }
}
