import { randomBytes } from 'node:crypto';
import { chown, lstat, mkdir, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EMBEDDED_ROLE } from './cluster.ts';
import { hasCode } from './error-code.ts';
import type { Home } from './home.ts';
import type { ServerUser } from './server-user.ts';

/** Where a server listens: a socket's folder, or on Windows a port of 127.0.0.1. Never a network. */
export type ServerAddress =
  | { readonly kind: 'socket'; readonly folder: string; readonly port: number }
  | { readonly kind: 'loopback'; readonly port: number };

/** The number is only part of the socket's name: the folder makes it our own. */
const SOCKET_PORT = 5432;

/** A socket's path may have 107 bytes on Linux and 103 on macOS. */
const LONGEST_SOCKET_PATH = 100;

/** PostgreSQL reads the setting as a list, in which other characters would need quotes. */
const PLAIN_PATH = /^[A-Za-z0-9/_.+@-]+$/;

/**
 * An address for a server about to start. `previous`, where one has just ended, is taken again, since pools
 * hold it. The socket stands in the home, or in a short new folder where the home's path is too long.
 */
export async function chooseAddress(home: Home, previous: ServerAddress | null): Promise<ServerAddress> {
  if (process.platform === 'win32')
    return { kind: 'loopback', port: previous?.port ?? (await findFreePort()) };
  const candidates = [
    ...(previous?.kind === 'socket' ? [previous.folder] : []),
    home.socketFolder,
    ...[tmpdir(), '/tmp'].map((parent) => join(parent, `lastgasp-${randomBytes(6).toString('hex')}`)),
  ];
  for (const folder of candidates) {
    const address: ServerAddress = { kind: 'socket', folder, port: SOCKET_PORT };
    const isPlain = PLAIN_PATH.test(folder) && Buffer.byteLength(socketPath(address)) <= LONGEST_SOCKET_PATH;
    if (isPlain && (await holdSocketFolder(folder, home.user))) return address;
  }
  throw new Error(`No folder for PostgreSQL's socket can be used; tried ${candidates.join(', ')}`);
}

/** Removes a socket's folder made outside the home, after its server has ended. */
export async function removeAddress(home: Home, address: ServerAddress): Promise<void> {
  if (address.kind !== 'socket' || address.folder === home.socketFolder) return;
  await rm(address.folder, { recursive: true, force: true });
}

/** The address as a connection string, password included. */
export function addressUrl(home: Home, address: ServerAddress, database: string): string {
  const host = address.kind === 'socket' ? encodeURIComponent(address.folder) : '127.0.0.1';
  return `postgres://${EMBEDDED_ROLE}:${home.password}@${host}:${address.port}/${database}`;
}

/** The file of the socket that a server makes at `address`. */
export function socketPath(address: Extract<ServerAddress, { kind: 'socket' }>): string {
  return join(address.folder, `.s.PGSQL.${address.port}`);
}

/** Makes the folder for the server's account alone; false where someone else has it. */
async function holdSocketFolder(folder: string, user: ServerUser | null): Promise<boolean> {
  try {
    await mkdir(folder, { mode: 0o700 });
    if (user !== null) await chown(folder, user.uid, user.gid);
    return true;
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) return false;
  }
  const { uid, mode } = await lstat(folder);
  return uid === (user?.uid ?? process.getuid?.()) && (mode & 0o170077) === 0o040000;
}

/** A port that was free a moment ago. */
async function findFreePort(): Promise<number> {
  const probe = createServer();
  return new Promise((resolve, reject) => {
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => {
        if (typeof address === 'object' && address !== null) resolve(address.port);
        else reject(new Error('the system gave no port'));
      });
    });
  });
}
