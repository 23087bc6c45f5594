import type { Drill } from '../drill.ts';

const ROUNDS = 3;

/** One session's process dies; PostgreSQL then cuts off all of them. */
export const backendKilled: Drill = {
  name: 'backend-killed',
  fault: `the process of one session that writes is killed (kill -9), ${ROUNDS} times, whereupon PostgreSQL cuts all off and recovers`,
  proof: 'PostgreSQL ended every session: the processes that served them are others now',
  healing: 'PostgreSQL recovers by itself',
  isShort: false,
  load: { storms: 2 },
  play: async (stage) => {
    for (let round = 0; round < ROUNDS; round++) {
      await stage.player.untilAcknowledged(300);
      const victim = await findSession(stage.database.pool);
      const before = await stage.cluster.pids();
      process.kill(victim, 'SIGKILL');
      await stage.until('PostgreSQL has recovered', async () => {
        const now = await stage.cluster.pids();
        return now[0] === before[0] && !now.includes(victim) && (await answers(stage.database.pool));
      });
      const after = await stage.cluster.pids();
      const kept = before.slice(1).filter((pid) => after.includes(pid)).length;
      if (kept <= 1)
        stage.prove(
          `session ${victim} was killed, and ${before.length - 1 - kept} processes of PostgreSQL with it`,
        );
      await stage.healed();
    }
  },
};

type Sessions = Parameters<Drill['play']>[0]['database']['pool'];

async function findSession(pool: Sessions): Promise<number> {
  const { rows } = await pool.query<{ pid: number }>(
    `select pid from pg_stat_activity
     where datname = current_database() and application_name = 'lastgasp serve'
     order by state = 'active' desc, query_start desc limit 1`,
  );
  if (rows[0] === undefined) throw new Error('no session of the server');
  return rows[0].pid;
}

const answers = (pool: Sessions): Promise<boolean> =>
  pool.query('select 1').then(
    () => true,
    () => false,
  );
