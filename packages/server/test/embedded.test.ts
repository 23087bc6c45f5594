import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, chmod, chown, cp, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { findNativeFolder, prepareBinaries } from '../src/embedded/binaries.ts';
import { startEmbeddedPostgres } from '../src/embedded/index.ts';
import { findServerUser } from '../src/embedded/server-user.ts';
import { startHolder } from './holder.ts';
import { makeDataFolder, removeDataFolder } from './test-server.ts';

const isRoot = process.getuid?.() === 0;

describe('the embedded server of a data folder that is in use', () => {
  let dataFolder: string;

  beforeAll(async () => {
    dataFolder = await makeDataFolder();
    const server = await start(dataFolder);
    await query(server.url, 'create table kept (what text)');
    await server.release();
  });
  afterAll(() => removeDataFolder(dataFolder));

  test('writes through to the disk, in UTC, and sorts UTF-8 by code point', async () => {
    const server = await start(dataFolder);
    const [row] = await query(
      server.url,
      `select current_setting('fsync') as fsync, current_setting('synchronous_commit') as commit,
              current_setting('jit') as jit, current_setting('timezone') as zone,
              current_setting('server_encoding') as encoding,
              (select string_agg(x, '' order by x) from unnest(array['a', 'B', 'ä', 'z']) as x) as sorted,
              upper('ä') as upper`,
    );
    expect(row).toEqual({
      fsync: 'on',
      commit: 'on',
      jit: 'off',
      zone: 'UTC',
      encoding: 'UTF8',
      sorted: 'Bazä',
      upper: 'Ä',
    });
    await server.release();
  });

  test('keeps what was written from one start to the next', async () => {
    const first = await start(dataFolder);
    await query(first.url, `insert into kept values ('before')`);
    await first.release();

    const second = await start(dataFolder);
    expect(await query(second.url, `select what from kept where what = 'before'`)).toHaveLength(1);
    await second.release();
    expect(await postmasterPid(dataFolder)).toBeNull();
  });

  test('goes on for the command that still runs, and stops with the last one', async () => {
    const first = await startHolder(dataFolder);
    const second = await start(dataFolder);
    expect(second.url).toBe(first.url);

    await first.release();
    expect(await query(second.url, 'select 1 as one')).toEqual([{ one: 1 }]);
    await second.release();
    expect(await postmasterPid(dataFolder)).toBeNull();
  });

  test('is not touched by a second release of the same hold', async () => {
    const first = await start(dataFolder);
    const second = await start(dataFolder);
    await first.release();
    await first.release();
    expect(await query(second.url, 'select 1 as one')).toEqual([{ one: 1 }]);
    await second.release();
  });

  test('outlives the kill -9 of its owner, is joined by the next command and stopped by it', async () => {
    const owner = await startHolder(dataFolder);
    const pid = await postmasterPid(dataFolder);
    await owner.kill();

    const next = await start(dataFolder);
    expect(await postmasterPid(dataFolder)).toBe(pid);
    await untilHeldOnce(next.url);
    await next.release();
    expect(await postmasterPid(dataFolder)).toBeNull();
  });

  test('is not taken from one command by the kill -9 of another', async () => {
    const killed = await startHolder(dataFolder);
    const other = await start(dataFolder);
    await killed.kill();
    expect(await query(other.url, 'select 1 as one')).toEqual([{ one: 1 }]);
    await untilHeldOnce(other.url);
    await other.release();
    expect(await postmasterPid(dataFolder)).toBeNull();
  });

  test.each(['SIGKILL', 'SIGINT'] as const)(
    'comes back at the same address, nothing committed lost, when it ends by %s while a command uses it',
    async (signal) => {
      const server = await start(dataFolder);
      await query(server.url, `insert into kept values ('${signal}')`);
      const pid = (await postmasterPid(dataFolder)) ?? Number.NaN;
      process.kill(pid, signal);

      await until(async () => {
        const now = await postmasterPid(dataFolder);
        return now !== null && now !== pid;
      });
      await until(() => answers(server.url));
      expect(await query(server.url, `select what from kept where what = '${signal}'`)).toHaveLength(1);
      await server.release();
      expect(await postmasterPid(dataFolder)).toBeNull();
    },
  );

  test('starts although its old process number now belongs to another process', async () => {
    const before = await start(dataFolder);
    const pidFile = join(await homeOf(dataFolder), 'cluster/postmaster.pid');
    const text = await readFile(pidFile, 'utf8');
    const owner = await stat(pidFile);
    await before.release();

    const sleeper = spawn('sleep', ['60'], isRoot ? { uid: owner.uid, gid: owner.gid } : {});
    await once(sleeper, 'spawn');
    try {
      await writeFile(pidFile, text.replace(/^\d+/, String(sleeper.pid)), { mode: 0o600 });
      await chown(pidFile, owner.uid, owner.gid);
      const after = await start(dataFolder);
      expect(await query(after.url, 'select 1 as one')).toEqual([{ one: 1 }]);
      expect(await postmasterPid(dataFolder)).not.toBe(sleeper.pid);
      await after.release();
    } finally {
      sleeper.kill('SIGKILL');
    }
  });

  test('lets nobody in without the password', async () => {
    const server = await start(dataFolder);
    const url = new URL(server.url);
    url.password = 'guessed';
    await expect(query(url.href, 'select 1')).rejects.toMatchObject({ code: '28P01' });
    await server.release();
  });

  test('is one server, whole, when six commands start and end it at once', async () => {
    const holders = await Promise.all(Array.from({ length: 3 }, () => startHolder(dataFolder)));
    const servers = await Promise.all(Array.from({ length: 3 }, () => start(dataFolder)));
    expect(new Set([...holders, ...servers].map(({ url }) => url)).size).toBe(1);
    await Promise.all([...holders, ...servers].map(({ release }) => release()));
    expect(await postmasterPid(dataFolder)).toBeNull();
  });
});

describe('the first start in a data folder', () => {
  test('by three commands at once makes one database', async () => {
    const dataFolder = await temporaryFolder();
    const [first, ...others] = await Promise.all([1, 2, 3].map(() => start(dataFolder)));
    await query(first!.url, 'create table kept (what text)');
    for (const other of others) expect(await query(other.url, 'select * from kept')).toEqual([]);
    await Promise.all([first, ...others].map((server) => server!.release()));
    expect(await postmasterPid(dataFolder)).toBeNull();
  });

  test('works where the path is too long for a socket and holds spaces and quotes', async () => {
    const dataFolder = join(await temporaryFolder(), `it's "deep" $HOME ${'x'.repeat(100)}`);
    const server = await start(dataFolder);
    expect(await query(server.url, 'select 1 as one')).toEqual([{ one: 1 }]);
    const socketFolder = decodeURIComponent(new URL(server.url).hostname);
    await server.release();
    await expect(access(socketFolder)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('says that a recorded database is gone instead of beginning with an empty one', async () => {
    const dataFolder = await temporaryFolder();
    await writeFile(join(dataFolder, 'postgres-elsewhere.json'), '{"folder":"/nonexistent/lastgasp"}');
    await expect(start(dataFolder)).rejects.toThrow(/was at \/nonexistent\/lastgasp, which is gone/);
  });

  test('tells what PostgreSQL says when the server cannot run', async () => {
    const dataFolder = await temporaryFolder();
    await (await start(dataFolder)).release();
    const settings = join(dataFolder, 'postgres/cluster/postgresql.conf');
    await writeFile(settings, 'shared_preload_libraries = no_such_library\n', { flag: 'a' });
    await expect(start(dataFolder)).rejects.toThrow(/did not start[\s\S]*no_such_library/);
  });

  test.runIf(isRoot)('by root works below a folder of mode 0700, which stays closed', async () => {
    const closed = await temporaryFolder();
    await chmod(closed, 0o700);
    const dataFolder = join(closed, 'data');
    onTestFinished(() => removeDataFolder(dataFolder));

    const first = await start(dataFolder);
    await query(first.url, 'create table kept (what text)');
    await first.release();
    const second = await start(dataFolder);
    expect(await query(second.url, 'select * from kept')).toEqual([]);
    await second.release();

    expect((await stat(closed)).mode & 0o777).toBe(0o700);
    expect(await homeOf(dataFolder)).not.toContain(closed);
  });

  test.runIf(isRoot)(
    'by two of root’s commands at once below a closed folder makes one database',
    async () => {
      const closed = await temporaryFolder();
      await chmod(closed, 0o700);
      onTestFinished(() => removeDataFolder(closed));
      const [first, second] = await Promise.all([start(closed), start(closed)]);
      expect(first.url).toBe(second.url);
      await Promise.all([first.release(), second.release()]);
    },
  );

  test.runIf(isRoot)(
    'by an ordinary user runs as that user, and root can use it afterwards',
    async ({ skip }) => {
      const user = await findServerUser();
      if (user === null) throw new Error('root runs the server as another user');
      if (!(await canRunNode(user))) skip('the clone lies in a folder that only root can enter');
      const dataFolder = await temporaryFolder();
      await chown(dataFolder, user.uid, user.gid);

      const holder = await startHolder(dataFolder, user);
      const pid = await postmasterPid(dataFolder);
      expect((await stat(join(dataFolder, 'postgres/cluster'))).uid).toBe(user.uid);
      const root = await start(dataFolder);
      expect(await postmasterPid(dataFolder)).toBe(pid);
      await holder.release();
      expect(await query(root.url, 'select 1 as one')).toEqual([{ one: 1 }]);
      await root.release();
    },
  );
});

describe('the programs that come by npm', () => {
  let folder: string;
  let native: string;

  beforeAll(async () => {
    folder = await makeDataFolder();
    native = await copyNativeWithoutLinks(folder);
  });
  afterAll(() => removeDataFolder(folder));

  test('run without the links that an install script would have made', async () => {
    const binaries = await prepareBinaries(await findServerUser(), join(folder, 'copies'), native);
    expect(binaries.major).toBe(18);
    expect(binaries.postgres).toContain(native);
  });

  test.runIf(isRoot)('are copied where the server’s account can reach them, links included', async () => {
    await chmod(folder, 0o700);
    const binaries = await prepareBinaries(await findServerUser(), join(folder, 'copies'), native);
    const copy = join(binaries.postgres, '../..');
    onTestFinished(() => rm(copy, { recursive: true, force: true }));
    expect(binaries.major).toBe(18);
    expect(copy).not.toContain(folder);
  });
});

function start(dataFolder: string) {
  return startEmbeddedPostgres({ dataFolder, log: () => undefined });
}

async function query(url: string, text: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

function answers(url: string): Promise<boolean> {
  return query(url, 'select 1').then(
    () => true,
    () => false,
  );
}

/** The first line of `postmaster.pid`; null where no server runs. */
async function postmasterPid(dataFolder: string): Promise<number | null> {
  const text = await readFile(join(await homeOf(dataFolder), 'cluster/postmaster.pid'), 'utf8').catch(
    () => null,
  );
  return text === null ? null : Number(text.split('\n')[0]);
}

async function homeOf(dataFolder: string): Promise<string> {
  const record = await readFile(join(dataFolder, 'postgres-elsewhere.json'), 'utf8').catch(() => null);
  return record === null ? join(dataFolder, 'postgres') : (JSON.parse(record) as { folder: string }).folder;
}

async function temporaryFolder(): Promise<string> {
  const folder = await makeDataFolder();
  onTestFinished(() => removeDataFolder(folder));
  return folder;
}

/** PostgreSQL ends the session of a killed command as soon as it gets to it: until then that holds the server, too. */
async function untilHeldOnce(url: string): Promise<void> {
  await until(async () => {
    const holds = await query(url, `select pid from pg_locks where locktype = 'advisory'`);
    return holds.length === 1;
  });
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await sleep(20);
}

async function canRunNode(user: { uid: number; gid: number }): Promise<boolean> {
  const child = spawn(process.execPath, ['--version'], { ...user, cwd: '/', stdio: 'ignore' });
  return new Promise((resolve) => {
    child.once('error', () => resolve(false));
    child.once('exit', (code) => resolve(code === 0));
  });
}

/** A copy of the npm package, as `npm ci --ignore-scripts` leaves it, under a version that no other copy has. */
async function copyNativeWithoutLinks(folder: string): Promise<string> {
  const original = findNativeFolder();
  const native = join(folder, 'package/native');
  await mkdir(join(folder, 'package'));
  await writeFile(
    join(folder, 'package/package.json'),
    JSON.stringify({ version: `0.0.0-test.${process.pid}` }),
  );
  const links = JSON.parse(await readFile(join(original, 'pg-symlinks.json'), 'utf8')) as {
    target: string;
  }[];
  const linkPaths = new Set(links.map(({ target }) => join(original, '..', target)));
  await cp(original, native, { recursive: true, filter: (source) => !linkPaths.has(source) });
  return native;
}
