import { type Network, seededRandom } from '../packages/engine/src/index.ts';
import type { Gasp } from './storm-gasps.ts';

/** What a meter tells in a storm or on an ordinary day. */
export interface ToldWord extends Gasp {
  readonly type: 'PowerOutage' | 'PowerRestored';
}

/** A meter has supply again after so many seconds. */
const LOSS_SECONDS = 20;

/** Single meters of those `alive` that lose supply at random and tell of its return, so many words a second in the mean, by receipt. */
export function makeOrdinaryTraffic(
  network: Network,
  alive: readonly number[],
  wordsPerSecond: number,
  seconds: number,
  seed: number,
): ToldWord[] {
  const random = seededRandom(seed);
  return Array.from({ length: Math.round((wordsPerSecond * seconds) / 2) }, () => {
    const meterKey = network.meterKey[alive[Math.floor(random() * alive.length)] as number] as number;
    const at = random() * Math.max(1, seconds - LOSS_SECONDS);
    return (['PowerOutage', 'PowerRestored'] as const).map((type, i) => {
      const eventAt = at + i * LOSS_SECONDS;
      return { meterKey, at: eventAt, receivedAt: eventAt + 0.3 + random(), type };
    });
  })
    .flat()
    .sort((a, b) => a.receivedAt - b.receivedAt);
}
