// The head-end of `bench/storm.ts`, a process of its own: it plays gasps in real time through the real ingest queue. Its parent says
// when; each part ends with how it went.
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { IngestOverloaded } from '../packages/server/src/ingest/ingest-errors.ts';
import { IngestQueue } from '../packages/server/src/ingest/ingest-queue.ts';
import { createPool } from '../packages/server/src/store/pool.ts';
import { kaifaEnvelope } from '../packages/server/test/messages.ts';
import { makeOrdinaryTraffic, type ToldWord } from './ordinary-traffic.ts';
import { StormMaker } from './storm-gasps.ts';
import { makeStormSite } from './storm-site.ts';

/** What the parent gives as its only argument. */
export interface FeederTask {
  readonly url: string;
  readonly seed: number;
  readonly meters: number;
  readonly gaspsPerSecond: number;
  readonly stormSeconds: number;
  readonly ordinaryPerSecond: number;
  readonly ordinarySeconds: number;
}

/** How a part went. */
export interface FeederReport {
  readonly events: number;
  /** Seconds from the first message to the last answer. */
  readonly seconds: number;
  /** Messages that the queue refused, and that were sent again. */
  readonly refused: number;
  readonly cpuSeconds: number;
}

const EVENTS_PER_MESSAGE = 20;
const TICK_MS = 20;

const task = JSON.parse(process.argv[2] as string) as FeederTask;
const site = makeStormSite(task.meters);
const maker = new StormMaker(site.network, task.seed);
const pool = createPool(task.url, { applicationName: 'storm head-end', max: 3 });
const queue = new IngestQueue({ pool });
let messages = 0;

async function play(told: readonly ToldWord[]): Promise<FeederReport> {
  const cpu = process.cpuUsage();
  const beginMs = Date.now();
  const startedAt = performance.now();
  const underWay = new Set<Promise<void>>();
  let refused = 0;
  const send = async (batch: readonly ToldWord[]): Promise<void> => {
    const nth = ++messages;
    const events = batch.map(({ meterKey, at, type }, i) => ({
      mrid: `event-${nth}-${i}`,
      asset: `asset-${String(meterKey).padStart(12, '0')}`,
      type,
      at: new Date(beginMs + at * 1000).toISOString(),
    }));
    const body = kaifaEnvelope(`message-${nth}`, events);
    for (;;) {
      try {
        await queue.receive({ provider: 'kaifa', body, receivedAt: new Date(), transport: 'http' });
        return;
      } catch (error) {
        if (!(error instanceof IngestOverloaded)) throw error;
        refused++;
        await sleep(1000);
      }
    }
  };
  for (let next = 0; next < told.length; ) {
    const now = (performance.now() - startedAt) / 1000;
    let due = next;
    while (due < told.length && (told[due] as ToldWord).receivedAt <= now) due++;
    for (; next < due; next += EVENTS_PER_MESSAGE) {
      const work: Promise<void> = send(told.slice(next, Math.min(due, next + EVENTS_PER_MESSAGE))).finally(
        () => underWay.delete(work),
      );
      underWay.add(work);
    }
    next = due;
    await sleep(TICK_MS);
  }
  await Promise.all(underWay);
  const { user, system } = process.cpuUsage(cpu);
  return {
    events: told.length,
    seconds: (performance.now() - startedAt) / 1000,
    refused,
    cpuSeconds: (user + system) / 1e6,
  };
}

const storm = maker
  .steady(task.gaspsPerSecond, task.stormSeconds)
  .map((gasp): ToldWord => ({ ...gasp, type: 'PowerOutage' }));

process.on('message', (part: 'storm' | 'ordinary' | 'end') => {
  if (part === 'end') {
    void queue
      .close()
      .then(() => pool.end())
      .then(() => process.disconnect());
    return;
  }
  const told =
    part === 'storm'
      ? storm
      : makeOrdinaryTraffic(
          site.network,
          maker.alive(),
          task.ordinaryPerSecond,
          task.ordinarySeconds,
          task.seed + 1,
        );
  void play(told).then((report) => process.send?.(report));
});
process.send?.('ready');
