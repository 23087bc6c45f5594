import { execFile } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Drill } from '../drill.ts';
import type { DrillDatabase } from '../parts/drill-cluster.ts';

const KILLS = 5;
const STARTS = 5;

/** The first start of a new version is killed half-way, and then five hosts start at once. */
export const migrationKilled: Drill = {
  name: 'migration-killed',
  fault: `"migrate" is killed (kill -9) at ${KILLS} points of its way on an empty database, then ${STARTS} processes start at once`,
  proof: 'each was killed before it had finished, and five began on the same database',
  healing: 'the next start goes on',
  isShort: true,
  processes: 0,
  play: async (stage) => {
    const empty = await stage.cluster.createDatabase(`${stage.database.name}_empty`, true);
    try {
      const took = await timeOfMigration(stage);
      let killed = 0;
      for (let point = 1; point <= KILLS; point++) {
        if (await migrateAndKill(stage, empty, (took * point) / (KILLS + 1))) killed++;
      }
      const starts = Array.from({ length: STARTS }, () =>
        stage.startInstance({ environment: { DATABASE_URL: empty.url } }),
      );
      const started = await Promise.all(starts);
      const isWhole = (await schemaOf(empty)) === (await schemaOf(stage.database));
      if (!isWhole) stage.breach('the schema after the kills is not that of a fresh installation');
      const { rows } = await empty.pool.query('select from pg_index where not indisvalid');
      if (rows.length > 0) stage.breach(`${rows.length} indexes are not valid`);
      if (killed > 0)
        stage.prove(`${killed} of ${KILLS} were killed on their way; ${started.length} then started at once`);
      for (const instance of stage.instances.splice(0)) {
        const how = await instance.stop();
        if (how !== '0') stage.breach(`${instance.name} was asked to end and ended with ${how}`);
      }
    } finally {
      await empty.drop();
    }
    await stage.startInstance();
    await stage.healed();
  },
};

type Stage = Parameters<Drill['play']>[0];

/** Milliseconds that a whole migration takes here. */
async function timeOfMigration(stage: Stage): Promise<number> {
  const fresh = await stage.cluster.createDatabase(`${stage.database.name}_fresh`, true);
  try {
    const begunAt = performance.now();
    await stage.runCommand(['migrate'], [0], fresh.url);
    return performance.now() - begunAt;
  } finally {
    await fresh.drop();
  }
}

/** Whether it was killed before it had ended. */
async function migrateAndKill(stage: Stage, database: DrillDatabase, afterMs: number): Promise<boolean> {
  const child = execFile(process.execPath, stage.commandLine(['migrate']), {
    env: { PATH: process.env.PATH, DATABASE_URL: database.url },
  });
  const ended = new Promise<NodeJS.Signals | null>((resolve) =>
    child.once('exit', (_code, signal) => resolve(signal)),
  );
  await sleep(afterMs);
  child.kill('SIGKILL');
  return (await ended) === 'SIGKILL';
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
