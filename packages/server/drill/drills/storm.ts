import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Drill } from '../drill.ts';
import { MOST_UNDER_WAY } from '../load/load-player.ts';

const USUAL_PER_SECOND = 250;
const TIMES = 10;
const STORM_SECONDS = 60;
const LARGEST_MEGABYTES = 512;
const READ_WITHIN_MS = 1_000;
const LOOK_EVERY_MS = 200;
const SLOW_READERS = 20;

/** Ten times the usual load for a minute, while readers of the live stream read nothing. */
export const storm: Drill = {
  name: 'storm',
  fault: `${TIMES} times the usual rate is sent for ${STORM_SECONDS} s, while ${SLOW_READERS} readers of the live stream never read`,
  proof: 'the rate was reached, or as many messages were under way as the senders have lines',
  healing: 'the rate falls to the usual one',
  isShort: false,
  // Without it Node gives each thread young memory by the machine's: 128 MB on one of 24 GB.
  environment: { NODE_OPTIONS: '--max-semi-space-size=8' },
  load: { storms: 6 },
  ratePerSecond: USUAL_PER_SECOND,
  play: async (stage) => {
    await stage.player.untilAcknowledged(200);
    const readers = Array.from({ length: SLOW_READERS }, () => openAndNeverRead(stage.first.url));
    stage.player.setRate(USUAL_PER_SECOND * TIMES);
    const readMs: number[] = [];
    let largestBytes = 0;
    let busiest = 0;
    const before = stage.player.acknowledged;
    const until = performance.now() + STORM_SECONDS * 1_000;
    while (performance.now() < until) {
      if (stage.player.left < USUAL_PER_SECOND * TIMES) stage.player.repeat();
      busiest = Math.max(busiest, stage.player.underWay);
      const begunAt = performance.now();
      const answer = await stage.first.get('/api/outages');
      readMs.push(answer?.status === 200 ? performance.now() - begunAt : Number.POSITIVE_INFINITY);
      const memory = (await stage.first.metric('process_resident_memory_bytes')).get('') ?? 0;
      largestBytes = Math.max(largestBytes, memory);
      await sleep(LOOK_EVERY_MS);
    }
    const perSecond = Math.round((stage.player.acknowledged - before) / STORM_SECONDS);
    for (const reader of readers) reader.destroy();
    stage.player.setRate(USUAL_PER_SECOND);
    await stage.healed();
    const megabytes = largestBytes / 1024 / 1024;
    const p99 = readMs.toSorted((a, b) => a - b)[Math.floor(readMs.length * 0.99)] ?? 0;
    if (perSecond >= USUAL_PER_SECOND * TIMES * 0.9 || busiest >= MOST_UNDER_WAY) {
      stage.prove(
        `${perSecond} messages/s were acknowledged, ${busiest} were under way at most; ${megabytes.toFixed(0)} MB, ` +
          `outages were read within ${p99.toFixed(0)} ms (p99 of ${readMs.length})`,
      );
    }
    if (megabytes === 0 || megabytes >= LARGEST_MEGABYTES)
      stage.breach(`I11 ${megabytes.toFixed(0)} MB of memory`);
    if (p99 >= READ_WITHIN_MS) stage.breach(`I11 reads of outages took ${p99.toFixed(0)} ms (p99)`);
  },
};

/** A client of the live stream whose side of the line fills up. */
function openAndNeverRead(url: string) {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => undefined);
  socket.pause();
  socket.write(`GET /api/stream HTTP/1.1\r\nhost: ${hostname}:${port}\r\naccept: text/event-stream\r\n\r\n`);
  return socket;
}
