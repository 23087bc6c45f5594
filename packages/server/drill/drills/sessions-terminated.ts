import { setTimeout as sleep } from 'node:timers/promises';
import type { Drill } from '../drill.ts';

const ROUNDS = 5;

/** An administrator, or a failover, ends every session. */
export const sessionsTerminated: Drill = {
  name: 'sessions-terminated',
  fault: `every session of the server is terminated, ${ROUNDS} times, idle ones and those that listen too`,
  proof: 'PostgreSQL counted the sessions that it terminated, the listening one among them',
  healing: 'nothing: the server connects again',
  isShort: true,
  load: { storms: 2 },
  play: async (stage) => {
    for (let round = 0; round < ROUNDS; round++) {
      await stage.player.untilAcknowledged(150);
      await sleep(stage.between(0, 300));
      const { rows } = await stage.database.pool.query<{ name: string; ended: boolean }>(
        `select application_name as name, pg_terminate_backend(pid) as ended from pg_stat_activity
         where datname = current_database() and application_name like 'lastgasp%'`,
      );
      const ended = rows.filter((row) => row.ended);
      const names = new Set(ended.map(({ name }) => name));
      if (ended.length >= 4 && names.size >= 3) {
        stage.prove(`${ended.length} sessions were terminated: ${[...names].join(', ')}`);
      }
      await stage.healed();
    }
  },
};
