import { setTimeout as sleep } from 'node:timers/promises';
import type { Drill } from '../drill.ts';

const ROUNDS = 20;
const ROUNDS_IN_SHORT = 5;

/** kill -9 of the whole server, again and again while it writes. */
export const killInBatch: Drill = {
  name: 'kill-in-batch',
  fault: `the server is killed (kill -9) ${ROUNDS} times while it writes batches, after 50 to 500 ms each`,
  proof: 'each process ended by SIGKILL, and senders were left without an answer',
  healing: 'the service manager starts it again',
  isShort: true,
  ratePerSecond: 400,
  play: async (stage) => {
    const rounds = stage.options.isShort ? ROUNDS_IN_SHORT : ROUNDS;
    let killed = 0;
    stage.hasLostCounts = true;
    for (let round = 0; round < rounds; round++) {
      await stage.player.untilAcknowledged(1);
      await sleep(stage.between(50, 500));
      const how = await stage.first.kill();
      if (how === 'SIGKILL') killed++;
      await stage.startAgain(stage.first);
      if (round % 5 === 4) await stage.healed();
      // A load that has run out would leave the last rounds without anything to kill.
      if (stage.player.left === 0) stage.player.repeat();
    }
    if (killed === rounds && stage.player.unanswered > 0) {
      stage.prove(
        `${killed} processes ended by SIGKILL; ${stage.player.unanswered} messages were left without an answer`,
      );
    }
  },
};
