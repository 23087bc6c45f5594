import { type DeviceRecord, deviceOfMeter, isOpenNow, type Network, seededRandom } from '@lastgasp/engine';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadNetwork } from '../src/store/queries/correlate/load-network.ts';
import { createTestDatabase, type TestDatabase } from './test-database.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

const NETWORKS = 25;
const DEVICES = 30;

/** A network whose switches stand anyhow: two substations, each device below one before it, every fifth one a tie to any other. */
async function fill(seed: number): Promise<void> {
  const random = seededRandom(seed);
  const pick = (below: number): number => Math.floor(random() * below);
  await database.pool.query(`
    set session_replication_role = replica;
    delete from network_transfers; delete from oms_meters; delete from network_devices; delete from network_feeders; delete from network_substations;
    set session_replication_role = origin;
    insert into network_substations (id, substation_id, name) overriding system value values (1, 'S1', 'S1'), (2, 'S2', 'S2');
    insert into network_devices (id, device_id, kind, substation_id) overriding system value values (1, 'S1', 'substation', 1), (2, 'S2', 'substation', 2)`);
  const rows = Array.from({ length: DEVICES }, (_, i) => {
    const isTie = random() < 0.25;
    return {
      id: i + 3,
      upstream: 1 + pick(i + 2),
      otherEnd: isTie ? 1 + pick(DEVICES + 2) : null,
      isTie,
      open: random() < 0.3,
    };
  });
  for (const { id, upstream, isTie, open } of rows)
    await database.pool.query(
      `insert into network_devices (id, device_id, kind, upstream_id, substation_id, normally_open, open)
       overriding system value values ($1, 'D' || $1::bigint, 'switch', $2, 1, $3, $4)`,
      [id, upstream, isTie, open],
    );
  for (const { id, otherEnd } of rows)
    if (otherEnd !== null && otherEnd !== id)
      await database.pool.query('update network_devices set other_end_id = $2 where id = $1', [id, otherEnd]);
  await database.pool.query(`insert into oms_meters (id, meter_number, device_id) overriding system value
    select id, 'M' || id, id from network_devices; select refresh_transfers()`);
}

/** Keys of the meters that the engine feeds through a tie, each with the nearest tie above it; what an open device cuts off is not fed. */
function transferredIn(network: Network): string[] {
  const found: string[] = [];
  for (let at = 0; at < network.meterCount; at++) {
    const path: DeviceRecord[] = [];
    for (let device = deviceOfMeter(network, at); device >= 0; device = network.parent[device] as number)
      path.push(network.devices[device] as DeviceRecord);
    const tie = path.find(({ isNormallyOpen }) => isNormallyOpen);
    if (tie !== undefined && !path.some(isOpenNow)) found.push(`${network.meterKey[at]} by ${tie.key}`);
  }
  return found.sort();
}

test('what SQL holds to be fed through ties is what the engine feeds through them, on any network', async () => {
  let compared = 0;
  for (let seed = 1; seed <= NETWORKS; seed++) {
    await fill(seed);
    const client = await database.pool.connect();
    const network = await loadNetwork(client).finally(() => client.release());
    const { rows } = await database.pool.query<{ fed: string }>(
      `select device_id || ' by ' || tie_id as fed from network_transfers`,
    );
    const told = rows.map(({ fed }) => fed).sort();
    expect({ seed, told: transferredIn(network) }).toEqual({ seed, told });
    expect(network.transferredMeters).toBe(told.length);
    compared += told.length;
  }
  expect(compared).toBeGreaterThan(50);
});
