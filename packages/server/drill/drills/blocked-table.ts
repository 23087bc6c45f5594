import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import type { Drill } from '../drill.ts';
import { DRIVER_NAME } from '../parts/drill-cluster.ts';

const BLOCKED_MS = 8_000;

/** Somebody's migration holds the busiest table for itself. */
export const blockedTable: Drill = {
  name: 'blocked-table',
  fault: `a session holds oms_meters for itself (access exclusive) for ${BLOCKED_MS / 1000} s, as a bad migration does`,
  proof: 'sessions of the server waited for that lock, and messages were answered 503 within 5 s',
  healing: 'the session ends',
  isShort: false,
  play: async (stage) => {
    await stage.player.untilAcknowledged(300);
    const before = stage.http.byStatus.get(503) ?? 0;
    const blocker = new Client({ connectionString: stage.database.url, application_name: DRIVER_NAME });
    await blocker.connect();
    let waiting = 0;
    try {
      await blocker.query('begin; lock table oms_meters in access exclusive mode');
      await sleep(BLOCKED_MS);
      const { rows } = await stage.database.pool.query<{ waiting: number }>(
        `select count(*)::integer as waiting from pg_stat_activity
         where datname = current_database() and wait_event_type = 'Lock' and application_name like 'lastgasp%'`,
      );
      waiting = rows[0]?.waiting ?? 0;
    } finally {
      await blocker.end();
    }
    const refused = (stage.http.byStatus.get(503) ?? 0) - before;
    if (waiting > 0 && refused > 0)
      stage.prove(`${waiting} sessions waited for the lock, ${refused} messages put off`);
    await stage.healed();
  },
};
