// What the correlator costs for an event, at the same looks in each run: the storm of `bench/storm.ts` and ordinary traffic after it are
// put into the evidence log a look at a time, and only reading, judging and writing of each look is measured, as processor time of the
// thread and of the database's session. Unlike waiting times that hardly depends on what else the machine does, and what is written at
// the end is the same in each run: `--dump` writes it to a file.
// `node bench/correlate-steps.ts [--meters 100000] [--seconds 60] [--gasps 200] [--ordinary-seconds 30] [--ordinary 50] [--look-ms 300]
// [--profile folder] [--dump file] [--json]`.
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { Session } from 'node:inspector/promises';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import type { Pool, PoolClient } from 'pg';
import { defaultPolicy, OutageTracker } from '../packages/engine/src/index.ts';
import { correlateChunk } from '../packages/server/src/correlate/correlate-chunk.ts';
import { Correlation } from '../packages/server/src/correlate/correlation.ts';
import { IngestQueue } from '../packages/server/src/ingest/ingest-queue.ts';
import { prepareSession } from '../packages/server/src/store/queries/correlate/prepare-session.ts';
import { kaifaEnvelope } from '../packages/server/test/messages.ts';
import { openBenchDatabase } from './bench-database.ts';
import { copyStormSite } from './copy-storm-site.ts';
import { makeOrdinaryTraffic, type ToldWord } from './ordinary-traffic.ts';
import { StormMaker } from './storm-gasps.ts';
import { makeStormSite } from './storm-site.ts';

const { values: options } = parseArgs({
  options: {
    meters: { type: 'string', default: '100000' },
    seconds: { type: 'string', default: '60' },
    gasps: { type: 'string', default: '200' },
    'ordinary-seconds': { type: 'string', default: '30' },
    ordinary: { type: 'string', default: '50' },
    'look-ms': { type: 'string', default: '300' },
    profile: { type: 'string' },
    dump: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});
const SEED = 20261127;
/** Everything is told to have happened from then on. */
const BEGIN_MS = Date.UTC(2026, 10, 27, 12);
const EVENTS_PER_MESSAGE = 20;
const LIMIT = 20_000;

/** What one part came to. */
interface PartReport {
  readonly events: number;
  readonly looks: number;
  readonly zonesJudged: number;
  /** Milliseconds of CPU: of the thread, of it in the engine's `judge`, of the process with its threads for garbage, and of the session. */
  readonly threadMs: number;
  readonly processMs: number;
  readonly judgeMs: number;
  readonly sessionMs: number;
  /** Milliseconds on the wall of one look. */
  readonly lookMs: { readonly p50: number; readonly p99: number; readonly max: number };
  /** Statements, and milliseconds of the session's CPU until they were answered, by the file that asked. */
  readonly statements: Readonly<Record<string, { readonly calls: number; readonly cpuMs: number }>>;
  readonly openOutages: number;
}

let statements: Record<string, { calls: number; cpuMs: number }> = {};
let judgeMs = 0;
let zonesJudged = 0;

const threadMs = (): number => {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1e3;
};

const processMs = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e3;
};

const { judge } = OutageTracker.prototype;
OutageTracker.prototype.judge = function (now) {
  const from = threadMs();
  const zones = judge.call(this, now);
  judgeMs += threadMs() - from;
  zonesJudged += zones.length;
  return zones;
};

function observe(client: PoolClient, pid: number): void {
  const query = client.query.bind(client) as (...all: unknown[]) => unknown;
  Object.assign(client, {
    query: (...all: unknown[]): unknown => {
      const lines = new Error('asked').stack?.split('\n') ?? [];
      const name =
        lines
          .map((line) => /\/src\/(?:store\/queries\/correlate|correlate)\/([\w-]+)\.ts/.exec(line)?.[1])
          .find((file) => file !== undefined) ?? 'other';
      const from = sessionMs(pid);
      const answer = query(...all);
      // A COPY answers with a stream.
      if (!(answer instanceof Promise)) return answer;
      return answer.finally(() => {
        const own = statements[name] ?? { calls: 0, cpuMs: 0 };
        own.calls++;
        own.cpuMs += sessionMs(pid) - from;
        statements[name] = own;
      });
    },
  });
}

/** Milliseconds of CPU that a session has had; 0 off Linux. */
function sessionMs(pid: number): number {
  try {
    return Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[0]) / 1e6;
  } catch {
    return 0;
  }
}

let messages = 0;

async function put(queue: IngestQueue, words: readonly ToldWord[], beginMs: number): Promise<void> {
  for (let next = 0; next < words.length; next += EVENTS_PER_MESSAGE) {
    const nth = ++messages;
    const batch = words.slice(next, next + EVENTS_PER_MESSAGE);
    const body = kaifaEnvelope(
      `message-${nth}`,
      batch.map(({ meterKey, at, type }, i) => ({
        mrid: `event-${nth}-${i}`,
        asset: `asset-${String(meterKey).padStart(12, '0')}`,
        type,
        at: new Date(beginMs + at * 1000).toISOString(),
      })),
    );
    const last = batch.at(-1) as ToldWord;
    // One after the other, so that the log has the same order in each run.
    await queue.receive({
      provider: 'kaifa',
      body,
      receivedAt: new Date(beginMs + last.receivedAt * 1000),
      transport: 'http',
    });
  }
}

async function countOpen(pool: Pool): Promise<number> {
  const { rows } = await pool.query<{ open: number }>(
    'select count(*)::integer as open from oms_outage_events where oms_is_open(status)',
  );
  return rows[0]?.open ?? 0;
}

/** Everything that the correlator wrote, without moments of writing and numbers that hang on which of two sessions stored an event first. */
async function dumpResults(pool: Pool): Promise<string> {
  const lines: string[] = [];
  for (const table of [
    'oms_outage_events',
    'oms_outage_meters',
    'oms_event_sources',
    'oms_outage_decisions',
    'oms_outage_meter_changes',
    'oms_event_timeline',
  ]) {
    const { rows } = await pool.query<{ line: string }>(
      `select (to_jsonb(t) - array['id', 'last_updated_at', 'created_at', 'recorded_at', 'source_event_id'])::text as line
       from ${table} t order by 1`,
    );
    lines.push(`# ${table}`, ...rows.map(({ line }) => line));
  }
  return `${lines.join('\n')}\n`;
}

const database = await openBenchDatabase();
const { pool } = database;
try {
  const site = makeStormSite(Number(options.meters));
  await copyStormSite(pool, site);
  process.stderr.write(`${site.network.meterCount} meters\n`);
  const maker = new StormMaker(site.network, SEED);
  const queue = new IngestQueue({ pool });
  const client = await pool.connect();
  await prepareSession(client);
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
  const { pid } = rows[0] as { pid: number };
  observe(client, pid);
  const correlation = new Correlation(defaultPolicy);
  const look = (atMs: number) =>
    correlateChunk(
      client,
      correlation,
      LIMIT,
      () => Promise.resolve(),
      () => ({ at: atMs * 1000, isNews: true }),
    );
  await look(BEGIN_MS);

  const play = async (name: string, words: readonly ToldWord[], beginMs: number): Promise<PartReport> => {
    const lookSeconds = Number(options['look-ms']) / 1000;
    const looks: number[] = [];
    let thread = 0;
    let whole = 0;
    let session = 0;
    statements = {};
    judgeMs = 0;
    zonesJudged = 0;
    const profiler = options.profile === undefined ? null : new Session();
    profiler?.connect();
    await profiler?.post('Profiler.enable');
    await profiler?.post('Profiler.start');
    const end = words.at(-1)?.receivedAt ?? 0;
    for (let next = 0, at = lookSeconds; at < end + lookSeconds; at += lookSeconds) {
      let due = next;
      while (due < words.length && (words[due] as ToldWord).receivedAt <= at) due++;
      await put(queue, words.slice(next, due), beginMs);
      next = due;
      const begun = performance.now();
      const threadBefore = threadMs();
      const wholeBefore = processMs();
      const sessionBefore = sessionMs(pid);
      await look(beginMs + at * 1000);
      thread += threadMs() - threadBefore;
      whole += processMs() - wholeBefore;
      session += sessionMs(pid) - sessionBefore;
      looks.push(performance.now() - begun);
    }
    if (options.profile !== undefined) {
      const profile = await profiler?.post('Profiler.stop');
      await writeFile(join(options.profile, `${name}.cpuprofile`), JSON.stringify(profile?.profile));
    }
    const sorted = looks.toSorted((a, b) => a - b);
    const quantile = (share: number): number =>
      sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] as number;
    return {
      events: words.length,
      looks: looks.length,
      zonesJudged,
      threadMs: thread,
      processMs: whole,
      judgeMs,
      sessionMs: session,
      lookMs: { p50: quantile(0.5), p99: quantile(0.99), max: quantile(1) },
      statements,
      openOutages: await countOpen(pool),
    };
  };

  const storm = maker
    .steady(Number(options.gasps), Number(options.seconds))
    .map((gasp): ToldWord => ({ ...gasp, type: 'PowerOutage' }));
  const parts: Record<string, PartReport> = { storm: await play('storm', storm, BEGIN_MS) };
  const ordinarySeconds = Number(options['ordinary-seconds']);
  if (ordinarySeconds > 0) {
    const beginMs = BEGIN_MS + Math.ceil((storm.at(-1)?.receivedAt ?? 0) + 1) * 1000;
    const ordinary = makeOrdinaryTraffic(
      site.network,
      maker.alive(),
      Number(options.ordinary),
      ordinarySeconds,
      SEED + 1,
    );
    parts.ordinary = await play('ordinary', ordinary, beginMs);
  }
  await queue.close();
  client.release(true);
  if (options.dump !== undefined) await writeFile(options.dump, await dumpResults(pool));
  if (options.json)
    process.stdout.write(`${JSON.stringify({ seed: SEED, meters: site.network.meterCount, ...parts })}\n`);
  else for (const [name, part] of Object.entries(parts)) process.stdout.write(describe(name, part));
} finally {
  await database.drop();
}

function describe(name: string, part: PartReport): string {
  const perEvent = (ms: number): string => `${((ms / part.events) * 1000).toFixed(0)} µs`;
  const { p50, p99, max } = part.lookMs;
  return `${name}: ${part.events} events in ${part.looks} looks of ${part.zonesJudged} zones; ${part.openOutages} outages open
  CPU for an event: thread ${perEvent(part.threadMs)}, of it judging ${perEvent(part.judgeMs)}; process ${perEvent(part.processMs)}; session ${perEvent(part.sessionMs)}
  a look: p50 ${p50.toFixed(0)} ms, p99 ${p99.toFixed(0)} ms, most ${max.toFixed(0)} ms on the wall
  session by statement: ${Object.entries(part.statements)
    .sort(([, a], [, b]) => b.cpuMs - a.cpuMs)
    .slice(0, 14)
    .map(([file, { calls, cpuMs }]) => `${file} ${cpuMs.toFixed(0)} ms (${calls})`)
    .join(', ')}
`;
}
