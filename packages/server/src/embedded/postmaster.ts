import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { lchownSync, readFileSync, renameSync, unlinkSync, writeFileSync } from 'node:fs';
import { open, readFile, rename, stat, statfs } from 'node:fs/promises';
import { totalmem } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { type Binaries, prepareBinaries } from './binaries.ts';
import { hasCode } from './error-code.ts';
import type { Home } from './home.ts';
import { type ServerAddress, socketPath } from './server-address.ts';
import { serverProcessOptions } from './server-process.ts';

const execute = promisify(execFile);

/** What a running server says of itself in `postmaster.pid`; it is written line by line while it starts. */
export interface Postmaster {
  readonly pid: number;
  /** Whether it takes connections; after a crash it replays its log first, which may take minutes. */
  readonly isReady: boolean;
  /** Where to connect; null until the server listens. */
  readonly address: ServerAddress | null;
}

/** The server that runs on the cluster, or null. A file that a killed server left behind counts as none. */
export async function findPostmaster(home: Home): Promise<Postmaster | null> {
  let text: string;
  try {
    text = await readFile(join(home.cluster, 'postmaster.pid'), 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return null;
    throw error;
  }
  const [pidLine = '', , , portLine = '', socketFolder = '', listenAddress = '', , status = ''] =
    text.split('\n');
  const pid = Number(pidLine);
  if (!(await isPostmaster(pid, home.cluster))) return null;
  return {
    pid,
    isReady: status.trim() === 'ready',
    address: readAddress(Number(portLine), socketFolder, listenAddress),
  };
}

function readAddress(port: number, socketFolder: string, listenAddress: string): ServerAddress | null {
  if (socketFolder !== '') return { kind: 'socket', folder: socketFolder, port };
  return listenAddress === '' ? null : { kind: 'loopback', port };
}

/**
 * Whether `pid` is alive and a server on `cluster`. After a restart of the machine or container the number in
 * a file left behind may be another process's; the command line tells, which every account may read.
 */
async function isPostmaster(pid: number, cluster: string): Promise<boolean> {
  if (!Number.isInteger(pid) || pid <= 1) return false;
  try {
    if (process.platform === 'linux') {
      return (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0').includes(cluster);
    }
    if (process.platform === 'win32') return process.kill(pid, 0);
    return (await execute('ps', ['-o', 'command=', '-p', String(pid)])).stdout.includes(cluster);
  } catch {
    return false;
  }
}

/** A server that is being started. */
export interface ServerStart {
  /** Null while it runs; -1 when it could not even be run. */
  readonly exitCode: number | null;
  /** Where in the log this start begins, in bytes. */
  readonly logOffset: number;
}

/**
 * Starts a server on the cluster and does not wait. On Unix it is the leader of its own session, so that Ctrl+C
 * in a terminal reaches the commands and not the database.
 */
export async function startPostmaster(
  home: Home,
  binaries: Binaries,
  address: ServerAddress,
): Promise<ServerStart> {
  await disownStaleLock(home, join(home.cluster, 'postmaster.pid'));
  if (address.kind === 'socket') await disownStaleLock(home, `${socketPath(address)}.lock`);
  await rotateLog(home.logFile);
  const settings = [...serverSettings(address), ...(await sharedMemorySettings())].flatMap((setting) => [
    '-c',
    setting,
  ]);
  const log = await open(home.logFile, 'a', 0o600);
  try {
    const start = { exitCode: null as number | null, logOffset: (await log.stat()).size };
    const child =
      process.platform === 'win32'
        ? // pg_ctl drops an administrator's rights, with which the server refuses to run.
          spawn(binaries.pgCtl, ['start', '--wait', '--log', home.logFile, '--options', settings.join(' ')], {
            ...serverProcessOptions(home.user, { PGDATA: home.cluster }),
            stdio: 'ignore',
            windowsHide: true,
          })
        : spawn(binaries.postgres, ['-D', home.cluster, ...settings], {
            ...serverProcessOptions(home.user),
            detached: true,
            stdio: ['ignore', log.fd, log.fd],
          });
    child.unref();
    child.once('error', () => {
      start.exitCode = -1;
    });
    child.once('exit', (code) => {
      start.exitCode = code ?? -1;
    });
    return start;
  } finally {
    await log.close();
  }
}

/** Asks the server to end at once, committed work kept, and waits until it has; sessions are cut off. */
export async function stopPostmaster(home: Home, pid: number, timeoutSeconds: number): Promise<void> {
  if (process.platform === 'win32') {
    const { pgCtl } = await prepareBinaries(home.user, home.programsFolder);
    await execute(
      pgCtl,
      ['stop', '--wait', '--mode', 'fast', '--timeout', String(timeoutSeconds)],
      serverProcessOptions(home.user, { PGDATA: home.cluster }),
    );
    return;
  }
  // pg_ctl does the same, but looks only ten times a second whether the server has gone.
  process.kill(pid, 'SIGINT');
  const deadline = Date.now() + timeoutSeconds * 1000;
  while ((await findPostmaster(home))?.pid === pid) {
    if (Date.now() > deadline) {
      throw new Error(`PostgreSQL (process ${pid}) is still shutting down after ${timeoutSeconds} seconds`);
    }
    await sleep(10);
  }
}

/** What the server has logged since `offset`, its end where that is long. */
export async function readLog(home: Home, offset: number): Promise<string> {
  try {
    const text = (await readFile(home.logFile)).subarray(offset).toString('utf8');
    return text.trimEnd().split('\n').slice(-12).join('\n');
  } catch {
    return '(no log)';
  }
}

function serverSettings(address: ServerAddress): string[] {
  const network =
    address.kind === 'socket'
      ? [
          'listen_addresses=',
          `unix_socket_directories=${address.folder}`,
          'unix_socket_permissions=0700',
          // Frees what a killed client held; only systems with a socket's end-of-file event know it.
          ...(process.platform === 'linux' || process.platform === 'darwin'
            ? ['client_connection_check_interval=1s']
            : []),
        ]
      : ['listen_addresses=127.0.0.1'];
  return [
    ...network,
    `port=${address.port}`,
    'fsync=on',
    'jit=off',
    'max_connections=100',
    `shared_buffers=${sharedBuffersMegabytes()}MB`,
    // Few connections, each with batches to sort: room for those in memory.
    'work_mem=16MB',
    // Full-page images after a checkpoint make meter updates five times as expensive (850 against 154 bytes).
    'max_wal_size=4GB',
    'checkpoint_timeout=15min',
    'timezone=UTC',
    'log_timezone=UTC',
    'cluster_name=lastgasp',
  ];
}

/**
 * A sixteenth of the machine's memory, from 128 MB to 2 GB: a million meters with their indexes are some 800 MB, and what
 * does not fit is copied from the system's cache at each look-up. Memory that is never needed is never taken.
 */
function sharedBuffersMegabytes(): number {
  // Inside a container its limit counts; where there is none, that number is beyond the machine's memory.
  const memoryBytes = Math.min(process.constrainedMemory() || Number.POSITIVE_INFINITY, totalmem());
  return Math.min(2048, Math.max(128, Math.floor(memoryBytes / 16 / 1024 / 1024)));
}

/** Containers often have 64 MB of shared memory, in which parallel queries fail; a file takes its place there. */
const LEAST_SHARED_MEMORY_BYTES = 256 * 1024 * 1024;

async function sharedMemorySettings(): Promise<string[]> {
  if (process.platform !== 'linux') return [];
  const { bavail, bsize } = await statfs('/dev/shm').catch(() => ({ bavail: 0, bsize: 0 }));
  return bavail * bsize < LEAST_SHARED_MEMORY_BYTES ? ['dynamic_shared_memory_type=mmap'] : [];
}

/**
 * PostgreSQL sees through a lock file whose process is dead, but refuses to start while any process of its
 * account has that number, as can be after a restart of the machine. A process that is not our server cannot
 * hold the lock: the number becomes ours, which a server started by us knows to be stale. The rest of the file
 * stays, since with it PostgreSQL finds sessions that outlive a killed server and waits for their end.
 */
async function disownStaleLock(home: Home, file: string): Promise<void> {
  const text = readIfThere(file);
  if (text === null) return;
  const [pidLine = '', ...rest] = text.split('\n');
  const pid = Number(pidLine);
  if (!isAlive(pid) || (await isPostmaster(pid, home.cluster))) return;
  const draft = `${file}.${randomBytes(4).toString('hex')}`;
  writeFileSync(draft, [process.pid, ...rest].join('\n'), { flag: 'wx', mode: 0o600 });
  if (home.user !== null) lchownSync(draft, home.user.uid, home.user.gid);
  // Compared again, for a server that has started since.
  if (readIfThere(file) === text) renameSync(draft, file);
  else unlinkSync(draft);
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

function readIfThere(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return null;
    throw error;
  }
}

async function rotateLog(file: string): Promise<void> {
  try {
    if ((await stat(file)).size > 10_000_000) await rename(file, `${file}.1`);
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error;
  }
}
