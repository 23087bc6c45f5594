import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { COMMANDS } from '../src/cli.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../src/embedded/index.ts';
import { readMigrations } from '../src/store/migration-files.ts';
import { createTestDatabase } from './test-database.ts';
import { makeDataFolder, removeDataFolder } from './test-server.ts';

const LAUNCHER = join(import.meta.dirname, '../bin/lastgasp.mjs');

let dataFolder: string;
let server: EmbeddedPostgres;

beforeAll(async () => {
  dataFolder = await makeDataFolder();
  server = await startEmbeddedPostgres({ dataFolder, log: () => undefined });
});
afterAll(async () => {
  await server.release();
  await removeDataFolder(dataFolder);
});

describe('lastgasp sql', () => {
  test('brings an embedded database to the current schema and prints tab-separated rows in a pipe', async () => {
    const run = await lastgasp([
      'sql',
      `select count(*) as meters, 'a' || chr(9) || 'b' as tabbed from oms_meters`,
    ]);
    expect(run).toMatchObject({ exitCode: 0, results: 'meters\ttabbed\n0\ta\\tb\n' });
  });

  test('prints JSON with exact numbers, instants in ISO 8601 and everything else as text', async () => {
    const run = await lastgasp([
      'sql',
      '--json',
      `select 1 as integer, 9007199254740991::bigint as safe, 9007199254740993::bigint as unsafe,
              0.5::numeric as decimal, 12345678901234567.89::numeric as long, 'NaN'::float8 as nan,
              timestamptz '2026-01-02 03:04:05.678901+02' as at, date '2026-01-02' as day, true as yes,
              null as nothing, '{"a": [1]}'::jsonb as object, array[1, null, 2]::bigint[] as list`,
    ]);
    expect(JSON.parse(run.results)).toEqual([
      {
        integer: 1,
        safe: 9007199254740991,
        unsafe: '9007199254740993',
        decimal: 0.5,
        long: '12345678901234567.89',
        nan: 'NaN',
        at: '2026-01-02T01:04:05.678901Z',
        day: '2026-01-02',
        yes: true,
        nothing: null,
        object: { a: [1] },
        list: [1, null, 2],
      },
    ]);
  });

  test('prints an empty array, or the head line alone, where there is no row', async () => {
    expect((await lastgasp(['sql', '--json', 'select 1 as one where false'])).results).toBe('[]\n');
    expect((await lastgasp(['sql', 'select 1 as one where false'])).results).toBe('one\n');
  });

  test('ends with 1, the message and the SQLSTATE when PostgreSQL refuses', async () => {
    const run = await lastgasp(['sql', 'select * from no_such_table']);
    expect(run).toMatchObject({ exitCode: 1, results: '' });
    expect(run.notes).toContain('relation "no_such_table" does not exist [42P01]');
  });

  test('takes one query and runs no part of two', async () => {
    const run = await lastgasp(['sql', 'create table half (); select 1']);
    expect(run).toMatchObject({ exitCode: 2, results: '' });
    expect(run.notes).toBe(
      'error: lastgasp sql runs one query, and this text holds several; none of them ran. Call it once for each.\n' +
        'caused by: cannot insert multiple commands into a prepared statement [42601]\n',
    );
    expect((await lastgasp(['sql', '--json', `select to_regclass('half') as half`])).results).toContain(
      'null',
    );
  });

  test('reads the query from standard input where it is called with -', async () => {
    const child = start(['sql', '-', '--json'], {}, null, 'pipe');
    child.stdin!.end(`select 'سلك مقطوع' as notes;\n`);
    const [results] = await Promise.all([textOf(child.stdout!), once(child, 'exit')]);
    expect(JSON.parse(results)).toEqual([{ notes: 'سلك مقطوع' }]);
    expect(child.exitCode).toBe(0);
    expect(await lastgasp(['sql', '-'])).toMatchObject({ exitCode: 2, notes: 'error: the query is empty\n' });
  });

  test('ends quietly when the reader of its output has seen enough', async () => {
    const child = start(['sql', 'select generate_series(1, 300000) as n']);
    await once(child.stdout!, 'data');
    child.stdout!.destroy();
    const notes = textOf(child.stderr!);
    await once(child, 'close');
    expect(await notes).toBe('');
  });

  test('ends at once with 130 at Ctrl+C, and the server ends its statement', async () => {
    const child = start(['sql', `select pg_sleep(600) as "cut off"`]);
    child.stdout!.resume();
    const notes = textOf(child.stderr!);
    const ended = once(child, 'exit');
    await until(async () => (await sessionsThat(`query like '%cut off%'`)) === 1);
    child.kill('SIGINT');
    expect((await ended)[0]).toBe(130);
    expect(await notes).toBe('');
    await until(async () => (await sessionsThat(`query like '%cut off%'`)) === 0);
  });
});

describe('lastgasp migrate', () => {
  test('tells on a trial what it would run, runs it, and then has nothing to do', async () => {
    const database = await createTestDatabase({ empty: true });
    onTestFinished(() => database.drop());
    const env = { DATABASE_URL: database.url };
    const names = (await readMigrations()).map(({ name }) => name);

    const trial = await lastgasp(['migrate', '--dry-run', '--json'], env);
    expect(JSON.parse(trial.results)).toEqual(names.map((migration) => ({ migration, state: 'pending' })));
    const first = await lastgasp(['migrate', '--json'], env);
    expect(JSON.parse(first.results)).toEqual(names.map((migration) => ({ migration, state: 'applied' })));
    const second = await lastgasp(['migrate', '--json'], env);
    expect(second).toMatchObject({ exitCode: 0, results: '[]\n' });
  });

  test('is left to the operator on a DATABASE_URL: reading it changes nothing', async () => {
    const database = await createTestDatabase({ empty: true });
    onTestFinished(() => database.drop());
    const run = await lastgasp(['sql', `select count(*) from pg_tables where schemaname = 'public'`], {
      DATABASE_URL: database.url,
    });
    expect(run).toMatchObject({ exitCode: 0, results: 'count\n0\n' });
  });
});

describe('the command line', () => {
  test.each([
    ['a command that does not exist', ['nonsense']],
    ['an option that does not exist', ['migrate', '--nonsense']],
    ['an argument that is missing', ['sql']],
    ['nothing', []],
    ['a question for the help of a command that does not exist', ['nonsense', '--help']],
    ['the same the other way round', ['help', 'nonsense']],
    ['a question for the help of a part of a command that does not exist', ['keys', 'nonsense', '--help']],
  ])('ends with 2 when it is called with %s', async (_, args) => {
    const run = await lastgasp(args);
    expect(run).toMatchObject({ exitCode: 2, results: '' });
    expect(run.notes).not.toBe('');
  });

  test('says its help, which lists every command, and that of a command, with 0', async () => {
    const general = await lastgasp(['--help']);
    expect(general).toMatchObject({ exitCode: 0, notes: '' });
    for (const name of Object.keys(COMMANDS))
      expect(general.results).toMatch(new RegExp(`^ {2}${name} `, 'm'));
    // One of much code and one of parts: that each can say its help is tested beside the commands.
    for (const name of ['demo', 'keys']) {
      const help = await lastgasp([name, '--help']);
      expect(help).toMatchObject({ exitCode: 0, notes: '' });
      expect(help.results).toContain(`Usage: lastgasp ${name} `);
    }
  });

  test('says the help of a command also after an option of it that has a value', async () => {
    const help = await lastgasp(['dead-letters', '--limit', '5', '--help']);
    expect(help).toMatchObject({ exitCode: 0, notes: '' });
    expect(help.results).toContain('Usage: lastgasp dead-letters ');
  });

  test('ends with 2 and a line for each wrong variable before it touches anything', async () => {
    const run = await lastgasp(['sql', 'select 1'], { PORT: 'eighty', LASTGASP_LOG_LEVEL: 'loud' });
    expect(run.exitCode).toBe(2);
    expect(run.notes).toMatch(/PORT="eighty" cannot be used: .*\nLASTGASP_LOG_LEVEL="loud" cannot be used: /);
  });

  test('names the server that it cannot reach without a stack', async () => {
    const run = await lastgasp(['sql', 'select 1'], {
      DATABASE_URL: 'postgres://oms:secret@127.0.0.1:1/oms',
    });
    expect(run.exitCode).toBe(1);
    expect(run.notes).toMatch(/^error: The database cannot be reached: .*ECONNREFUSED/);
    expect(run.notes).not.toContain('secret');
    expect(run.notes).not.toContain('    at ');
  });
});

describe('the launcher called with a Node that is too old', () => {
  const oldNode = findOldNode();

  test.runIf(oldNode)('runs the command on the Node of the project and hands its exit code on', async () => {
    expect(await lastgasp(['sql', 'select 1 as one'], {}, oldNode)).toMatchObject({
      exitCode: 0,
      results: 'one\n1\n',
    });
    expect(await lastgasp(['nonsense'], {}, oldNode)).toMatchObject({ exitCode: 2 });
  });

  test.runIf(oldNode)('passes SIGTERM on and ends with the command', async () => {
    const child = start(['sql', `select pg_sleep(600) as "terminated"`], {}, oldNode);
    child.stdout!.resume();
    await until(async () => (await sessionsThat(`query like '%terminated%'`)) === 1);
    child.kill('SIGTERM');
    expect((await once(child, 'exit'))[0]).toBe(143);
    await until(async () => (await sessionsThat(`query like '%terminated%'`)) === 0);
  });

  test.runIf(oldNode)('takes the command with it when it is killed', async () => {
    const child = start(['sql', `select pg_sleep(600) as "orphaned"`], {}, oldNode);
    child.stdout!.resume();
    await until(async () => (await sessionsThat(`query like '%orphaned%'`)) === 1);
    const presences = await sessionsThat(`application_name = 'lastgasp presence'`);
    child.kill('SIGKILL');
    await until(async () => (await sessionsThat(`query like '%orphaned%'`)) === 0);
    await until(async () => (await sessionsThat(`application_name = 'lastgasp presence'`)) === presences - 1);
  });
});

interface Run {
  readonly exitCode: number | null;
  readonly results: string;
  readonly notes: string;
}

async function lastgasp(
  args: readonly string[],
  env: Record<string, string> = {},
  node?: string | null,
): Promise<Run> {
  const child = start(args, env, node);
  const [results, notes, [exitCode]] = await Promise.all([
    textOf(child.stdout!),
    textOf(child.stderr!),
    once(child, 'exit') as Promise<[number | null]>,
  ]);
  return { exitCode, results, notes };
}

function start(
  args: readonly string[],
  env: Record<string, string> = {},
  node?: string | null,
  stdin: 'ignore' | 'pipe' = 'ignore',
): ChildProcess {
  return spawn(node ?? process.execPath, [LAUNCHER, ...args], {
    cwd: '/',
    env: { PATH: process.env.PATH, LASTGASP_DATA: dataFolder, ...env },
    stdio: [stdin, 'pipe', 'pipe'],
  });
}

async function textOf(stream: AsyncIterable<unknown>): Promise<string> {
  const chunks: string[] = [];
  for await (const chunk of stream) chunks.push(String(chunk));
  return chunks.join('');
}

/** How many sessions of other clients on the embedded server are as `condition` says. */
async function sessionsThat(condition: string): Promise<number> {
  const client = new Client({ connectionString: server.url });
  await client.connect();
  try {
    const { rowCount } = await client.query(
      `select from pg_stat_activity where pid <> pg_backend_pid() and ${condition}`,
    );
    return rowCount ?? 0;
  } finally {
    await client.end();
  }
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await sleep(20);
}

/** A Node of the system that does not run TypeScript; null where there is none, and nothing to try. */
function findOldNode(): string | null {
  for (const node of ['/usr/bin/node', '/usr/local/bin/node']) {
    try {
      const [major = 0] = execFileSync(node, ['-p', 'process.versions.node'])
        .toString()
        .split('.')
        .map(Number);
      if (major < 22) return node;
    } catch {
      // Not there.
    }
  }
  return null;
}
