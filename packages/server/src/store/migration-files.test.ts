import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { freezeMigration, readIncludedTexts, readMigrations, SQL_FOLDER } from './migration-files.ts';

describe('a migration file', () => {
  test('runs with the text of what it includes', async () => {
    const folder = await sqlFolder({
      'migrations/000001_init.sql': 'create table a ();\n--! include functions/f.sql\ncreate table b ();\n',
      'functions/f.sql': 'create function f() returns int\nlanguage sql as $$ select 1 $$;\n',
    });
    const [migration] = await readMigrations(folder);
    expect(migration).toMatchObject({ number: 1, name: '000001_init', breaking: false, transactional: true });
    expect(migration?.sql).toBe(
      'create table a ();\ncreate function f() returns int\nlanguage sql as $$ select 1 $$;\ncreate table b ();',
    );
    expect(migration?.origins[2]).toEqual({ file: 'functions/f.sql', line: 2 });
  });

  test('says in its head that it breaks older programs or cannot run in a transaction', async () => {
    const folder = await sqlFolder({
      'migrations/000001_init.sql': '--! breaking\n--! no-transaction\nselect 1;\n',
    });
    expect(await readMigrations(folder)).toMatchObject([{ breaking: true, transactional: false }]);
  });

  test('hashes alike with the line ends of Windows', async () => {
    const unix = await sqlFolder({ 'migrations/000001_init.sql': 'select 1;\nselect 2;\n' });
    const windows = await sqlFolder({ 'migrations/000001_init.sql': 'select 1;\r\nselect 2;\r\n' });
    expect((await readMigrations(windows))[0]?.sha256).toBe((await readMigrations(unix))[0]?.sha256);
  });

  test.each([
    ['a name without a number', { 'migrations/init.sql': '' }, /NNNNNN_slug\.sql/],
    ['one number twice', { 'migrations/000001_a.sql': '', 'migrations/000001_b.sql': '' }, /same number/],
    [
      'an include that is not there',
      { 'migrations/000001_a.sql': '--! include functions/f.sql' },
      /functions\/f\.sql/,
    ],
    ['an include outside sql/', { 'migrations/000001_a.sql': '--! include ../secret.sql' }, /leaves sql\//],
    ['a header that nobody knows', { 'migrations/000001_a.sql': '--! braking' }, /unknown header/],
  ])('is refused with %s', async (_, files, message) => {
    await expect(readMigrations(await sqlFolder(files))).rejects.toThrow(message);
  });
});

describe('a frozen migration', () => {
  const FILES = {
    'migrations/000001_init.sql': '--! include functions/f.sql\n',
    'functions/f.sql': 'select 1;\n',
  };

  test('is known again by a database that ran it before', async () => {
    const folder = await sqlFolder(FILES);
    const [before] = await readMigrations(folder);
    await freeze(folder, '000001_init.sql');
    expect((await readMigrations(folder))[0]?.sha256).toBe(before?.sha256);
  });

  test('stays what it is when the function is edited later', async () => {
    const folder = await sqlFolder(FILES);
    await freeze(folder, '000001_init.sql');
    const [before] = await readMigrations(folder);
    await writeFile(join(folder, 'functions/f.sql'), 'select 2;\n');
    expect(await readMigrations(folder)).toEqual([before]);
  });

  test('gives away that a function was edited and put into no new migration', async () => {
    const folder = await sqlFolder(FILES);
    await freeze(folder, '000001_init.sql');
    await writeFile(join(folder, 'functions/f.sql'), 'select 2;\n');
    expect((await readIncludedTexts(folder)).get('functions/f.sql')).toBe('select 1;');
    await writeFile(join(folder, 'migrations/000002_f.sql'), '--! include functions/f.sql\n');
    expect((await readIncludedTexts(folder)).get('functions/f.sql')).toBe('select 2;');
  });
});

describe('the migrations of the project', () => {
  test('include every function and view as its file stands today', async () => {
    const included = await readIncludedTexts();
    for (const part of ['functions', 'views']) {
      for (const name of await readdir(join(SQL_FOLDER, part))) {
        const file = `${part}/${name}`;
        const text = await readFile(join(SQL_FOLDER, file), 'utf8');
        expect(included.get(file), `${file} is in no migration, or was edited since`).toBe(
          text.replaceAll('\r\n', '\n').replace(/\n$/, ''),
        );
      }
    }
  });
});

async function sqlFolder(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'lastgasp-sql-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  for (const part of ['migrations', 'functions']) await mkdir(join(folder, part));
  for (const [file, text] of Object.entries(files)) await writeFile(join(folder, file), text);
  return folder;
}

async function freeze(folder: string, name: string): Promise<void> {
  const text = await freezeMigration(folder, name);
  await writeFile(join(folder, 'migrations', name), `${text}\n`);
}
