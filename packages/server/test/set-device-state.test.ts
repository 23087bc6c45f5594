import type { PoolClient } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from './test-database.ts';
import { seedTieNetwork } from './tie-network.ts';

let database: TestDatabase;
let client: PoolClient;
beforeAll(async () => {
  database = await createTestDatabase();
  await seedTieNetwork(database.pool);
});
afterAll(() => database.drop());
beforeEach(async () => {
  client = await database.pool.connect();
  await client.query('begin');
});
afterEach(async () => {
  await client.query('rollback');
  client.release();
});

// biome-ignore lint/suspicious/noExplicitAny: a test names the columns it looks at
const rows = async (sql: string, ...values: unknown[]): Promise<any[]> => {
  await client.query('savepoint statement');
  try {
    return (await client.query(sql, values)).rows;
  } catch (error) {
    await client.query('rollback to statement');
    throw error;
  }
};
const value = async (sql: string, ...values: unknown[]): Promise<unknown> =>
  Object.values((await rows(sql, ...values))[0] ?? {})[0];
const set = (device: string, open: boolean, at: string, source = 'operator') =>
  value('select set_device_state($1, $2, $3, $4)', device, open, `2026-11-23T${at}Z`, source);
const isOpen = (device: string) => value('select open from network_devices where device_id = $1', device);
const revision = () => value('select revision::int from oms_registry_revisions') as Promise<number>;
const transferred = () =>
  rows(
    `select x.meter_number, f.feeder_id as fed_by, t.device_id as through
     from oms_transferred_meters x left join network_feeders f on f.id = x.feeder_id join network_devices t on t.id = x.tie_id
     order by 1`,
  );
const trip = (substation: string, feeder: string, more: object = {}) =>
  value('select insert_scada_event_with_meter_check($1)', {
    eventType: 'breaker_trip',
    substationId: substation,
    feederId: feeder,
    mainStationId: '1',
    alarmType: 'breaker_trip',
    timestamp: '2026-11-23T12:00:00Z',
    voltage: 0,
    ...more,
  }) as Promise<Record<string, unknown>>;

describe('the state of a switch', () => {
  test('is the newest by event time, and an older report goes to the trail alone', async () => {
    expect(await set('TIE12', false, '10:00:00')).toBe(true);
    const before = await revision();
    expect(await set('TIE12', true, '09:00:00')).toBe(false);
    expect(await isOpen('TIE12')).toBe(false);
    expect(await revision()).toBe(before);
    expect(await set('TIE12', true, '10:00:01')).toBe(true);
    expect(await isOpen('TIE12')).toBe(true);
    expect(
      await rows(
        'select open, state_at, source, told_by = session_user as is_told_by_me from network_device_states order by state_at',
      ),
    ).toEqual([
      { open: true, state_at: new Date('2026-11-23T09:00:00Z'), source: 'operator', is_told_by_me: true },
      { open: false, state_at: new Date('2026-11-23T10:00:00Z'), source: 'operator', is_told_by_me: true },
      { open: true, state_at: new Date('2026-11-23T10:00:01Z'), source: 'operator', is_told_by_me: true },
    ]);
  });

  test('is the same whatever the order in which reports of one instant come', async () => {
    await set('TIE12', false, '10:00:00', 'operator');
    await set('TIE12', true, '10:00:00', 'scada');
    await set('TIE13', true, '10:00:00', 'scada');
    await set('TIE13', false, '10:00:00', 'operator');
    expect([await isOpen('TIE12'), await isOpen('TIE13')]).toEqual([false, false]);
  });

  test('that is told again changes nothing, and nobody reads the network again', async () => {
    await set('SEC1', true, '10:00:00');
    const before = await revision();
    expect(await set('SEC1', true, '10:00:00')).toBe(true);
    expect(await revision()).toBe(before);
    expect(await value('select count(*)::int from network_device_states')).toBe(1);
  });

  test('raises the revision, so that the network is read again', async () => {
    const before = await revision();
    await set('SEC1', true, '10:00:00');
    expect(await revision()).toBeGreaterThan(before);
  });

  test('cannot be told of what is not there, what does not open, or of a time to come', async () => {
    await expect(set('NONE', true, '10:00:00')).rejects.toMatchObject({ code: 'LGNTF' });
    await expect(set('SA', true, '10:00:00')).rejects.toMatchObject({ code: 'LGINV', message: /^device_id/ });
    await expect(
      value(`select set_device_state('SEC1', true, now() + interval '1 hour')`),
    ).rejects.toMatchObject({
      code: 'LGINV',
      message: expect.stringMatching(/^at: /),
    });
    await expect(value(`select set_device_state('SEC1', true, now(), '')`)).rejects.toMatchObject({
      code: 'LGINV',
    });
  });

  test('stays in the trail for good', async () => {
    await set('SEC1', true, '10:00:00');
    await expect(rows('delete from network_device_states')).rejects.toMatchObject({ code: 'LGAPP' });
    await expect(rows('update network_device_states set open = false')).rejects.toMatchObject({
      code: 'LGAPP',
    });
  });
});

describe('a section that is fed through a tie', () => {
  test('counts with a trip of the feeder that feeds it, and not with its own', async () => {
    await set('SEC1', true, '10:00:00');
    await set('TIE12', false, '10:05:00');
    expect(await trip('SA', 'F2')).toMatchObject({ total_meters: 9 });
    expect(await trip('SA', 'F1')).toMatchObject({ total_meters: 3 });
    expect(
      await rows(
        `select device_code, affected_customers_count as customers from oms_active_outages order by 1`,
      ),
    ).toEqual([
      { device_code: 'CB1', customers: 3 },
      { device_code: 'CB2', customers: 18 },
    ]);
  });

  test('counts with a trip of the whole substation that feeds it', async () => {
    await set('SEC1', true, '10:00:00');
    await set('TIE13', false, '10:05:00');
    expect(await trip('SB', '')).toMatchObject({ total_meters: 6 });
    expect(await trip('SA', '')).toMatchObject({ total_meters: 8 });
  });

  test('is shown with what feeds it now, beside its normal feeder', async () => {
    await set('SEC1', true, '10:00:00');
    await set('TIE13', false, '10:05:00');
    expect(
      await rows(
        `select meter_number, feeder_code, fed_feeder_code, fed_substation_code, fed_through, fed_since
         from oms_meters_with_topology where meter_number in ('T1A-1', 'T1B-1') order by 1`,
      ),
    ).toEqual([
      {
        meter_number: 'T1A-1',
        feeder_code: 'F1',
        fed_feeder_code: null,
        fed_substation_code: null,
        fed_through: null,
        fed_since: null,
      },
      {
        meter_number: 'T1B-1',
        feeder_code: 'F1',
        fed_feeder_code: 'F3',
        fed_substation_code: 'SB',
        fed_through: 'TIE13',
        fed_since: new Date('2026-11-23T10:05:00Z'),
      },
    ]);
    expect(
      await rows(
        `select feeder_id, total_meters, transferred_in_meters, transferred_out_meters from network_feeders_with_meters order by 1`,
      ),
    ).toEqual([
      { feeder_id: 'F1', total_meters: 7, transferred_in_meters: 0, transferred_out_meters: 4 },
      { feeder_id: 'F2', total_meters: 5, transferred_in_meters: 0, transferred_out_meters: 0 },
      { feeder_id: 'F3', total_meters: 2, transferred_in_meters: 4, transferred_out_meters: 0 },
    ]);
  });

  test('goes back to its own feeder when it is switched back', async () => {
    await set('SEC1', true, '10:00:00');
    await set('TIE12', false, '10:05:00');
    await set('TIE12', true, '11:00:00');
    await set('SEC1', false, '11:01:00');
    expect(await transferred()).toEqual([]);
    expect(await trip('SA', 'F1')).toMatchObject({ total_meters: 7 });
  });

  test('is none where the tie is closed onto what is fed', async () => {
    await set('TIE12', false, '10:05:00');
    expect(await transferred()).toEqual([]);
    expect(await trip('SA', 'F2')).toMatchObject({ total_meters: 5 });
  });
});

describe('telemetry', () => {
  const position = (alarmType: string, at: string) =>
    trip('SA', 'TIE12', { eventType: alarmType, alarmType, timestamp: `2026-11-23T${at}Z` });

  test('that names a tie sets its position, by event time, and opens no outage', async () => {
    await set('SEC1', true, '10:00:00');
    expect(await position('breaker_close', '10:05:00')).toMatchObject({ reason: 'the position of a tie' });
    expect((await transferred()).map(({ fed_by }) => fed_by)).toEqual(['F2', 'F2', 'F2', 'F2']);
    await position('breaker_open', '10:02:00');
    expect(await isOpen('TIE12')).toBe(false);
    await position('breaker_open', '10:09:00');
    expect(await isOpen('TIE12')).toBe(true);
    expect(await value('select count(*)::int from oms_outage_events')).toBe(0);
    expect(await value('select count(*)::int from oms_evidence')).toBe(0);
    expect(await value('select count(*)::int from oms_unmatched_identifiers')).toBe(0);
  });

  test('of a trip never moves the tree: it is evidence of an outage', async () => {
    await set('TIE12', false, '10:05:00');
    await trip('SA', 'F1');
    expect(await isOpen('CB1')).toBe(false);
    expect(await transferred()).toEqual([]);
  });
});
