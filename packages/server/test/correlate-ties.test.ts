import { defaultPolicy, type Network } from '@lastgasp/engine';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { awaitCorrelated } from '../src/correlate/await-correlated.ts';
import { Correlator } from '../src/correlate/correlator.ts';
import { type Arrival, receive, tellOutages } from './correlation-story.ts';
import { kaifaEnvelope, scadaAlarm } from './messages.ts';
import { createTestDatabase, type TestDatabase } from './test-database.ts';
import { seedTieNetwork } from './tie-network.ts';

let database: TestDatabase;
beforeEach(async () => {
  database = await createTestDatabase();
  await seedTieNetwork(database.pool);
});
afterEach(() => database.drop());

const at = (time: string) => `2026-11-23T${time}Z`;
const set = (device: string, open: boolean, time: string) =>
  database.pool.query('select set_device_state($1, $2, $3)', [device, open, at(time)]);
const trip = (time: string, substationId: string, feederId: string): Arrival => ({
  provider: 'scada',
  body: scadaAlarm(at(time), {
    substationId,
    feederId,
    eventType: 'breaker_trip',
    alarmType: 'breaker_trip',
  }),
  receivedAt: at(time),
});
let messages = 0;
const gasps = (time: string, type: string, device: string, count: number): Arrival => ({
  provider: 'kaifa',
  body: kaifaEnvelope(
    `message-${++messages}`,
    Array.from({ length: count }, (_, i) => ({
      mrid: `event-${messages}-${i}`,
      asset: `asset-${device}-${i + 1}`,
      type,
      at: at(time),
    })),
  ),
  receivedAt: at(time),
});
const LOST = '3.26.0.85';
const BACK = '3.26.0.216';

async function after(...arrivals: Arrival[]): Promise<string[]> {
  await receive(database.pool, arrivals);
  await awaitCorrelated(database);
  return tellOutages(database.pool);
}

describe('a section that was transferred', () => {
  it('is out with the feeder that feeds it, and not with its own', async () => {
    await set('SEC1', true, '09:00:00');
    await set('TIE12', false, '09:05:00');
    expect(await after(trip('10:00:00', 'SA', 'F2'))).toEqual([
      'CB2-20261123T100000Z detected: 18 of 18 out, scada 1',
    ]);
    expect(await after(trip('10:01:00', 'SA', 'F1'))).toEqual([
      'CB2-20261123T100000Z detected: 18 of 18 out, scada 1',
      'CB1-20261123T100100Z detected: 3 of 3 out, scada 1',
    ]);
  });

  it('to the feeder of another substation is out with that one', async () => {
    await set('SEC1', true, '09:00:00');
    await set('TIE13', false, '09:05:00');
    expect(await after(trip('10:00:00', 'SA', 'F1'), trip('10:30:00', 'SB', 'F3'))).toEqual([
      'CB1-20261123T100000Z detected: 3 of 3 out, scada 1',
      'CB3-20261123T103000Z detected: 15 of 15 out, scada 1',
    ]);
  });

  it('during an outage was out in it until then, and the tie is no outage of its own', async () => {
    await after(
      trip('10:00:00', 'SA', 'F1'),
      gasps('10:00:01', LOST, 'T1A', 3),
      gasps('10:00:01', LOST, 'T1B', 4),
    );
    expect(await tellOutages(database.pool)).toEqual([
      'CB1-20261123T100000Z detected: 16 of 16 out, scada 1 kaifa 7',
    ]);
    await set('SEC1', true, '10:20:00');
    await set('TIE12', false, '10:25:00');
    const told = await after(gasps('10:25:10', BACK, 'T1B', 4));
    expect(told).toHaveLength(1);
    expect(told[0]).toMatch(/^CB1-20261123T100000Z partially_restored: 3 of 16 out/);
    const { rows } = await database.pool.query(
      `select distinct x.out_until from oms_outage_meters x join oms_meters m on m.id = x.meter_id where m.meter_number like 'T1B%'`,
    );
    expect(rows).toEqual([{ out_until: new Date(at('10:25:00')) }]);
  });

  it('ends the outage of the switch that it was cut off by, at the switching', async () => {
    await database.pool.query(`
      insert into network_devices (device_id, kind, feeder_id, substation_id, upstream_id)
      select 'T1C', 'transformer', feeder_id, substation_id, id from network_devices where device_id = 'SEC1';
      insert into oms_meters (meter_number, device_id, feeder_id, asset_mrid)
      select 'T1C-' || n, d.id, d.feeder_id, 'asset-T1C-' || n from network_devices d, generate_series(1, 4) n where d.device_id = 'T1C'`);
    const told = await after(gasps('10:00:01', LOST, 'T1B', 4), gasps('10:00:01', LOST, 'T1C', 4));
    expect(told).toContainEqual(expect.stringMatching(/^SEC1-20261123T100001Z detected: 17 of 17 out/));
    await set('SEC1', true, '10:20:00');
    await set('TIE12', false, '10:25:00');
    const later = await after(gasps('10:25:10', BACK, 'T1B', 4), gasps('10:25:11', BACK, 'T1C', 4));
    expect(later).toContainEqual(
      expect.stringMatching(/^SEC1-20261123T100001Z restored until 2026-11-23T10:25:00.*: 0 of 17 out/),
    );
  });

  it('and switched back is out with its own feeder again', async () => {
    await set('SEC1', true, '09:00:00');
    await set('TIE12', false, '09:05:00');
    await after(trip('10:00:00', 'SA', 'F2'), gasps('10:00:01', LOST, 'T1B', 4));
    await set('TIE12', true, '11:00:00');
    await set('SEC1', false, '11:00:10');
    const told = await after(trip('12:00:00', 'SA', 'F1'));
    expect(told).toEqual([
      expect.stringMatching(/^CB2-20261123T100000Z .*: 5 of 18 out, scada 1 kaifa 4/),
      'CB1-20261123T120000Z detected: 16 of 16 out, scada 1',
    ]);
  });
});

describe('what is wrong with the network', () => {
  it('is told in the log when it is loaded, each kind with how many and the first of them', async () => {
    await set('TIE12', false, '09:05:00');
    await database.pool.query(`
      insert into network_devices (device_id, kind) values ('LOST', 'switch'), ('RING1', 'switch'), ('RING2', 'switch');
      update network_devices d set upstream_id = u.id from network_devices u
      where (d.device_id, u.device_id) in (('RING1', 'RING2'), ('RING2', 'RING1'))`);
    const lines: [object, string][] = [];
    const correlator = new Correlator(database, {
      policy: defaultPolicy,
      log: {
        info: (figures, message) => lines.push([figures, message]),
        warn: (figures, message) => lines.push([figures, message]),
      },
    });
    correlator.start();
    await correlator.catchUp();
    await correlator.stop();
    expect(lines.filter(([figures]) => 'finding' in figures || 'meters' in figures)).toEqual([
      [
        { meters: 14, devices: 15, transferredMeters: 0 } satisfies Partial<
          Record<keyof Network | string, number>
        >,
        'network loaded',
      ],
      [{ finding: 'island', count: 1, first: ['LOST'] }, 'devices of the network hang on no substation'],
      [
        { finding: 'loop', count: 1, first: ['RING1 < RING2'] },
        'devices of the network feed each other in a ring, which was cut',
      ],
      [
        { finding: 'parallel', count: 1, first: ['TIE12'] },
        'ties are closed between points that are both fed, and feed nothing',
      ],
    ]);
  });
});
