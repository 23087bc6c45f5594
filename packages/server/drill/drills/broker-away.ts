import { setTimeout as sleep } from 'node:timers/promises';
import type { Drill } from '../drill.ts';

const AWAY_MS = 3_000;

/** The broker dies and comes back. */
export const brokerAway: Drill = {
  name: 'broker-away',
  fault: `the Kafka broker is killed (kill -9), stays away for ${AWAY_MS / 1000} s, and is started again on its data`,
  proof: 'the process ended and the sender could put nothing meanwhile',
  healing: 'the broker is started again',
  isShort: false,
  carrier: 'kafka',
  play: async (stage) => {
    await stage.player.untilAcknowledged(400);
    const killed = await stage.broker.kill();
    const put = stage.kafka?.put;
    await sleep(AWAY_MS);
    if (killed && stage.kafka?.put === put)
      stage.prove('the broker was killed, and took no message while it was away');
    await stage.broker.startAgain();
    await stage.until(
      'the broker takes messages',
      () => (stage.kafka?.put ?? 0) > (put ?? 0) || stage.player.left === 0,
    );
    await stage.healed();
  },
};
