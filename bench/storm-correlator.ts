// The correlator of `bench/storm.ts`, a process of its own as `serve --roles correlate` is one; tells at each question where its time
// went since the last one.
import { performance } from 'node:perf_hooks';
import type { PoolClient } from 'pg';
import { OutageTracker } from '../packages/engine/src/index.ts';
import { Correlator } from '../packages/server/src/correlate/correlator.ts';
import { createPool } from '../packages/server/src/store/pool.ts';

/** Where the correlator's time went, in milliseconds unless said. */
export interface CorrelatorReport {
  /** Judging and taking evidence, in the engine. */
  readonly judgeMs: number;
  readonly takeMs: number;
  /** Waiting for the database, by the file of the query, with how often. */
  readonly queries: Readonly<Record<string, { readonly calls: number; readonly ms: number }>>;
  readonly zonesJudged: number;
  readonly judgements: number;
  readonly cpuSeconds: number;
  readonly maxRssMegabytes: number;
  readonly heapMegabytes: number;
  readonly failures: readonly string[];
}

const url = process.argv[2] as string;
let queries: Record<string, { calls: number; ms: number }> = {};
let judgeMs = 0;
let takeMs = 0;
let zonesJudged = 0;
let judgements = 0;
let cpu = process.cpuUsage();
const failures: string[] = [];

const { judge, take } = OutageTracker.prototype;
OutageTracker.prototype.judge = function (now) {
  const from = performance.now();
  const zones = judge.call(this, now);
  judgeMs += performance.now() - from;
  judgements++;
  zonesJudged += zones.length;
  return zones;
};
OutageTracker.prototype.take = function (record) {
  const from = performance.now();
  const isNew = take.call(this, record);
  takeMs += performance.now() - from;
  return isNew;
};

/** The file below `queries` or `correlate` that asks. */
function askingFile(): string {
  const lines = new Error('asked').stack?.split('\n') ?? [];
  for (const line of lines) {
    const file = /\/src\/(?:store\/queries\/correlate|correlate)\/([\w-]+)\.ts/.exec(line)?.[1];
    if (file !== undefined) return file;
  }
  return 'other';
}

function observe(client: PoolClient): void {
  const query = client.query.bind(client) as (...all: unknown[]) => unknown;
  const observed = (...all: unknown[]): unknown => {
    const name = all[0] === 'commit' ? 'commit' : askingFile();
    const from = performance.now();
    const answer = query(...all);
    if (!(answer instanceof Promise)) return answer;
    return answer.finally(() => {
      const own = queries[name] ?? { calls: 0, ms: 0 };
      own.calls++;
      own.ms += performance.now() - from;
      queries[name] = own;
    });
  };
  Object.assign(client, { query: observed });
}

const pool = createPool(url, { applicationName: 'storm correlator', max: 3 });
pool.on('connect', (client) => observe(client as PoolClient));
const correlator = new Correlator(
  { pool },
  {
    log: {
      info: () => undefined,
      warn: (figures, message) => failures.push(`${message}: ${String((figures as { err?: unknown }).err)}`),
    },
  },
);

function report(): CorrelatorReport {
  const { user, system } = process.cpuUsage(cpu);
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  const told: CorrelatorReport = {
    judgeMs,
    takeMs,
    queries,
    zonesJudged,
    judgements,
    cpuSeconds: (user + system) / 1e6,
    maxRssMegabytes: process.resourceUsage().maxRSS / 1024,
    heapMegabytes: (heapUsed + arrayBuffers) / 1e6,
    failures: failures.splice(0),
  };
  queries = {};
  judgeMs = 0;
  takeMs = 0;
  zonesJudged = 0;
  judgements = 0;
  cpu = process.cpuUsage();
  return told;
}

process.on('message', (asked: 'report' | 'end') => {
  if (asked === 'report') process.send?.(report());
  else
    void correlator
      .stop()
      .then(() => pool.end())
      .then(() => process.disconnect());
});
correlator.start();
await correlator.catchUp();
report();
process.send?.('ready');
