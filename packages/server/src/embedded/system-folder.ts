import { chmod, lstat, mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { canEnter, type ServerUser } from './server-user.ts';

/**
 * Root's folder for what another account must reach and cannot reach below the data folder: `/var/lib/lastgasp`
 * for clusters, `/var/cache/lastgasp` for programs (Filesystem Hierarchy Standard), else `/var/tmp`, which
 * outlives a restart where `/tmp` does not. Every folder on the way is root's and writable by root alone.
 */
export async function systemFolder(kind: 'lib' | 'cache', user: ServerUser): Promise<string> {
  const problems: string[] = [];
  for (const folder of [`/var/${kind}/lastgasp`, `/var/tmp/lastgasp-${kind}`]) {
    try {
      await makeFolders(folder);
      const { uid, mode } = await lstat(folder);
      // In /var/tmp anyone could have made it first.
      if (uid !== 0 || (mode & 0o170022) !== 0o040000) throw new Error('it is not a folder of root alone');
      if (!(await canEnter(user, folder))) throw new Error(`account ${user.uid} cannot enter it`);
      return folder;
    } catch (error) {
      problems.push(`${folder}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  throw new Error(`No folder can be reached by the account that runs PostgreSQL:\n${problems.join('\n')}`);
}

/**
 * Makes `folder` and what is missing above it. The new ones are readable by everybody whatever the umask says,
 * since another account has to pass them; folders that were there are left as they are.
 */
export async function makeFolders(folder: string): Promise<void> {
  const first = await mkdir(folder, { recursive: true });
  if (first === undefined || process.platform === 'win32') return;
  for (let made = folder; made.length >= first.length; made = dirname(made)) await chmod(made, 0o755);
}
