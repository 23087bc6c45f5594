import type { Pool } from 'pg';

const SUBSTATIONS = 40;
const FEEDERS = 400;
export async function fillRegistry(pool: Pool, meters: number, devices: number): Promise<void> {
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
         case when n % 500 = 0 then null else $1::int + (f - 1) * $2::int + 2 + (n * 7919::bigint) % ($2::int - 1) end,
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
