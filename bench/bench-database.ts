import { randomBytes } from 'node:crypto';
import { Client, type Pool } from 'pg';
import { startEmbeddedPostgres } from '../packages/server/src/embedded/index.ts';
import { migrateDatabase } from '../packages/server/src/store/migrate.ts';
import { createPool } from '../packages/server/src/store/pool.ts';
import {
  makeDataFolder,
  removeDataFolder,
  startTestServer,
  type TestServer,
} from '../packages/server/test/test-server.ts';

/** A database of the current schema on a server of its own, gone after `drop`. */
export interface BenchDatabase {
  readonly url: string;
  readonly pool: Pool;
  readonly drop: () => Promise<void>;
}

export interface BenchDatabaseOptions {
  /** Whether `pg_xact_commit_timestamp` tells when a transaction was committed; a server that is there already must have it on. */
  readonly keepsCommitTimes?: boolean;
}

/** On the server of `LASTGASP_BENCH_DATABASE_URL` (a superuser), else on an embedded one in a temporary folder. */
export async function openBenchDatabase({
  keepsCommitTimes = false,
}: BenchDatabaseOptions = {}): Promise<BenchDatabase> {
  const server = await startBenchServer(keepsCommitTimes);
  const name = `lastgasp_bench_${randomBytes(5).toString('hex')}`;
  const administrate = async (statement: string): Promise<void> => {
    const client = new Client({ connectionString: server.adminUrl });
    await client.connect();
    await client.query(statement).finally(() => client.end());
  };
  await administrate(`create database ${name} encoding 'UTF8' template template0`);
  const url = new URL(server.adminUrl);
  url.pathname = `/${name}`;
  await migrateDatabase(url.href);
  const pool = createPool(url.href, { applicationName: 'lastgasp bench', max: 8, statementTimeoutMs: 0 });
  return {
    url: url.href,
    pool,
    drop: async () => {
      await pool.end();
      await administrate(`drop database ${name} with (force)`);
      await server.stop();
    },
  };
}

async function startBenchServer(keepsCommitTimes: boolean): Promise<TestServer> {
  const { LASTGASP_BENCH_DATABASE_URL: url } = process.env;
  if (url !== undefined || !keepsCommitTimes) return startTestServer(url ?? null);
  const dataFolder = await makeDataFolder();
  const first = await startEmbeddedPostgres({ dataFolder, log: () => undefined });
  const client = new Client({ connectionString: first.url });
  await client.connect();
  await client.query('alter system set track_commit_timestamp = on').finally(() => client.end());
  // The setting takes a start of the server.
  await first.release();
  const server = await startEmbeddedPostgres({ dataFolder, log: () => undefined });
  return {
    adminUrl: server.url,
    stop: async () => {
      await server.release();
      await removeDataFolder(dataFolder);
    },
  };
}

/** Registers meters on feeders of 10,000 unless told (the last one smaller), each feeder with its breaker, each meter with an asset, and an ONU for two. */
export async function registerMeters(pool: Pool, meters: number, metersPerFeeder = 10_000): Promise<void> {
  const feeders = Math.ceil(meters / metersPerFeeder);
  await pool.query(
    `insert into network_substations (substation_id, name) select 'S' || n, 'Substation ' || n from generate_series(1, greatest(1, $1::int / 10)) n`,
    [feeders],
  );
  await pool.query(
    `insert into network_feeders (feeder_id, substation_id, name)
     select 'F' || n, (select id from network_substations where substation_id = 'S' || (1 + n % greatest(1, $1::int / 10))), 'Feeder ' || n
     from generate_series(1, $1::int) n`,
    [feeders],
  );
  await pool.query(
    `insert into network_devices (device_id, kind, substation_id, implied) select substation_id, 'substation', id, true from network_substations`,
  );
  await pool.query(
    `insert into network_devices (device_id, kind, substation_id, feeder_id, upstream_id, is_feeder_head)
     select 'CB-' || f.feeder_id, 'breaker', f.substation_id, f.id, d.id, true
     from network_feeders f join network_devices d on d.substation_id = f.substation_id`,
  );
  await pool.query(
    `insert into oms_meters (meter_number, feeder_id, asset_mrid, usage_point_mrid, onu_id, building_id, location_lat, location_lng)
     select 'M' || lpad(n::text, 9, '0'), f.id, 'asset-' || lpad(n::text, 12, '0'), 'up-' || lpad(n::text, 12, '0'), n / 2, 'B' || n / 2,
       31.9 + n * 1e-7, 35.9
     from generate_series(0, $1::int - 1) n
     join network_feeders f on f.feeder_id = 'F' || (1 + n / $2::int)`,
    [meters, metersPerFeeder],
  );
  await pool.query('vacuum analyze');
}
