import { setTimeout as sleep } from 'node:timers/promises';
import type { Drill } from '../drill.ts';

const ROUNDS = 3;

/** Every process of PostgreSQL dies at once, in the middle of writing. */
export const powerCut: Drill = {
  name: 'power-cut',
  fault: `every process of PostgreSQL is killed (kill -9) at once, ${ROUNDS} times, while batches are written`,
  proof: 'PostgreSQL found its cluster not shut down in order and replayed its log',
  healing: 'PostgreSQL is started again',
  isShort: false,
  load: { storms: 2 },
  play: async (stage) => {
    for (let round = 0; round < ROUNDS; round++) {
      await stage.player.untilAcknowledged(300);
      await sleep(stage.between(0, 200));
      const killed = await stage.cluster.cutPower();
      await sleep(500);
      const logged = await stage.cluster.start();
      if (/was not properly shut down|redo starts/.test(logged)) {
        stage.prove(`${killed} processes were killed; PostgreSQL recovered from its log`);
      }
      await stage.healed();
    }
  },
};
