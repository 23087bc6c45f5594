// The durable full path of head-end events (de-duplicate, resolve, status, audit, evidence, commit) in events a second by batch
// size and connections, beside a bare COPY of the same rows into a table without index or key in the same run:
// `node bench/ingest.ts [--meters 1000,1000000] [--events 40000] [--runs 5] [--json]`. Both are on the same machine as the database,
// and take turns, so that a busy moment hits both. Each connection writes the events of its own meters, as a lane of `IngestQueue`
// does: `laneOf` of the asset tells which.
import { performance } from 'node:perf_hooks';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import { seededRandom } from '@lastgasp/engine';
import type { Pool } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { laneOf } from '../packages/server/src/ingest/lane-of.ts';
import {
  type ArrivedEvent,
  insertEvents,
} from '../packages/server/src/store/queries/ingest/insert-events.ts';
import { openBenchDatabase, registerMeters } from './bench-database.ts';
import { formatSpread, type Spread, spreadOf } from './spread.ts';

const { values: options } = parseArgs({
  options: {
    meters: { type: 'string', default: '1000,1000000' },
    events: { type: 'string', default: '40000' },
    runs: { type: 'string', default: '5' },
    json: { type: 'boolean', default: false },
  },
});
const SEED = 20261123;
const RUNS = Number(options.runs);
const EVENTS = Number(options.events);
const SHAPES = [
  { batch: 1, connections: 1 },
  { batch: 100, connections: 1 },
  { batch: 1000, connections: 1 },
  { batch: 1000, connections: 2 },
  { batch: 1000, connections: 4 },
  { batch: 5000, connections: 2 },
];

/** An event, and the meter's asset that it is about. */
interface MeterEvent extends ArrivedEvent {
  readonly asset: string;
}

interface Result {
  readonly meters: number;
  readonly batch: number;
  readonly connections: number;
  readonly eventsPerSecond: Spread;
  readonly copyRowsPerSecond: Spread;
}

/** Runs of neighbouring meters, as an outage takes them; each event newer than all before it. */
function makeEvents(count: number, meters: number, run: number, random: () => number): MeterEvent[] {
  const startAt = Date.UTC(2026, 0, 1) + run * 600_000;
  let meter = 0;
  return Array.from({ length: count }, (_, index) => {
    if (index % 2000 === 0) meter = Math.floor(random() * meters);
    const at = new Date(startAt + index).toISOString();
    const asset = `asset-${String((meter + index) % meters).padStart(12, '0')}`;
    const json = JSON.stringify({
      message_type: 'EndDeviceEvents',
      header: {
        verb: 'created',
        noun: 'EndDeviceEvents',
        timestamp: at,
        message_id: `msg-${run}-${Math.floor(index / 100)}`,
      },
      payload: {
        mrid: `event-${run}-${index}`,
        created_date_time: at,
        severity: 'High',
        assets: { 'ns2:mRID': asset },
        event_type: { '@ref': random() < 0.8 ? '3.26.0.85' : '3.26.0.216' },
      },
    });
    return { asset, json, receivedAt: new Date(startAt + index) };
  });
}

const batchesOf = (events: readonly ArrivedEvent[], size: number): ArrivedEvent[][] =>
  Array.from({ length: Math.ceil(events.length / size) }, (_, index) =>
    events.slice(index * size, (index + 1) * size),
  );

/** Events a second with `connections` writers, each of the batches of its own meters, one after another. */
async function timeIngest(
  pool: Pool,
  events: readonly MeterEvent[],
  size: number,
  connections: number,
): Promise<number> {
  const lanes = Array.from({ length: connections }, (_, lane) =>
    batchesOf(
      events.filter(({ asset }) => laneOf(asset, connections) === lane),
      size,
    ),
  );
  const startedAt = performance.now();
  await Promise.all(
    lanes.map(async (batches) => {
      const client = await pool.connect();
      for (const batch of batches) await insertEvents(client, 'kaifa', batch);
      client.release();
    }),
  );
  return (events.length / (performance.now() - startedAt)) * 1000;
}

/** Rows a second of COPY of the same payloads with one connection: what storing them alone costs. */
async function timeCopy(pool: Pool, batches: ArrivedEvent[][]): Promise<number> {
  const count = batches.reduce((sum, batch) => sum + batch.length, 0);
  const texts = batches.map((batch) =>
    batch
      .map((event, index) => `${index}\tkaifa\t${event.receivedAt.toISOString()}\t${event.json}\n`)
      .join(''),
  );
  const client = await pool.connect();
  const startedAt = performance.now();
  for (const text of texts) {
    await pipeline(Readable.from([text]), client.query(copyFrom('copy bare_events from stdin')));
  }
  const seconds = (performance.now() - startedAt) / 1000;
  client.release();
  return count / seconds;
}

const results: Result[] = [];
let run = 0;
for (const meters of options.meters.split(',').map(Number)) {
  const database = await openBenchDatabase();
  try {
    await registerMeters(database.pool, meters);
    await database.pool.query(
      'create table bare_events (id int, source text, received_at timestamptz, payload json)',
    );
    const random = seededRandom(SEED);
    await timeIngest(database.pool, makeEvents(5000, meters, run++, random), 1000, 4);
    for (const { batch, connections } of SHAPES) {
      const count = batch === 1 ? EVENTS / 20 : EVENTS;
      const ingest: number[] = [];
      const copy: number[] = [];
      for (let round = 0; round < RUNS; round++) {
        const events = makeEvents(count, meters, run++, random);
        copy.push(await timeCopy(database.pool, batchesOf(events, batch)));
        ingest.push(await timeIngest(database.pool, events, batch, connections));
        await database.pool.query('truncate bare_events');
      }
      const result = {
        meters,
        batch,
        connections,
        eventsPerSecond: spreadOf(ingest),
        copyRowsPerSecond: spreadOf(copy),
      };
      results.push(result);
      process.stderr.write(
        `${meters} meters, batch ${batch}, ${connections} connections: ${formatSpread(result.eventsPerSecond, 1000)} k events/s, COPY ${formatSpread(result.copyRowsPerSecond, 1000)} k rows/s\n`,
      );
    }
  } finally {
    await database.drop();
  }
}

if (options.json)
  process.stdout.write(`${JSON.stringify({ seed: SEED, runs: RUNS, events: EVENTS, results }, null, 2)}\n`);
else {
  process.stdout.write(
    '| meters | batch | connections | full path, k events/s | bare COPY, k rows/s | share |\n|---|---|---|---|---|---|\n',
  );
  for (const { meters, batch, connections, eventsPerSecond, copyRowsPerSecond } of results) {
    const share = ((100 * eventsPerSecond.median) / copyRowsPerSecond.median).toFixed(0);
    process.stdout.write(
      `| ${meters} | ${batch} | ${connections} | ${formatSpread(eventsPerSecond, 1000)} | ${formatSpread(copyRowsPerSecond, 1000)} | ${share} % |\n`,
    );
  }
}
