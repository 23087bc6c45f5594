import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { migrateDatabase } from '../src/store/migrate.ts';
import { readMigrations } from '../src/store/migration-files.ts';
import { createTestDatabase, type TestDatabase } from './test-database.ts';

describe('migrating to the schema of the project', () => {
  test('twice does the work once', async () => {
    const { url } = await emptyDatabase();
    const names = (await readMigrations()).map(({ name }) => name);
    expect(await migrateDatabase(url)).toEqual({ applied: names, pending: [] });
    expect(await migrateDatabase(url)).toEqual({ applied: [], pending: [] });
  });

  test('by twenty at once runs each migration exactly once', async () => {
    const { url } = await emptyDatabase();
    const results = await Promise.all(Array.from({ length: 20 }, () => migrateDatabase(url)));
    const applied = results.flatMap((result) => result.applied);
    expect(applied).toEqual((await readMigrations()).map(({ name }) => name));
  });

  test('on a trial lists everything and writes nothing', async () => {
    const { url, pool } = await emptyDatabase();
    const { applied, pending } = await migrateDatabase(url, { dryRun: true });
    expect(applied).toEqual([]);
    expect(pending).toEqual((await readMigrations()).map(({ name }) => name));
    const { rows } = await pool.query(`select from pg_tables where schemaname = 'public'`);
    expect(rows).toEqual([]);
  });
});

describe('a migration', () => {
  test('that was edited after it ran is refused by name', async () => {
    const { url } = await emptyDatabase();
    const folder = await sqlFolder({ '000001_init': 'create table a ();' });
    await migrateDatabase(url, { folder });
    await write(folder, '000001_init', 'create table a (id integer);');
    await write(folder, '000002_more', 'create table b ();');
    await expect(migrateDatabase(url, { folder })).rejects.toThrow(/000001_init was edited/);
    await expect(migrateDatabase(url, { folder, dryRun: true })).rejects.toThrow(/000001_init was edited/);
  });

  test('that only a newer program knows keeps this one out if it is breaking', async () => {
    const { url } = await emptyDatabase();
    const newer = await sqlFolder({ '000001_init': 'select 1;', '000002_break': '--! breaking\nselect 2;' });
    const older = await sqlFolder({ '000001_init': 'select 1;' });
    await migrateDatabase(url, { folder: newer });
    await expect(migrateDatabase(url, { folder: older })).rejects.toThrow(
      /newer than this program.*000002_break/,
    );
  });

  test('that only a newer program knows does no harm if it is not breaking', async () => {
    const { url } = await emptyDatabase();
    const newer = await sqlFolder({ '000001_init': 'select 1;', '000002_add': 'select 2;' });
    const older = await sqlFolder({ '000001_init': 'select 1;' });
    await migrateDatabase(url, { folder: newer });
    expect(await migrateDatabase(url, { folder: older })).toEqual({ applied: [], pending: [] });
  });

  test('put before one that ran is refused', async () => {
    const { url } = await emptyDatabase();
    const folder = await sqlFolder({ '000002_second': 'select 2;' });
    await migrateDatabase(url, { folder });
    await write(folder, '000001_first', 'select 1;');
    await expect(migrateDatabase(url, { folder })).rejects.toThrow(/000001_first comes before/);
  });

  test('that fails leaves nothing of itself, keeps those before it, and names the line of the file', async () => {
    const { url, pool } = await emptyDatabase();
    const folder = await sqlFolder({
      '000001_init': 'create table a ();',
      '000002_fails': 'create table b ();\n--! include functions/f.sql',
    });
    await writeFile(join(folder, 'functions/f.sql'), '-- head\nselect * from no_such_table;\n');
    await expect(migrateDatabase(url, { folder })).rejects.toThrow(/000002_fails .*sql\/functions\/f\.sql:2/);
    expect(await tables(pool)).toEqual(['a', 'lastgasp_migrations']);

    await writeFile(join(folder, 'functions/f.sql'), 'create table c ();\n');
    expect((await migrateDatabase(url, { folder })).applied).toEqual(['000002_fails']);
    expect(await tables(pool)).toEqual(['a', 'b', 'c', 'lastgasp_migrations']);
  });

  test('killed half-way leaves nothing of itself and is run by the next call', async () => {
    const { url, pool } = await emptyDatabase();
    const folder = await sqlFolder({
      '000001_init': 'create table hold (id integer); insert into hold values (1);',
      '000002_long': `
        create table made (id integer);
        do $$ begin if exists (select from hold) then perform pg_sleep(600); end if; end $$;`,
    });
    await killMigrationWhile(pool, url, folder, `wait_event = 'PgSleep'`);
    await pool.query('delete from hold');
    expect(await tables(pool)).not.toContain('made');

    expect((await migrateDatabase(url, { folder })).applied).toEqual(['000002_long']);
    expect(await tables(pool)).toContain('made');
  });
});

describe('a migration without a transaction', () => {
  const FILES = {
    '000001_init': 'create table things (name text); insert into things values ($$a$$);',
    '000002_index': [
      '--! no-transaction',
      '-- built while others write',
      'create index concurrently if not exists things_name_idx on things (name);',
      'create index concurrently if not exists things_length_idx on things (length(name));',
    ].join('\n'),
  };

  test('runs each statement by itself', async () => {
    const { url, pool } = await emptyDatabase();
    const folder = await sqlFolder(FILES);
    await migrateDatabase(url, { folder });
    expect(await indexes(pool)).toEqual({ things_length_idx: true, things_name_idx: true });
  });

  test('by ten at once is run once and waits for nobody who only waits for it', async () => {
    const { url } = await emptyDatabase();
    const folder = await sqlFolder(FILES);
    const results = await Promise.all(Array.from({ length: 10 }, () => migrateDatabase(url, { folder })));
    expect(results.flatMap((result) => result.applied)).toEqual(['000001_init', '000002_index']);
  });

  test('killed half-way is known as unfinished, and the next call builds the index anew', async () => {
    const { url, pool } = await emptyDatabase();
    const folder = await sqlFolder(FILES);
    await migrateDatabase(url, { folder: await sqlFolder({ '000001_init': FILES['000001_init'] }) });
    // An index built concurrently waits for every transaction that may still see the table without it.
    const writer = await pool.connect();
    await writer.query('begin');
    await writer.query(`insert into things values ('b')`);
    await killMigrationWhile(pool, url, folder, `query like '%create index%' and wait_event_type = 'Lock'`);
    await writer.query('commit');
    writer.release();
    expect(await indexes(pool)).toEqual({ things_name_idx: false });
    expect((await migrateDatabase(url, { folder, dryRun: true })).pending).toEqual(['000002_index']);

    expect((await migrateDatabase(url, { folder })).applied).toEqual(['000002_index']);
    expect(await indexes(pool)).toEqual({ things_length_idx: true, things_name_idx: true });
  });

  test('is not content with an invalid index of the same name', async () => {
    const { url, pool } = await emptyDatabase();
    const folder = await sqlFolder(FILES);
    await migrateDatabase(url, { folder: await sqlFolder({ '000001_init': FILES['000001_init'] }) });
    await pool.query(`insert into things values ('a')`);
    await expect(
      pool.query('create unique index concurrently things_name_idx on things (name)'),
    ).rejects.toThrow();
    expect(await indexes(pool)).toEqual({ things_name_idx: false });

    await expect(migrateDatabase(url, { folder })).rejects.toThrow(
      /invalid indexes: public\.things_name_idx/,
    );
    expect((await migrateDatabase(url, { folder })).applied).toEqual(['000002_index']);
    expect(await indexes(pool)).toEqual({ things_length_idx: true, things_name_idx: true });
  });
});

async function emptyDatabase(): Promise<TestDatabase> {
  const database = await createTestDatabase({ empty: true });
  onTestFinished(() => database.drop());
  return database;
}

async function sqlFolder(migrations: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'lastgasp-sql-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  for (const part of ['migrations', 'functions']) await mkdir(join(folder, part));
  for (const [name, text] of Object.entries(migrations)) await write(folder, name, text);
  return folder;
}

async function write(folder: string, name: string, text: string): Promise<void> {
  await writeFile(join(folder, 'migrations', `${name}.sql`), `${text}\n`);
}

/** Migrates in another process, kills that with SIGKILL once its session is at `state`, and waits for its end. */
async function killMigrationWhile(pool: TestDatabase['pool'], url: string, folder: string, state: string) {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'migrate-once.ts'), url, folder], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const ended = once(child, 'exit');
  const sessions = async (condition: string) => {
    const { rowCount } = await pool.query(
      `select from pg_stat_activity
        where datname = current_database() and application_name = 'lastgasp migrate' and ${condition}`,
    );
    return rowCount ?? 0;
  };
  while ((await sessions(state)) === 0) await sleep(20);
  child.kill('SIGKILL');
  await ended;
  while ((await sessions('true')) > 0) await sleep(20);
}

async function tables(pool: TestDatabase['pool']): Promise<string[]> {
  const { rows } = await pool.query<{ name: string }>(
    `select tablename as name from pg_tables where schemaname = 'public' order by 1`,
  );
  return rows.map(({ name }) => name);
}

/** The indexes of table `things` and whether each is valid. */
async function indexes(pool: TestDatabase['pool']): Promise<Record<string, boolean>> {
  const { rows } = await pool.query<{ name: string; valid: boolean }>(
    `select indexrelid::regclass::text as name, indisvalid as valid
       from pg_index
      where indrelid = 'things'::regclass
      order by 1`,
  );
  return Object.fromEntries(rows.map(({ name, valid }) => [name, valid]));
}
