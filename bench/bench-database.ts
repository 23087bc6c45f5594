import { randomBytes } from 'node:crypto';
import { Client, type Pool } from 'pg';
import { migrateDatabase } from '../packages/server/src/store/migrate.ts';
import { createPool } from '../packages/server/src/store/pool.ts';
import { startTestServer } from '../packages/server/test/test-server.ts';

/** A database of the current schema on a server of its own, gone after `drop`. */
export interface BenchDatabase {
  readonly url: string;
  readonly pool: Pool;
  readonly drop: () => Promise<void>;
}

/** On the server of `LASTGASP_BENCH_DATABASE_URL` (a superuser), else on an embedded one in a temporary folder. */
export async function openBenchDatabase(): Promise<BenchDatabase> {
  const server = await startTestServer(process.env.LASTGASP_BENCH_DATABASE_URL ?? null);
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
