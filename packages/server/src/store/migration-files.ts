import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

/** `sql/` of the clone: migrations, and the functions and views that they include. */
export const SQL_FOLDER = resolve(dirname(fileURLToPath(import.meta.url)), '../../../../sql');

/** One step of the schema, as it will run. */
export interface Migration {
  readonly number: number;
  /** File name without `.sql`: `000001_registry`. */
  readonly name: string;
  /** The text with every include replaced by its file. */
  readonly sql: string;
  /** SHA-256 of `sql`, in hex: it names what ran, whichever file it was written in. */
  readonly sha256: string;
  /** An older program must not run on a database that has this migration. */
  readonly breaking: boolean;
  /** False for statements that refuse a transaction, such as `create index concurrently`. */
  readonly transactional: boolean;
  /** Where each line of `sql` was written. */
  readonly origins: readonly LineOrigin[];
}

/** A line's file, relative to `sql/`, and its number in it from 1. */
export interface LineOrigin {
  readonly file: string;
  readonly line: number;
}

const FILE_NAME = /^(\d{6})_[a-z0-9_]+\.sql$/;
const INCLUDE = /^--! include (\S+)$/;

/** A frozen migration carries the text between these two lines instead of the include. */
const INCLUDED = /^--! included (\S+)$/;
const END_OF_INCLUDED = /^--! end (\S+)$/;

/**
 * The migrations of `folder` in order, includes replaced. Throws where a name is not `NNNNNN_slug.sql`, two
 * have one number, an include is missing or leaves `folder`, or a header is not known.
 */
export async function readMigrations(folder: string = SQL_FOLDER): Promise<Migration[]> {
  const names = (await readdir(join(folder, 'migrations'))).filter((name) => name.endsWith('.sql')).sort();
  const migrations: Migration[] = [];
  for (const name of names) {
    const number = Number(FILE_NAME.exec(name)?.[1]);
    if (Number.isNaN(number)) throw new Error(`sql/migrations/${name} is not named NNNNNN_slug.sql`);
    const previous = migrations.at(-1);
    if (previous?.number === number) throw new Error(`${previous.name} and ${name} have the same number`);
    migrations.push(await readMigration(folder, name, number));
  }
  return migrations;
}

async function readMigration(folder: string, name: string, number: number): Promise<Migration> {
  const file = `migrations/${name}`;
  const lines: string[] = [];
  const origins: LineOrigin[] = [];
  const headers = new Set<string>();
  for (const [index, line] of (await readLines(folder, file)).entries()) {
    const included = INCLUDE.exec(line)?.[1];
    if (included === undefined) {
      const header = /^--! (?!included |end )(.*)$/.exec(line)?.[1];
      if (header !== undefined) headers.add(header);
      lines.push(line);
      origins.push({ file, line: index + 1 });
      continue;
    }
    for (const [includedIndex, includedLine] of (await readLines(folder, included)).entries()) {
      lines.push(includedLine);
      origins.push({ file: included, line: includedIndex + 1 });
    }
  }
  for (const header of headers) {
    if (header !== 'breaking' && header !== 'no-transaction')
      throw new Error(`${file}: unknown header "--! ${header}"`);
  }
  const sql = lines.join('\n');
  return {
    number,
    name: name.slice(0, -'.sql'.length),
    sql,
    sha256: createHash('sha256').update(withoutMarks(lines).join('\n')).digest('hex'),
    breaking: headers.has('breaking'),
    transactional: !headers.has('no-transaction'),
    origins,
  };
}

/**
 * The text of a migration file with its includes written out between two marks, so that it stays what it is
 * when a function's file is edited later. It hashes as before: a database that ran it knows it again.
 */
export async function freezeMigration(folder: string, name: string): Promise<string> {
  const lines: string[] = [];
  for (const line of await readLines(folder, `migrations/${name}`)) {
    const included = INCLUDE.exec(line)?.[1];
    if (included === undefined) lines.push(line);
    else
      lines.push(`--! included ${included}`, ...(await readLines(folder, included)), `--! end ${included}`);
  }
  return lines.join('\n');
}

/**
 * Every file that migrations include, with the text that the last migration which names it gives it. Once a
 * migration is frozen this is how a file edited without a new migration is found.
 */
export async function readIncludedTexts(folder: string = SQL_FOLDER): Promise<Map<string, string>> {
  const texts = new Map<string, string>();
  const names = (await readdir(join(folder, 'migrations'))).filter((name) => name.endsWith('.sql')).sort();
  for (const name of names) {
    let open: { readonly file: string; readonly lines: string[] } | null = null;
    for (const line of (await freezeMigration(folder, name)).split('\n')) {
      const begins = INCLUDED.exec(line)?.[1];
      const ends = END_OF_INCLUDED.exec(line)?.[1];
      if (begins !== undefined) open = { file: begins, lines: [] };
      else if (open !== null && ends === open.file) {
        texts.set(open.file, open.lines.join('\n'));
        open = null;
      } else open?.lines.push(line);
    }
  }
  return texts;
}

function withoutMarks(lines: readonly string[]): string[] {
  return lines.filter((line) => !INCLUDED.test(line) && !END_OF_INCLUDED.test(line));
}

async function readLines(folder: string, file: string): Promise<string[]> {
  const path = resolve(folder, file);
  if (relative(folder, path).split(sep)[0] === '..') throw new Error(`--! include ${file} leaves sql/`);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw new Error(`sql/${file} cannot be read: ${(cause as Error).message}`, { cause });
  }
  // A checkout on Windows may have changed the line ends; the hash must not notice.
  return text.replaceAll('\r\n', '\n').replace(/\n$/, '').split('\n');
}
