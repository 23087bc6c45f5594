// From the moment a SCADA trip is sent to the moment its outage is pushed to a screen, while head-end events come in at a steady
// rate through the real server: `node bench/visible-latency.ts [--rate 500] [--trips 60] [--json]`. Beside it, in the same run, the
// time of the trip's own HTTP answer, which is the part that only stores it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { seededRandom } from '@lastgasp/engine';
import { kaifaEnvelope } from '../packages/server/test/messages.ts';
import { openBenchDatabase, registerMeters } from './bench-database.ts';

const { values: options } = parseArgs({
  options: {
    rate: { type: 'string', default: '500' },
    trips: { type: 'string', default: '60' },
    json: { type: 'boolean', default: false },
  },
});
const RATE = Number(options.rate);
const TRIPS = Number(options.trips);
const METERS = 100_000;
const METERS_PER_FEEDER = 1000;
const EVENTS_PER_MESSAGE = 5;
const SECONDS_BETWEEN_TRIPS = 0.5;
const SEED = 20261123;

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

async function untilReady(url: string): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const answer = await fetch(`${url}/health/live`).catch(() => null);
    if (answer?.ok === true) return;
    await sleep(100);
  }
  throw new Error(`nothing answers at ${url}`);
}

/** Reads the live stream and tells the time at which each feeder's outage came. */
async function watch(url: string, seenAt: Map<string, number>, signal: AbortSignal): Promise<void> {
  const answer = await fetch(`${url}/api/stream`, { signal });
  if (!answer.ok || answer.body === null) throw new Error(`the stream answers ${answer.status}`);
  let text = '';
  for await (const chunk of answer.body.pipeThrough(new TextDecoderStream())) {
    const now = performance.now();
    text += chunk;
    const end = text.lastIndexOf('\n\n');
    for (const [, feeder] of text.slice(0, end + 1).matchAll(/"CB-(F\d+)-2\d{7}T/g)) {
      if (feeder !== undefined && !seenAt.has(feeder)) seenAt.set(feeder, now);
    }
    text = text.slice(end + 1);
  }
}

async function post(url: string, path: string, body: string): Promise<void> {
  const answer = await fetch(url + path, { method: 'POST', body });
  await answer.arrayBuffer();
  if (answer.status !== 202) throw new Error(`${path} answers ${answer.status}`);
}

/** Posts events at the rate until told to stop; gives how many were answered. */
async function load(url: string, stop: AbortSignal): Promise<number> {
  const random = seededRandom(SEED);
  const underWay = new Set<Promise<void>>();
  const everyMs = (1000 * EVENTS_PER_MESSAGE) / RATE;
  const startedAt = performance.now();
  let sent = 0;
  while (!stop.aborted) {
    const events = Array.from({ length: EVENTS_PER_MESSAGE }, (_, nth) => ({
      mrid: `event-${sent}-${nth}`,
      asset: `asset-${String(Math.floor(random() * METERS)).padStart(12, '0')}`,
      type: random() < 0.5 ? 'PowerOutage' : 'PowerRestored',
      at: new Date().toISOString(),
    }));
    const work: Promise<void> = post(
      url,
      '/api/ingest/kaifa',
      kaifaEnvelope(`message-${sent}`, events),
    ).finally(() => underWay.delete(work));
    underWay.add(work);
    sent++;
    await sleep(Math.max(0, startedAt + sent * everyMs - performance.now()));
  }
  await Promise.all(underWay);
  return sent * EVENTS_PER_MESSAGE;
}

const quantile = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] as number;
const describe = (values: readonly number[]) => {
  const sorted = [...values].sort((a, b) => a - b);
  return {
    min: sorted[0] as number,
    p50: quantile(sorted, 0.5),
    p99: quantile(sorted, 0.99),
    max: sorted.at(-1) as number,
  };
};

const database = await openBenchDatabase();
const port = await freePort();
await registerMeters(database.pool, METERS, METERS_PER_FEEDER);
const launcher = fileURLToPath(new URL('../packages/server/bin/lastgasp.mjs', import.meta.url));
const server = spawn(process.execPath, [launcher, 'serve'], {
  env: { ...process.env, DATABASE_URL: database.url, PORT: String(port), LASTGASP_LOG_LEVEL: 'warn' },
  stdio: ['ignore', 'ignore', 'inherit'],
});
try {
  const url = `http://127.0.0.1:${port}`;
  await untilReady(url);
  const stop = new AbortController();
  const seenAt = new Map<string, number>();
  const watching = watch(url, seenAt, stop.signal).catch((error: unknown) => {
    if (!stop.signal.aborted) throw error;
  });
  const loading = load(url, stop.signal);
  await sleep(3000);

  const startedAt = performance.now();
  const sentAt = new Map<string, number>();
  const answers: number[] = [];
  for (let trip = 1; trip <= TRIPS; trip++) {
    const feeder = `F${trip}`;
    const body = JSON.stringify({
      eventType: 'breaker_trip',
      substationId: 'S1',
      feederId: feeder,
      mainStationId: '82001',
      alarmType: 'breaker_trip',
      timestamp: new Date().toISOString(),
      voltage: 0,
    });
    const at = performance.now();
    sentAt.set(feeder, at);
    await post(url, '/api/ingest/scada', body);
    answers.push(performance.now() - at);
    await sleep(SECONDS_BETWEEN_TRIPS * 1000);
  }
  await sleep(3000);
  const seconds = (performance.now() - startedAt) / 1000;
  stop.abort();
  const events = await loading;
  await watching;

  const visible = [...sentAt].map(([feeder, at]) => {
    const seen = seenAt.get(feeder);
    if (seen === undefined) throw new Error(`the outage of ${feeder} was never pushed`);
    return seen - at;
  });
  const result = {
    seed: SEED,
    meters: METERS,
    metersPerTrip: METERS_PER_FEEDER,
    offeredEventsPerSecond: RATE,
    answeredEventsPerSecond: events / (seconds + 3),
    trips: TRIPS,
    visibleMilliseconds: describe(visible),
    answeredMilliseconds: describe(answers),
  };
  const text = (name: string, { min, p50, p99, max }: ReturnType<typeof describe>) =>
    `${name}: p50 ${p50.toFixed(0)} ms, p99 ${p99.toFixed(0)} ms (${min.toFixed(0)}-${max.toFixed(0)})\n`;
  process.stdout.write(
    options.json
      ? `${JSON.stringify(result, null, 2)}\n`
      : `${TRIPS} trips over ${METERS_PER_FEEDER} meters each at ${result.answeredEventsPerSecond.toFixed(0)} events/s\n` +
          text('sent to outage on the screen', result.visibleMilliseconds) +
          text('sent to answered', result.answeredMilliseconds),
  );
} finally {
  server.kill('SIGTERM');
  if (server.exitCode === null) await once(server, 'exit');
  await database.drop();
}
