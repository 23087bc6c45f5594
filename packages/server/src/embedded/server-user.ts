import { execFile } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { promisify } from 'node:util';
import { serverProcessOptions } from './server-process.ts';

const execute = promisify(execFile);

/** The account that PostgreSQL runs as where that is not our own. */
export interface ServerUser {
  readonly uid: number;
  readonly gid: number;
}

/** In this order: the account that packages of PostgreSQL make, else the one that every Unix has. */
const ACCOUNT_NAMES = ['postgres', 'nobody'] as const;

/**
 * Who runs a new server: null means the caller. PostgreSQL refuses root and an account without an entry in the
 * list of users, so root lends it the account `postgres`, else `nobody`.
 */
export async function findServerUser(): Promise<ServerUser | null> {
  if (process.getuid?.() !== 0) return null;
  const reasons: string[] = [];
  for (const name of ACCOUNT_NAMES) {
    try {
      const user = { uid: await idOf('-u', name), gid: await idOf('-g', name) };
      if (user.uid === 0) throw new Error('it is root');
      await execute('/bin/sh', ['-c', ':'], serverProcessOptions(user));
      return user;
    } catch (error) {
      reasons.push(`${name}: ${error instanceof Error ? error.message.trim() : String(error)}`);
    }
  }
  throw new Error(
    'PostgreSQL does not run as root, and no other account can be used here ' +
      `(${reasons.join('; ')}). Run lastgasp as an ordinary user, or set DATABASE_URL.`,
  );
}

/** Who runs the server of a cluster that exists: for root the cluster's owner, else the caller (null). */
export async function ownerOfCluster(cluster: string): Promise<ServerUser | null> {
  if (process.getuid?.() !== 0) return null;
  const { uid, gid } = await stat(cluster);
  return { uid, gid };
}

/** Whether `user` (null: the caller) can reach `folder` through all the folders above it, by trying. */
export async function canEnter(user: ServerUser | null, folder: string): Promise<boolean> {
  if (user === null) return true;
  try {
    await execute('/bin/sh', ['-c', 'cd -- "$1"', 'sh', folder], serverProcessOptions(user));
    return true;
  } catch {
    return false;
  }
}

async function idOf(flag: '-u' | '-g', name: string): Promise<number> {
  const { stdout } = await execute('id', [flag, name]);
  return Number(stdout);
}
