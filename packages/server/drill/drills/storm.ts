import { setTimeout as sleep } from 'node:timers/promises';
import type { Drill } from '../drill.ts';

const USUAL_PER_SECOND = 250;
const STORM_SECONDS = 60;
const LARGEST_MEGABYTES = 512;
const READ_WITHIN_MS = 1_000;

/** Ten times the usual load for a minute, while one reader of the live stream reads nothing. */
export const storm: Drill = {
  name: 'storm',
  fault: `ten times the usual rate is sent for ${STORM_SECONDS} s, while the correlator is slowed by a reader that never reads`,
  proof: 'messages were sent faster than they could be taken: as many were under way as a sender may have',
  healing: 'the rate falls to the usual one',
  isShort: false,
  load: { storms: 12 },
  ratePerSecond: USUAL_PER_SECOND,
  play: async (stage) => {
    await stage.player.untilAcknowledged(200);
    stage.player.setRate(USUAL_PER_SECOND * 10);
    const readMs: number[] = [];
    let largestBytes = 0;
    let sentBefore = stage.player.acknowledged;
    const until = performance.now() + STORM_SECONDS * 1_000;
    let busiest = 0;
    while (performance.now() < until) {
      if (stage.player.left < 1_000) stage.player.repeat();
      busiest = Math.max(busiest, stage.player.underWay);
      const begunAt = performance.now();
      const answer = await stage.first.get('/api/outages');
      readMs.push(answer?.status === 200 ? performance.now() - begunAt : Number.POSITIVE_INFINITY);
      const memory = (await stage.first.metric('process_resident_memory_bytes')).get('') ?? 0;
      largestBytes = Math.max(largestBytes, memory);
      await sleep(200);
    }
    sentBefore = stage.player.acknowledged - sentBefore;
    stage.player.setRate(USUAL_PER_SECOND);
    await stage.healed();
    const megabytes = largestBytes / 1024 / 1024;
    const p99 = readMs.sort((a, b) => a - b)[Math.floor(readMs.length * 0.99)] ?? 0;
    stage.prove(
      `${Math.round(sentBefore / STORM_SECONDS)} deliveries/s acknowledged, ${busiest} under way; ${megabytes.toFixed(0)} MB; outages read within ${p99.toFixed(0)} ms (p99 of ${readMs.length})`,
    );
    if (megabytes === 0 || megabytes >= LARGEST_MEGABYTES)
      stage.breach(`I11 ${megabytes.toFixed(0)} MB of memory`);
    if (p99 >= READ_WITHIN_MS) stage.breach(`I11 reads of outages took ${p99.toFixed(0)} ms (p99)`);
  },
};
