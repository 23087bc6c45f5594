// How the way from committed evidence to committed outage does in a great storm, database included: a head-end process plays 1,700
// gasps a second through the real ingest queue while a correlator process of its own follows, over a registry of a million meters; then
// ordinary traffic (single meters, 50 events/s) on top of the outages that are open. Beside it, in the same run, a bare insert of
// the rows that the storm left into tables without index.
// `node bench/storm.ts [--meters 1000000] [--seconds 300] [--gasps 1700] [--ordinary-seconds 60] [--json]`.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Pool } from 'pg';
import {
  isEvidencePending,
  readSnapshot,
} from '../packages/server/src/store/queries/correlate/is-evidence-pending.ts';
import { readEvidenceLag } from '../packages/server/src/store/queries/correlate/read-evidence-lag.ts';
import { openBenchDatabase } from './bench-database.ts';
import { copyStormSite } from './copy-storm-site.ts';
import { notePositions, readWaits, type Waits } from './evidence-waits.ts';
import type { CorrelatorReport } from './storm-correlator.ts';
import type { FeederReport, FeederTask } from './storm-feeder.ts';
import { makeStormSite } from './storm-site.ts';

const { values: options } = parseArgs({
  options: {
    meters: { type: 'string', default: '1000000' },
    seconds: { type: 'string', default: '300' },
    gasps: { type: 'string', default: '1700' },
    'ordinary-seconds': { type: 'string', default: '60' },
    json: { type: 'boolean', default: false },
  },
});
const SEED = 20261127;
const ORDINARY_PER_SECOND = 50;
const TOLD_EVERY_MS = 5_000;
/** The tail is given up on so many seconds after the last event. */
const PATIENCE_SECONDS = 900;

/** How one part of the run went. */
interface PartReport {
  readonly fed: FeederReport;
  /** Seconds after the last answer until everything was correlated. */
  readonly behindSeconds: number;
  readonly waits: Waits;
  readonly openOutages: number;
  readonly outages: number;
  readonly correlator: CorrelatorReport;
  /** Seconds of CPU of the database's sessions, by what they do. */
  readonly backendCpuSeconds: Readonly<Record<string, number>>;
  /** Largest number of rows that waited, where it was looked. */
  readonly mostWaiting: number;
}

function start(file: string, argument: string): ChildProcess {
  // Judging holds the network and what was said of it; the rest of the machine's memory is the database's.
  return fork(fileURLToPath(new URL(file, import.meta.url)), [argument], {
    execArgv: [...process.execArgv, '--max-old-space-size=8192'],
  });
}

async function answerOf<T>(child: ChildProcess, question?: string): Promise<T> {
  const answer = once(child, 'message');
  if (question !== undefined) child.send(question);
  const died = once(child, 'exit').then(() => {
    throw new Error('a process of the bench died');
  });
  died.catch(() => undefined);
  const [message] = (await Promise.race([answer, died])) as [T];
  return message;
}

/** Seconds of CPU that each session has had, by application; null off Linux. */
async function backendCpu(pool: Pool): Promise<Record<string, number>> {
  const { rows } = await pool.query<{ pid: number; name: string }>(
    `select pid, application_name as name from pg_stat_activity where datname = current_database() and application_name like 'storm%'`,
  );
  const seconds: Record<string, number> = {};
  for (const { pid, name } of rows) {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
    if (stat === null) continue;
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    seconds[name] = (seconds[name] ?? 0) + (Number(fields[11]) + Number(fields[12])) / 100;
  }
  return seconds;
}

async function countOutages(pool: Pool): Promise<{ open: number; all: number }> {
  const { rows } = await pool.query<{ open: number; all: number }>(
    'select count(*)::integer as all, (count(*) filter (where oms_is_open(status)))::integer as open from oms_outage_events',
  );
  return rows[0] as { open: number; all: number };
}

const database = await openBenchDatabase({ keepsCommitTimes: true });
const { pool } = database;
const children: ChildProcess[] = [];
try {
  const loadedAt = performance.now();
  const site = makeStormSite(Number(options.meters));
  await copyStormSite(pool, site);
  await notePositions(pool);
  process.stderr.write(
    `${site.network.meterCount} meters in ${((performance.now() - loadedAt) / 1000).toFixed(0)} s\n`,
  );
  const task: FeederTask = {
    url: database.url,
    seed: SEED,
    meters: Number(options.meters),
    gaspsPerSecond: Number(options.gasps),
    stormSeconds: Number(options.seconds),
    ordinaryPerSecond: ORDINARY_PER_SECOND,
    ordinarySeconds: Number(options['ordinary-seconds']),
  };
  const correlator = start('storm-correlator.ts', database.url);
  const feeder = start('storm-feeder.ts', JSON.stringify(task));
  children.push(correlator, feeder);
  await Promise.all([answerOf(correlator), answerOf(feeder)]);

  const run = async (part: 'storm' | 'ordinary'): Promise<PartReport> => {
    await answerOf(correlator, 'report');
    const cpuBefore = await backendCpu(pool);
    const { rows } = await pool.query<{ at: number; id: string }>(
      'select extract(epoch from clock_timestamp())::float8 as at, (select coalesce(max(id), 0)::text from oms_evidence) as id',
    );
    const begin = rows[0] as { at: number; id: string };
    let mostWaiting = 0;
    let fed: FeederReport | null = null;
    const feeding = answerOf<FeederReport>(feeder, part).then((report) => {
      fed = report;
      return { report, at: performance.now() };
    });
    const from = performance.now();
    for (let told = 0; fed === null; ) {
      await Promise.race([feeding, sleep(1000)]);
      if (performance.now() - told < TOLD_EVERY_MS) continue;
      const { rows: waiting, ageSeconds } = await readEvidenceLag(pool);
      mostWaiting = Math.max(mostWaiting, waiting);
      told = performance.now();
      const second = ((told - from) / 1000).toFixed(0);
      const { open } = await countOutages(pool);
      process.stderr.write(
        `${part}, second ${second}: ${waiting} rows wait, the oldest ${ageSeconds.toFixed(1)} s; ${open} outages open\n`,
      );
    }
    const { report, at: endedAt } = await feeding;
    const end = await readSnapshot(pool);
    while (await isEvidencePending(pool, end)) {
      if (performance.now() - endedAt > PATIENCE_SECONDS * 1000)
        throw new Error('the tail does not catch up');
      await sleep(250);
    }
    const behindSeconds = (performance.now() - endedAt) / 1000;
    const cpuAfter = await backendCpu(pool);
    const { open, all } = await countOutages(pool);
    return {
      fed: report,
      behindSeconds,
      waits: await readWaits(pool, begin),
      openOutages: open,
      outages: all,
      correlator: await answerOf<CorrelatorReport>(correlator, 'report'),
      backendCpuSeconds: Object.fromEntries(
        Object.entries(cpuAfter).map(([name, seconds]) => [name, seconds - (cpuBefore[name] ?? 0)]),
      ),
      mostWaiting,
    };
  };

  const parts: Record<string, PartReport> = { storm: await run('storm') };
  if (task.ordinarySeconds > 0) {
    parts.ordinary = await run('ordinary');
  }
  feeder.send('end');
  correlator.send('end');
  await Promise.all(children.splice(0).map((child) => once(child, 'exit')));

  const bare: Record<string, { rows: number; ms: number }> = {};
  for (const table of [
    'oms_outage_events',
    'oms_outage_meters',
    'oms_outage_meter_changes',
    'oms_event_sources',
    'oms_outage_decisions',
    'oms_event_timeline',
  ]) {
    await pool.query(`create table bare as select * from ${table} limit 0`);
    await pool.query(`select count(*) from (select ${table} from ${table} offset 0) x`);
    const from = performance.now();
    const { rowCount } = await pool.query(`insert into bare select * from ${table}`);
    bare[table] = { rows: rowCount ?? 0, ms: performance.now() - from };
    await pool.query('drop table bare');
  }
  const result = { seed: SEED, meters: site.network.meterCount, ...parts, bare };
  if (options.json) process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
  else for (const [name, part] of Object.entries(parts)) process.stdout.write(describe(name, part));
  if (!options.json) process.stdout.write(describeBare(bare));
} finally {
  for (const child of children) child.kill();
  await database.drop();
}

function describe(name: string, part: PartReport): string {
  const { fed, waits, correlator, backendCpuSeconds } = part;
  const seconds = fed.seconds + part.behindSeconds;
  const share = (ms: number): string => `${(ms / 10 / seconds).toFixed(0)} %`;
  const perEvent = (cpuSeconds: number): string => `${((cpuSeconds / fed.events) * 1e6).toFixed(0)} µs`;
  const lines = [
    `${name}: ${fed.events} events in ${fed.seconds.toFixed(0)} s, ${(fed.events / fed.seconds).toFixed(0)}/s; ${fed.refused} messages refused at first`,
    `  evidence to outage, committed: p50 ${waits.p50.toFixed(2)} s, p99 ${waits.p99.toFixed(2)} s, max ${waits.max.toFixed(2)} s`,
    `  by time: ${waits.byTime.map(({ second, p50, p99 }) => `${second} s ${p50.toFixed(1)}/${p99.toFixed(1)}`).join(', ')} (p50/p99 s)`,
    `  steps ${waits.steps}; most rows waiting ${part.mostWaiting}; all correlated ${part.behindSeconds.toFixed(1)} s after the last answer`,
    `  outages ${part.outages}, open ${part.openOutages}`,
    `  correlator: CPU ${correlator.cpuSeconds.toFixed(1)} s of ${seconds.toFixed(0)} s; judging ${share(correlator.judgeMs)} in ${correlator.judgements} judgements of ${correlator.zonesJudged} zones, taking ${share(correlator.takeMs)}; ${correlator.maxRssMegabytes.toFixed(0)} MB at most`,
    `  waiting for the database: ${Object.entries(correlator.queries)
      .sort(([, a], [, b]) => b.ms - a.ms)
      .slice(0, 14)
      .map(([file, { calls, ms }]) => `${file} ${share(ms)} (${calls} of ${(ms / calls).toFixed(1)} ms)`)
      .join(', ')}`,
    `  CPU for an event: the correlator's process ${perEvent(correlator.cpuSeconds)}, its session ${perEvent(backendCpuSeconds['storm correlator'] ?? 0)}`,
    `  sessions' CPU: ${Object.entries(backendCpuSeconds)
      .map(([session, cpu]) => `${session} ${cpu.toFixed(1)} s`)
      .join(', ')}; head-end process ${fed.cpuSeconds.toFixed(1)} s`,
    ...correlator.failures.slice(0, 5).map((failure) => `  ${failure}`),
  ];
  return `${lines.join('\n')}\n`;
}

function describeBare(bare: Readonly<Record<string, { rows: number; ms: number }>>): string {
  const parts = Object.entries(bare).map(
    ([table, { rows, ms }]) => `${table} ${rows} rows in ${(ms / 1000).toFixed(2)} s`,
  );
  return `bare insert of what is there: ${parts.join(', ')}\n`;
}
