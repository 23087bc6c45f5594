import { setTimeout as sleep } from 'node:timers/promises';
import { Client, DatabaseError } from 'pg';
import { type Migration, readMigrations, SQL_FOLDER } from './migration-files.ts';

export interface MigrateOptions {
  /** Only tell what would run; the database is not written to. */
  readonly dryRun?: boolean;
  /** The folder that holds `migrations/`; the clone's `sql/` unless told. */
  readonly folder?: string;
  /** Told each migration that begins, a line each. */
  readonly log?: (text: string) => void;
}

export interface MigrateResult {
  /** Names of the migrations that this call ran, in order. */
  readonly applied: readonly string[];
  /** Names of those still to run: all that a dry run found, else none. */
  readonly pending: readonly string[];
}

/** The advisory lock of whoever migrates: the letters "lgmig" as a number. */
const MIGRATION_LOCK = 465_739_643_239;

/** How often somebody who waits for the lock looks again. */
const LOCK_POLL_MS = 50;

/**
 * Brings the database at `url` to the schema of the clone, each migration in a transaction of its own. Called
 * by many at once, one does the work and the others wait; killed half-way, the next call goes on.
 *
 * Throws, and changes nothing, where a migration that ran was edited since (its hash differs), one was put in
 * before another that ran already, or the database has a breaking migration that this program does not know. A
 * migration that fails leaves those before it in place and names file and line.
 */
export async function migrateDatabase(url: string, options: MigrateOptions = {}): Promise<MigrateResult> {
  const migrations = await readMigrations(options.folder ?? SQL_FOLDER);
  const client = new Client({ connectionString: url, application_name: 'lastgasp migrate', keepAlive: true });
  // A connection that breaks while nobody asks it anything is told by the next query.
  client.on('error', () => undefined);
  await client.connect();
  try {
    const pending = findPending(migrations, await readApplied(client));
    if (options.dryRun === true || pending.length === 0) {
      return { applied: [], pending: pending.map((migration) => migration.name) };
    }
    await prepareSession(client);
    await waitForLock(client);
    await client.query(CREATE_TABLE);
    const applied: string[] = [];
    for (const migration of findPending(migrations, await readApplied(client))) {
      options.log?.(`Migrating the database: ${migration.name}`);
      await (migration.transactional
        ? runInTransaction(client, migration)
        : runStatements(client, migration));
      applied.push(migration.name);
    }
    return { applied, pending: [] };
  } finally {
    await client.end();
  }
}

/** A row of `lastgasp_migrations`. */
interface AppliedMigration {
  readonly number: number;
  readonly name: string;
  readonly sha256: string;
  readonly breaking: boolean;
  /** False for one without a transaction that was cut off; it is run again. */
  readonly finished: boolean;
}

const CREATE_TABLE = `
  begin;
  create table if not exists public.lastgasp_migrations (
    number integer primary key,
    name text not null,
    sha256 text not null,
    breaking boolean not null,
    applied_at timestamptz
  );
  comment on table public.lastgasp_migrations is
    'The steps that brought the schema to what it is; written by the migration runner alone.';
  comment on column public.lastgasp_migrations.number is 'Place of the migration in the order.';
  comment on column public.lastgasp_migrations.name is 'Name of its file in sql/migrations, without ".sql".';
  comment on column public.lastgasp_migrations.sha256 is
    'Hash of the text that ran, includes written out; an edited migration is refused by it.';
  comment on column public.lastgasp_migrations.breaking is
    'Whether a program that does not know this migration must refuse the database.';
  comment on column public.lastgasp_migrations.applied_at is
    'When it ran; null while one that cannot run in a transaction is under way or was cut off.';
  commit`;

async function readApplied(client: Client): Promise<AppliedMigration[]> {
  const { rows: found } = await client.query<{ exists: boolean }>(
    `select to_regclass('public.lastgasp_migrations') is not null as exists`,
  );
  if (found[0]?.exists !== true) return [];
  const { rows } = await client.query<AppliedMigration>(
    `select number, name, sha256, breaking, applied_at is not null as finished
       from public.lastgasp_migrations
      order by number`,
  );
  return rows;
}

function findPending(migrations: readonly Migration[], applied: readonly AppliedMigration[]): Migration[] {
  const known = new Map(migrations.map((migration) => [migration.number, migration]));
  for (const row of applied) {
    const migration = known.get(row.number);
    if (migration === undefined) {
      if (!row.breaking) continue;
      throw new Error(
        `The database is newer than this program: it has the breaking migration ${row.name}. Update lastgasp.`,
      );
    }
    if (migration.sha256 !== row.sha256) {
      throw new Error(
        `Migration ${row.name} was edited after this database ran it. Migrations are never edited: put the file ` +
          'back and add a new one. (A database of development can be thrown away instead.)',
      );
    }
  }
  const finished = new Set(applied.filter((row) => row.finished).map((row) => row.number));
  const newest = Math.max(0, ...finished);
  const pending = migrations.filter((migration) => !finished.has(migration.number));
  const late = pending.find((migration) => migration.number < newest);
  if (late !== undefined) {
    throw new Error(
      `Migration ${late.name} comes before one that this database ran already: give it a higher number.`,
    );
  }
  return pending;
}

/** The settings that a migration can rely on, whatever the role or database says. */
async function prepareSession(client: Client): Promise<void> {
  // Without the check, PostgreSQL notices a killed client only when its statement ends, and keeps the lock.
  await client.query(`
    set timezone = 'UTC';
    set search_path = public;
    set statement_timeout = 0;
    set idle_in_transaction_session_timeout = 0;
    do $$ begin
      set client_connection_check_interval = '1s';
    exception when others then null;
    end $$`);
}

/** Asks again and again instead of waiting inside: a waiting statement would hold up a concurrent index build. */
async function waitForLock(client: Client): Promise<void> {
  for (;;) {
    const { rows } = await client.query<{ held: boolean }>('select pg_try_advisory_lock($1) as held', [
      MIGRATION_LOCK,
    ]);
    if (rows[0]?.held === true) return;
    await sleep(LOCK_POLL_MS);
  }
}

async function runInTransaction(client: Client, migration: Migration): Promise<void> {
  await client.query('begin');
  try {
    // Sessions that queue behind a lock we cannot get would stand still with us.
    await client.query(`set local lock_timeout = '30s'`);
    await client.query(
      `insert into public.lastgasp_migrations (number, name, sha256, breaking, applied_at)
       values ($1, $2, $3, $4, now())`,
      [migration.number, migration.name, migration.sha256, migration.breaking],
    );
    await runSql(client, migration, migration.sql, 0);
    await client.query('commit');
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    throw error;
  }
}

/**
 * Runs a migration statement by statement. Its row stands first without a time, so that one that was cut off
 * is known and run again: its statements must bear that (`if not exists`).
 */
async function runStatements(client: Client, migration: Migration): Promise<void> {
  const { rowCount } = await client.query(
    `insert into public.lastgasp_migrations (number, name, sha256, breaking, applied_at)
     values ($1, $2, $3, $4, null)
     on conflict (number) do nothing`,
    [migration.number, migration.name, migration.sha256, migration.breaking],
  );
  // "if not exists" would be content with the invalid index that a killed build leaves behind.
  if (rowCount === 0) await dropInvalidIndexes(client);
  for (const { text, line } of splitStatements(migration)) await runSql(client, migration, text, line);
  const invalid = await findInvalidIndexes(client);
  if (invalid.length > 0) {
    throw new Error(`Migration ${migration.name} left invalid indexes: ${invalid.join(', ')}. Run it again.`);
  }
  await client.query('update public.lastgasp_migrations set applied_at = now() where number = $1', [
    migration.number,
  ]);
}

/** Statements that end with a semicolon at a line's end; bodies of functions belong in a transaction. */
function splitStatements(migration: Migration): { readonly text: string; readonly line: number }[] {
  if (migration.sql.includes('$$'))
    throw new Error(`${migration.name}: a "no-transaction" migration has plain statements only`);
  const statements: { text: string; line: number }[] = [];
  let begin = 0;
  const lines = migration.sql.split('\n');
  for (const [index, line] of lines.entries()) {
    if (!/;\s*$/.test(line) && index < lines.length - 1) continue;
    const text = lines.slice(begin, index + 1).join('\n');
    if (/^\s*(?!--)\S/m.test(text)) statements.push({ text, line: begin });
    begin = index + 1;
  }
  return statements;
}

async function runSql(client: Client, migration: Migration, sql: string, firstLine: number): Promise<void> {
  try {
    await client.query(sql);
  } catch (cause) {
    if (!(cause instanceof DatabaseError)) throw cause;
    const before =
      cause.position === undefined ? 0 : sql.slice(0, Number(cause.position) - 1).split('\n').length - 1;
    const origin = cause.position === undefined ? undefined : migration.origins[firstLine + before];
    const place = origin === undefined ? '' : ` at sql/${origin.file}:${origin.line}`;
    const detail = cause.detail === undefined ? '' : ` (${cause.detail})`;
    throw new Error(`Migration ${migration.name} failed${place}: ${cause.message}${detail} [${cause.code}]`, {
      cause,
    });
  }
}

async function findInvalidIndexes(client: Client): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `select format('%I.%I', n.nspname, c.relname) as name
       from pg_index i
       join pg_class c on c.oid = i.indexrelid
       join pg_namespace n on n.oid = c.relnamespace
      where not i.indisvalid and n.nspname = 'public' and c.relkind = 'i'
      order by 1`,
  );
  return rows.map((row) => row.name);
}

async function dropInvalidIndexes(client: Client): Promise<void> {
  for (const name of await findInvalidIndexes(client))
    await client.query(`drop index concurrently if exists ${name}`);
}
