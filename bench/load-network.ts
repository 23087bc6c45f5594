// How long the correlator's network takes to load: two million meters on 200,000 devices from PostgreSQL to a tracker that takes
// evidence. Beside it the limit: a bare COPY of the same rows that are thrown away. Each run is a process of its own, so that
// memory is that of one load. `node bench/load-network.ts [--meters 2000000] [--devices 200000] [--runs 5] [--json]`.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Pool } from 'pg';
import { type BenchDatabase, openBenchDatabase } from './bench-database.ts';
import { formatSpread, type Spread, spreadOf } from './spread.ts';

const SUBSTATIONS = 40;
const FEEDERS = 400;

const { values: options } = parseArgs({
  options: {
    meters: { type: 'string', default: '2000000' },
    devices: { type: 'string', default: '200000' },
    runs: { type: 'string', default: '5' },
    json: { type: 'boolean', default: false },
  },
});

/**
 * A site whose every value follows from its number: feeders as trees of three branches, ten meters on any device but the head, two in a
 * building with a terminal, 200 in a cell, one in ten not smart, some on one phase, some without a device of their own.
 */
async function fillRegistry(pool: Pool, meters: number, devices: number): Promise<void> {
  const perFeeder = Math.floor(devices / FEEDERS);
  const client = await pool.connect();
  try {
    // Triggers would keep lists that nobody reads here.
    await client.query('set session_replication_role = replica');
    await client.query(
      `insert into network_substations (substation_id, name) select 'S' || n, 'Substation ' || n from generate_series(1, $1::int) n`,
      [SUBSTATIONS],
    );
    await client.query(
      `insert into network_feeders (feeder_id, substation_id, name) select 'F' || n, 1 + n % $2::int, 'Feeder ' || n from generate_series(1, $1::int) n`,
      [FEEDERS, SUBSTATIONS],
    );
    await client.query(
      `insert into network_devices (device_id, kind, substation_id, implied) select substation_id, 'substation', id, true from network_substations order by id`,
    );
    await client.query(
      `insert into network_devices (device_id, kind, substation_id, feeder_id, upstream_id, is_feeder_head, phases)
       select 'D-' || f || '-' || n, case when n = 0 then 'breaker' when n < 4 then 'recloser' when n < 40 then 'fuse' when n < 120 then 'line' else 'transformer' end,
         1 + f % $1::int, f, case when n = 0 then 1 + f % $1::int else $1::int + (f - 1) * $2::int + 1 + (n - 1) / 3 end, n = 0, 'ABC'
       from generate_series(1, $3::int) f, generate_series(0, $2::int - 1) n
       order by f, n`,
      [SUBSTATIONS, perFeeder, FEEDERS],
    );
    await client.query(
      `insert into oms_meters (meter_number, device_id, feeder_id, substation_id, asset_mrid, onu_id, cell, phases, customers, building_id)
       select 'M' || lpad(n::text, 9, '0'),
         case when n % 500 = 0 then null else $1::int + (f - 1) * $2::int + 2 + (n / 10 * 7919::bigint) % ($2::int - 1) end,
         f, 1 + f % $1::int, case when n % 10 > 0 then 'asset-' || lpad(n::text, 12, '0') end, case when n % 5 < 2 then n / 2 end,
         case when n % 3 > 0 then 'AP-' || n / 200 end, case n % 4 when 0 then 'A' when 1 then 'B' when 2 then 'C' else 'ABC' end,
         1 + (n % 50 = 0)::int * 11, 'B' || n / 2
       from generate_series(0, $3::int - 1) n
       cross join lateral (select 1 + (n / ($3::int / $4::int)) % $4::int as f) p`,
      [SUBSTATIONS, perFeeder, meters, FEEDERS],
    );
    await client.query('set session_replication_role = origin');
  } finally {
    client.release();
  }
  await pool.query('vacuum analyze');
}

/** What one load takes; milliseconds, and megabytes above the start of the process. */
interface Load {
  readonly siteMs: number;
  readonly trackerMs: number;
  readonly totalMs: number;
  readonly processorMs: number;
  readonly keptMegabytes: number;
  readonly peakMegabytes: number;
  readonly zonesMs: number;
  readonly zonesMegabytes: number;
  readonly meters: number;
  readonly devices: number;
}

interface Copy {
  readonly copyMs: number;
  readonly copyPeakMegabytes: number;
}

function runOnce(url: string, what: 'load' | 'copy'): unknown {
  const worker = fileURLToPath(new URL('load-network-once.ts', import.meta.url));
  const { status, stdout } = spawnSync(process.execPath, ['--expose-gc', worker, url, what], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (status !== 0) throw new Error(`the ${what} ended with ${status}`);
  return JSON.parse(stdout);
}

async function measure(database: BenchDatabase): Promise<void> {
  await fillRegistry(database.pool, Number(options.meters), Number(options.devices));
  const loads: Load[] = [];
  const copies: Copy[] = [];
  // The first run of each reads what PostgreSQL has not in its memory yet, and is not counted.
  for (let run = 0; run <= Number(options.runs); run++) {
    const copy = runOnce(database.url, 'copy') as Copy;
    const load = runOnce(database.url, 'load') as Load;
    if (run === 0) continue;
    copies.push(copy);
    loads.push(load);
  }
  const spread = (of: keyof Load): Spread => spreadOf(loads.map((load) => load[of]));
  const result = {
    meters: loads[0]?.meters,
    devices: loads[0]?.devices,
    copyMs: spreadOf(copies.map(({ copyMs }) => copyMs)),
    copyPeakMegabytes: spreadOf(copies.map(({ copyPeakMegabytes }) => copyPeakMegabytes)),
    siteMs: spread('siteMs'),
    trackerMs: spread('trackerMs'),
    totalMs: spread('totalMs'),
    processorMs: spread('processorMs'),
    keptMegabytes: spread('keptMegabytes'),
    peakMegabytes: spread('peakMegabytes'),
    zonesMs: spread('zonesMs'),
    zonesMegabytes: spread('zonesMegabytes'),
  };
  if (options.json) {
    console.log(JSON.stringify(result));
    return;
  }
  const tell = (name: string, value: Spread, note = ''): void =>
    console.log(`${name.padEnd(36)}${formatSpread(value, 1, 0)}${note}`);
  console.log(`${'meters, devices'.padEnd(36)}${result.meters}, ${result.devices}`);
  tell('bare COPY to nowhere, ms', result.copyMs);
  tell('registry to site, ms', result.siteMs);
  tell('tracker over it, ms', result.trackerMs);
  tell('both, ms', result.totalMs, ' (the aim is 5,000)');
  tell('of it processor time of Node, ms', result.processorMs);
  tell('memory kept, MB', result.keptMegabytes, ' (the aim is 400)');
  tell('peak, MB', result.peakMegabytes);
  tell('peak of the bare COPY, MB', result.copyPeakMegabytes);
  tell('every zone looked into, ms more', result.zonesMs);
  tell('memory kept then, MB', result.zonesMegabytes);
}

const database = await openBenchDatabase();
await measure(database).finally(() => database.drop());
