import { setTimeout as sleep } from 'node:timers/promises';
import type { Drill } from '../drill.ts';

const AWAY_MS = 3_000;

/** PostgreSQL is restarted in order, as for an update. */
export const databaseRestart: Drill = {
  name: 'database-restart',
  fault: `PostgreSQL is stopped in order, stays away for ${AWAY_MS / 1000} s, and is started again`,
  proof: 'the server said that the database is away, and answered messages with 503',
  healing: 'PostgreSQL is started again',
  isShort: true,
  play: async (stage) => {
    await stage.player.untilAcknowledged(300);
    const before = stage.http.byStatus.get(503) ?? 0;
    await stage.cluster.stop();
    await sleep(AWAY_MS);
    const ready = await stage.first.get('/health/ready');
    const live = await stage.first.get('/health/live');
    await stage.cluster.start();
    const refused = (stage.http.byStatus.get(503) ?? 0) - before;
    if (ready?.status === 503 && live?.status === 200 && refused > 0) {
      stage.prove(`/health/ready said 503, and ${refused} messages were answered with it`);
    }
    await stage.healed();
  },
};
