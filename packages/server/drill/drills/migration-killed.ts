import { execFile } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Drill } from '../drill.ts';
import type { DrillDatabase } from '../parts/drill-cluster.ts';

const KILLS = 5;
const STARTS = 5;
/** Longest time between the beginning of a migration and its end by kill -9. */
const LONGEST_MS = 150;

/** The first start of a new version is killed half-way, and then five hosts start at once. */
export const migrationKilled: Drill = {
  name: 'migration-killed',
  fault: `"migrate" is killed (kill -9) at ${KILLS} points of its way on an empty database, then ${STARTS} processes start at once`,
  proof: 'each was killed before it had finished, and five began on the same database',
  healing: 'the next start goes on',
  isShort: true,
  processes: 0,
  play: async (stage) => {
    // The load is for the drill's own database, which no process serves yet.
    stage.player.hold();
    const empty = await stage.cluster.createDatabase(`${stage.database.name}_empty`, true);
    try {
      const applied: number[] = [];
      for (let point = 0; point < KILLS; point++) {
        if (await migrateAndKill(stage, empty, stage.between(0, LONGEST_MS)))
          applied.push(await countApplied(empty));
      }
      const starts = Array.from({ length: STARTS }, () =>
        stage.startInstance({ environment: { DATABASE_URL: empty.url } }),
      );
      const started = await Promise.all(starts);
      const isWhole = (await schemaOf(empty)) === (await schemaOf(stage.database));
      if (!isWhole) stage.breach('the schema after the kills is not that of a fresh installation');
      const { rows } = await empty.pool.query('select from pg_index where not indisvalid');
      if (rows.length > 0) stage.breach(`${rows.length} indexes are not valid`);
      if (applied.length > 0) {
        stage.prove(
          `${applied.length} were killed while they migrated, with ${applied.join(', ')} migrations done; ${started.length} then started at once`,
        );
      }
      for (const instance of stage.instances.splice(0)) {
        const how = await instance.stop();
        if (how !== '0') stage.breach(`${instance.name} was asked to end and ended with ${how}`);
      }
    } finally {
      await empty.drop();
    }
    await stage.startInstance();
    stage.player.go();
    await stage.healed();
  },
};

type Stage = Parameters<Drill['play']>[0];

/** Whether it was killed while it migrated, so long after it had begun. */
async function migrateAndKill(stage: Stage, database: DrillDatabase, afterMs: number): Promise<boolean> {
  const child = execFile(process.execPath, stage.commandLine(['migrate']), {
    env: { PATH: process.env.PATH, DATABASE_URL: database.url },
  });
  let hasEnded = false;
  const ended = new Promise<NodeJS.Signals | null>((resolve) =>
    child.once('exit', (_code, signal) => {
      hasEnded = true;
      resolve(signal);
    }),
  );
  await stage.until('it has begun', async () => hasEnded || (await isMigrating(database)));
  await sleep(afterMs);
  child.kill('SIGKILL');
  return (await ended) === 'SIGKILL';
}

async function isMigrating({ pool }: DrillDatabase): Promise<boolean> {
  const { rows } = await pool.query(
    `select from pg_stat_activity
     where datname = current_database() and application_name = 'lastgasp migrate' and backend_xid is not null`,
  );
  return rows.length > 0;
}

async function countApplied({ pool }: DrillDatabase): Promise<number> {
  const { rows: found } = await pool.query<{ is_there: boolean }>(
    `select to_regclass('lastgasp_migrations') is not null as is_there`,
  );
  if (found[0]?.is_there !== true) return 0;
  const { rows } = await pool.query<{ applied: number }>(
    'select count(applied_at)::integer as applied from lastgasp_migrations',
  );
  return rows[0]?.applied ?? 0;
}

/** Tables with their columns, functions and indexes, as text. */
async function schemaOf({ pool }: DrillDatabase): Promise<string> {
  const { rows } = await pool.query(
    `select 'column ' || table_name || '.' || column_name || ' ' || data_type as line from information_schema.columns
       where table_schema = 'public'
     union all select 'function ' || p.oid::regprocedure || ' ' || md5(p.prosrc) from pg_proc p where p.pronamespace = 'public'::regnamespace
     union all select 'index ' || indexdef from pg_indexes where schemaname = 'public'
     union all select 'view ' || viewname || ' ' || md5(definition) from pg_views where schemaname = 'public'
     union all select 'migration ' || name || ' ' || sha256 from lastgasp_migrations where applied_at is not null
     order by 1`,
  );
  return JSON.stringify(rows);
}
