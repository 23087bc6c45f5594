import { setTimeout as sleep } from 'node:timers/promises';
import type { Drill } from '../drill.ts';

const HUNG_MS = 12_000;
/** Requests must end within 5 s; this much more is for a busy machine. */
const LONGEST_ANSWER_MS = 6_500;

/** PostgreSQL stands still: it neither answers nor refuses. */
export const databaseHung: Drill = {
  name: 'database-hung',
  fault: `every process of PostgreSQL stands still (SIGSTOP) for ${HUNG_MS / 1000} s: connections stay open, and nothing answers`,
  proof: 'messages were answered 503, and /health/ready said 503 while /health/live was answered',
  healing: 'SIGCONT',
  isShort: false,
  play: async (stage) => {
    await stage.player.untilAcknowledged(300);
    const before = stage.http.byStatus.get(503) ?? 0;
    const answeredBefore = stage.http.tookMs.length;
    const stopped = await stage.cluster.signal('SIGSTOP');
    try {
      await sleep(HUNG_MS - 3_000);
      const ready = await stage.first.get('/health/ready');
      const askedAt = performance.now();
      const live = await stage.first.get('/health/live');
      const liveMs = performance.now() - askedAt;
      await sleep(3_000);
      const refused = (stage.http.byStatus.get(503) ?? 0) - before;
      if (ready?.status === 503 && live?.status === 200 && refused > 0) {
        stage.prove(
          `${stopped} processes stood still; ready 503, live in ${liveMs.toFixed(0)} ms, ${refused} messages put off`,
        );
      }
    } finally {
      await stage.cluster.signal('SIGCONT');
    }
    await stage.healed();
    const slowest = Math.max(0, ...stage.http.tookMs.slice(answeredBefore));
    if (slowest > LONGEST_ANSWER_MS)
      stage.breach(`an answer took ${(slowest / 1000).toFixed(1)} s while the database hung`);
    if (stage.player.unanswered > 0)
      stage.breach(`${stage.player.unanswered} messages were not answered at all`);
  },
};
