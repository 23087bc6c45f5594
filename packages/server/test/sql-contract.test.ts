import type { PoolClient } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { onuMessage, scadaAlarm, scadaRestoration, troubleCall } from './messages.ts';
import { seedSmallNetwork } from './small-network.ts';
import { createTestDatabase, type TestDatabase } from './test-database.ts';

let database: TestDatabase;
let client: PoolClient;

beforeAll(async () => {
  database = await createTestDatabase();
  await seedSmallNetwork(database.pool);
});
afterAll(() => database.drop());

// Each test in a transaction of its own that is rolled back; a statement that fails undoes only itself.
beforeEach(async () => {
  client = await database.pool.connect();
  await client.query('begin');
});
afterEach(async () => {
  await client.query('rollback');
  client.release();
});

const rows = async (sql: string, ...parameters: unknown[]) => {
  await client.query('savepoint statement');
  try {
    return (await client.query(sql, parameters)).rows;
  } catch (error) {
    await client.query('rollback to statement');
    throw error;
  }
};
const value = async (sql: string, ...parameters: unknown[]): Promise<unknown> =>
  Object.values((await rows(sql, ...parameters))[0] ?? {})[0];
const scada = (message: object) =>
  value('select insert_scada_event_with_meter_check($1)', JSON.stringify(message)) as Promise<
    Record<string, unknown>
  >;
const onu = (message: object) =>
  value('select insert_onu_event_from_json_with_meter_sync($1)', JSON.stringify(message));
const kaifa = (message: object) =>
  value('select insert_kaifa_event_from_json_with_meter_sync($1)', JSON.stringify(message));
const call = (message: object) =>
  value('select insert_callcenter_ticket_from_json_with_meter_link($1)', JSON.stringify(message));
const power = (meterNumber: string) =>
  value('select power_status from oms_meters where meter_number = $1', meterNumber);

const kaifaMessage = (type: string, at: string, changes: Record<string, unknown> = {}) => ({
  header: { verb: 'created', noun: 'EndDeviceEvents', message_id: 'msg-1', timestamp: at },
  payload: {
    mrid: `event-${type}-${at}`,
    created_date_time: at,
    severity: 'High',
    assets: { 'ns2:mRID': 'asset-1' },
    event_type: { '@ref': type },
    ...changes,
  },
});

describe('SCADA', () => {
  test('a feeder alarm checks the meters of exactly its feeder and opens one outage with the exact customers', async () => {
    const answer = await scada(scadaAlarm('2026-11-23T10:00:00Z'));
    expect(answer).toMatchObject({
      total_meters: 5,
      offline_meters: 0,
      online_meters: 0,
      unknown_meters: 5,
      meters_checked: true,
    });
    expect(
      await rows(
        `select m.meter_number from scada_event_affected_meters a join oms_meters m on m.id = a.meter_id order by 1`,
      ),
    ).toEqual(['M12345678', 'M23456789', 'M3', 'M4', 'M5'].map((meter_number) => ({ meter_number })));
    expect(
      await rows('select event_id, status, affected_customers_count, feeder_code from oms_active_outages'),
    ).toEqual([
      {
        event_id: 'F00K123-20261123T100000Z',
        status: 'detected',
        affected_customers_count: 16,
        feeder_code: 'F00K123',
      },
    ]);
  });

  test('the same alarm again, in another zone and spelling of its time, changes nothing', async () => {
    const first = await scada(scadaAlarm('2026-11-23T10:00:00Z'));
    expect(await scada(scadaAlarm('2026-11-23T13:00:00.000+03:00'))).toEqual(first);
    expect(await value('select count(*)::int from scada_events')).toBe(1);
    expect(await value('select count(*)::int from oms_outage_events')).toBe(1);
    expect(await value('select count(*)::int from oms_evidence')).toBe(1);
  });

  test('a SCADA event changes no meter', async () => {
    await scada(scadaAlarm('2026-11-23T10:00:00Z'));
    expect(await value(`select count(*)::int from oms_meters where power_status <> 'unknown'`)).toBe(0);
    expect(await value('select count(*)::int from oms_meter_status_events')).toBe(0);
  });

  test('three trips in two minutes are one outage', async () => {
    const outages = new Set();
    for (const at of ['10:00:00', '10:01:00', '10:02:00']) {
      outages.add(
        (await scada(scadaAlarm(`2026-11-23T${at}Z`, { alarmType: 'breaker_trip' }))).outage_event_id,
      );
    }
    expect(outages.size).toBe(1);
    expect(await value('select source_count from oms_active_outages')).toBe(3);
  });

  test('a trip older than a known restoration opens nothing', async () => {
    await scada(scadaRestoration('2026-11-23T10:30:00Z'));
    expect(await scada(scadaAlarm('2026-11-23T10:00:00Z'))).toMatchObject({
      reason: 'supply is known to have come back since',
    });
    expect(await value('select count(*)::int from oms_outage_events')).toBe(0);
  });

  test('an alarm without feeder is about the whole substation, and a feeder trip joins its outage', async () => {
    const whole = await scada(scadaAlarm('2026-11-23T10:00:00Z', { feederId: '' }));
    expect(whole).toMatchObject({ total_meters: 9 });
    const feeder = await scada(scadaAlarm('2026-11-23T10:00:20Z', { feederId: 'F00K124' }));
    expect(feeder).toMatchObject({ total_meters: 4, outage_event_id: whole.outage_event_id });
    expect(await value('select count(*)::int from oms_outage_events')).toBe(1);
  });

  test('a feeder code that is not in the registry never widens to its substation, and is matched when the registry learns it', async () => {
    const answer = await scada(scadaAlarm('2026-11-23T10:00:00Z', { feederId: 'F99' }));
    expect(answer).toMatchObject({ total_meters: 0, reason: 'feeder not in the registry' });
    expect(
      await rows(
        'select identifier_kind, identifier_value from oms_unmatched_identifiers where matched_at is null',
      ),
    ).toEqual([{ identifier_kind: 'feeder_id', identifier_value: 'F99' }]);
    await rows(
      `insert into network_feeders (feeder_id, substation_id, name) select 'F99', id, 'New' from network_substations limit 1`,
    );
    await rows(
      `insert into oms_meters (meter_number, feeder_id) select 'Q1', id from network_feeders where feeder_id = 'F99'`,
    );
    expect(await rows('select feeder_code, affected_customers_count from oms_active_outages')).toEqual([
      { feeder_code: 'F99', affected_customers_count: 1 },
    ]);
    expect(await value('select count(*)::int from oms_unmatched_identifiers where matched_at is null')).toBe(
      0,
    );
  });

  test('a feeder sent with another substation than its own keeps its feeder, and the conflict is recorded', async () => {
    expect(await scada(scadaAlarm('2026-11-23T10:00:00Z', { substationId: '4B' }))).toMatchObject({
      total_meters: 5,
    });
    expect(
      await rows('select identifier, registry_value, reported_value from oms_identity_conflicts'),
    ).toEqual([{ identifier: 'F00K123', registry_value: '4A00000K123', reported_value: '4B' }]);
  });

  test('meters above the head breaker are not in the scope of a feeder trip', async () => {
    await rows(`update oms_meters set above_feeder_head = true where meter_number = 'M3'`);
    expect(await scada(scadaAlarm('2026-11-23T10:00:00Z'))).toMatchObject({ total_meters: 4 });
    expect(await value('select affected_customers_count from oms_active_outages')).toBe(4);
  });

  test('the check counts meters by the state found, which adds up to the total', async () => {
    await onu(onuMessage('ONU_LastGaspAlert', '2026-11-23T09:59:58Z'));
    await value(`select update_meter_status('M3', 'on', 'power_on', 'kaifa', null, '2026-11-23T09:00:00Z')`);
    expect(await scada(scadaAlarm('2026-11-23T10:00:00Z'))).toMatchObject({
      total_meters: 5,
      offline_meters: 2,
      online_meters: 1,
      unknown_meters: 2,
    });
  });

  test('a second trip on a feeder leaves the registry’s revision as it was, so that nobody reads the network again', async () => {
    await scada(scadaAlarm('2026-11-23T10:00:00Z'));
    const revision = await value('select revision from oms_registry_revisions');
    await scada(scadaAlarm('2026-11-23T10:01:00Z'));
    expect(await value('select revision from oms_registry_revisions')).toBe(revision);
  });

  test('a feeder whose code another device has already gets its implied head beside it', async () => {
    await rows(`insert into network_devices (device_id, kind) values ('F00K123', 'fuse')`);
    expect(await scada(scadaAlarm('2026-11-23T10:00:00Z'))).toMatchObject({
      total_meters: 5,
      outage_event_id: expect.any(Number),
    });
    expect(await value('select device_code from oms_active_outages')).toBe('F00K123#breaker');
  });

  test('an alarm stamped in the future opens nothing', async () => {
    const answer = await scada(scadaAlarm('2099-01-01T00:00:00Z'));
    expect(answer).toMatchObject({ reason: 'stamped in the future' });
    expect(await value('select count(*)::int from oms_outage_events')).toBe(0);
    expect(await value('select clock_suspect from scada_events')).toBe(true);
  });

  test.each([
    ['De-energized', 'Alarm', 'voltage_lost'],
    ['DE-ENERGIZED', 'MV_AlarmLossOfVoltage', 'voltage_lost'],
    ['fault', 'breaker_trip', 'switch_open'],
    ['breaker_trip', 'BreakerTrip', 'switch_open'],
    ['fault', 'FuseTrip', 'voltage_lost'],
    ['power_failure', 'Alarm', 'voltage_lost'],
    ['outage', 'Alarm', 'voltage_lost'],
    ['Energized', 'MV_AlarmRestoration', 'voltage_present'],
    ['breaker_close', 'breaker_close', 'switch_closed'],
    ['power_restored', 'voltage_restored', 'voltage_present'],
    ['Energized', 'breaker_close', 'switch_closed'],
    ['Energized', 'MV_AlarmLossOfVoltage', 'voltage_present'],
    ['door open', 'Alarm', 'other'],
  ])('alarm type %s with event type %s says %s', async (alarmType, eventType, signal) => {
    expect(await value('select oms_scada_signal($1, $2)', eventType, alarmType)).toBe(signal);
  });

  test('a message without a required field is refused with the field and the reason', async () => {
    const { substationId: _, ...message } = scadaAlarm('2026-11-23T10:00:00Z');
    await expect(scada(message)).rejects.toMatchObject({ code: 'LGINV', message: 'substationId: required' });
    await expect(scada(scadaAlarm('2026-11-23 10:00:00'))).rejects.toThrow(
      /timestamp: must be an RFC 3339 time with an offset/,
    );
    await expect(scada(scadaAlarm('2026-11-23T10:00:00Z', { voltage: '11' }))).rejects.toThrow(
      /voltage: must be a number/,
    );
  });
});

describe('ONU', () => {
  test('a gasp of ONU 3230316 turns both its meters off, and its return turns both on', async () => {
    await onu(onuMessage('ONU_LastGaspAlert', '2026-11-23T10:00:00Z'));
    expect([await power('M12345678'), await power('M23456789')]).toEqual(['off', 'off']);
    expect(await value(`select communication_status from oms_meters where meter_number = 'M12345678'`)).toBe(
      'offline',
    );
    await onu(onuMessage('ONU_PowerRestored', '2026-11-23T10:20:00Z'));
    expect([await power('M12345678'), await power('M23456789')]).toEqual(['on', 'on']);
    expect(await value(`select communication_status from oms_meters where meter_number = 'M12345678'`)).toBe(
      'online',
    );
  });

  test('meters that only the message names are reached too; a number nobody knows is kept and matched later', async () => {
    await onu(
      onuMessage('ONU_LastGaspAlert', '2026-11-23T10:00:00Z', {
        associatedMeters: ['M3', { meterId: 'M99' }],
      }),
    );
    expect([await power('M12345678'), await power('M3')]).toEqual(['off', 'off']);
    await rows(`insert into oms_meters (meter_number) values ('M99')`);
    expect(await power('M99')).toBe('off');
    expect(await value('select count(*)::int from oms_unmatched_identifiers where matched_at is null')).toBe(
      0,
    );
  });

  test('the sender’s event id is the identity; without one it is ONU, type and time', async () => {
    const withId = onuMessage('ONU_LastGaspAlert', '2026-11-23T10:00:00Z', { eventId: 'E1' });
    const first = await onu(withId);
    expect(await onu(withId)).toBe(first);
    const plain = await onu(onuMessage('ONU_LastGaspAlert', '2026-11-23T10:05:00Z'));
    expect(await onu(onuMessage('ONU_LastGaspAlert', '2026-11-23T12:05:00+02:00'))).toBe(plain);
    expect(plain).not.toBe(first);
    expect(await value('select count(*)::int from onu_events')).toBe(2);
  });

  test('another serial than the registry’s is a recorded conflict, never a refusal', async () => {
    await onu(onuMessage('ONU_LastGaspAlert', '2026-11-23T10:00:00Z', { onuSerial: 'AAAA' }));
    expect(await power('M12345678')).toBe('off');
    expect(
      await rows('select identifier, registry_value, reported_value from oms_identity_conflicts'),
    ).toEqual([{ identifier: '3230316', registry_value: '48575443ED8345B0', reported_value: 'AAAA' }]);
  });

  test('an ONU nobody knows is kept although the message names a known meter', async () => {
    await onu(
      onuMessage('ONU_LastGaspAlert', '2026-11-23T10:00:00Z', { onuId: 888, associatedMeters: ['M3'] }),
    );
    expect(await power('M3')).toBe('off');
    await rows(`update oms_meters set onu_id = 888 where meter_number = 'M4'`);
    expect(await power('M4')).toBe('off');
    expect(await value('select count(*)::int from oms_unmatched_identifiers where matched_at is null')).toBe(
      0,
    );
  });

  test('an ONU nobody knows is kept, and acts when the registry learns it', async () => {
    await onu(onuMessage('ONU_LastGaspAlert', '2026-11-23T10:00:00Z', { onuId: 777 }));
    await rows(`update oms_meters set onu_id = 777 where meter_number = 'M4'`);
    expect(await power('M4')).toBe('off');
  });
});

describe('KAIFA', () => {
  test('a restore with severity High turns a meter on, a last gasp with severity Low turns it off', async () => {
    await kaifa(kaifaMessage('PowerRestored', '2026-11-23T10:00:00Z', { severity: 'High' }));
    expect(await power('M12345678')).toBe('on');
    await kaifa(kaifaMessage('3.26.0.85', '2026-11-23T10:10:00Z', { severity: 'Low' }));
    expect(await power('M12345678')).toBe('off');
    await kaifa(kaifaMessage('3.26.0.216', '2026-11-23T10:20:00Z', { severity: 'High' }));
    expect(await power('M12345678')).toBe('on');
  });

  test('a late last gasp older than the restore changes nothing but the trail', async () => {
    await kaifa(kaifaMessage('PowerRestored', '2026-11-23T10:20:00Z'));
    const before = await rows(`select * from oms_meters where meter_number = 'M12345678'`);
    await kaifa(kaifaMessage('PowerOutage', '2026-11-23T10:00:00Z'));
    expect(await rows(`select * from oms_meters where meter_number = 'M12345678'`)).toEqual(before);
    expect(
      await rows(
        'select event_type, previous_status, new_status, applied from oms_meter_status_events order by id',
      ),
    ).toEqual([
      { event_type: 'power_on', previous_status: 'unknown', new_status: 'on', applied: true },
      { event_type: 'power_off', previous_status: 'unknown', new_status: 'off', applied: false },
    ]);
  });

  test('an over-voltage code sets neither supply nor communication and is kept as evidence', async () => {
    await kaifa(kaifaMessage('3.26.131.93', '2026-11-23T10:00:00Z'));
    expect(
      await rows(
        `select power_status, communication_status from oms_meters where meter_number = 'M12345678'`,
      ),
    ).toEqual([{ power_status: 'unknown', communication_status: 'unknown' }]);
    expect(await value('select kind from oms_evidence')).toBe('phase_voltage');
  });

  test('an opened cover tells that the meter can be heard, nothing of its supply', async () => {
    await kaifa(kaifaMessage('Cover opened', '2026-11-23T10:00:00Z'));
    expect(
      await rows(
        `select power_status, communication_status from oms_meters where meter_number = 'M12345678'`,
      ),
    ).toEqual([{ power_status: 'unknown', communication_status: 'online' }]);
    expect(await value('select event_type from oms_meter_status_events')).toBe('communication_restored');
  });

  test('all events of an array payload are taken in order; the first id is returned, the sibling returns all', async () => {
    const events = ['PowerOutage', 'PowerRestored'].map(
      (type, index) => kaifaMessage(type, `2026-11-23T10:0${index}:00Z`).payload,
    );
    const message = { header: { message_id: 'many' }, payload: events };
    const first = await kaifa(message);
    const all = await rows(
      'select insert_kaifa_events_from_json_with_meter_sync($1) as id',
      JSON.stringify(message),
    );
    expect(all).toHaveLength(2);
    expect(all[0].id).toBe(first);
    expect(await power('M12345678')).toBe('on');
    expect(await value('select count(*)::int from kaifa_events')).toBe(2);
  });

  test('a message without any event is refused', async () => {
    await expect(kaifa({ header: { message_id: 'm' }, payload: [] })).rejects.toThrow(
      'payload: holds no event',
    );
  });

  test('two assets in one message with one message id are two events', async () => {
    await kaifa(
      kaifaMessage('PowerOutage', '2026-11-23T10:00:00Z', { mrid: 'e', assets: { 'ns2:mRID': 'asset-1' } }),
    );
    await kaifa(
      kaifaMessage('PowerOutage', '2026-11-23T10:00:00Z', { mrid: 'e', assets: { 'ns2:mRID': 'asset-2' } }),
    );
    expect(await value('select count(*)::int from kaifa_events')).toBe(2);
  });

  test('any spelling of the converter’s keys is understood', async () => {
    await kaifa({
      Header: { MessageID: 'm', Timestamp: '2026-11-23T10:00:00Z' },
      Payload: {
        'ns:mRID': 'x',
        createdDateTime: '2026-11-23T10:00:00Z',
        Assets: { 'ns1:mRID': 'asset-1' },
        EndDeviceEventType: { ref: 'Power Outage' },
      },
    });
    expect(await power('M12345678')).toBe('off');
  });

  test('without its own time an event has that of the header, else that of receipt, and says so', async () => {
    await kaifa(kaifaMessage('PowerOutage', '2026-11-23T10:00:00Z', { created_date_time: null }));
    await kaifa({
      header: { message_id: 'z' },
      payload: { mrid: 'y', assets: { mRID: 'asset-2' }, event_type: { '@ref': 'PowerOutage' } },
    });
    expect(await rows('select time_source from kaifa_events order by id')).toEqual([
      { time_source: 'header' },
      { time_source: 'receipt' },
    ]);
  });

  test('a meter is found by asset, else by usage point, else by its number as asset', async () => {
    await kaifa(
      kaifaMessage('PowerOutage', '2026-11-23T10:00:00Z', {
        assets: { mRID: 'unknown' },
        usage_point: { mRID: 'up-5' },
      }),
    );
    await kaifa(kaifaMessage('PowerOutage', '2026-11-23T10:00:01Z', { assets: { mRID: 'N1' } }));
    expect([await power('M5'), await power('N1')]).toEqual(['off', 'off']);
  });
});

describe('Call Center', () => {
  test('a call links by meter number, else by phone, else by address', async () => {
    await call(
      troubleCall('T1', '2026-11-23T10:00:00Z', { meterNumber: 'M3', phone: '0790123456', address: '' }),
    );
    await call(
      troubleCall('T2', '2026-11-23T10:00:00Z', {
        meterNumber: 'nobody',
        phone: '+962 79 012 3456',
        address: '',
      }),
    );
    await call(
      troubleCall('T3', '2026-11-23T10:00:00Z', { phone: '', address: 'شارع الملكه رانيا بناية 7' }),
    );
    await call(troubleCall('T4', '2026-11-23T10:00:00Z', { phone: '٠٦ ٢٠٠ ١٢٣٤' }));
    expect(
      await rows(
        `select t.ticket_id, t.matched_by, m.meter_number from callcenter_tickets t join oms_meters m on m.id = t.meter_id order by 1`,
      ),
    ).toEqual([
      { ticket_id: 'T1', matched_by: 'meter_number', meter_number: 'M3' },
      { ticket_id: 'T2', matched_by: 'phone', meter_number: 'M12345678' },
      { ticket_id: 'T3', matched_by: 'address', meter_number: 'M12345678' },
      { ticket_id: 'T4', matched_by: 'phone', meter_number: 'M23456789' },
    ]);
  });

  test('one ticket id is one ticket: a new status is an update, the same message again nothing', async () => {
    const id = await call(troubleCall('T1', '2026-11-23T10:00:00Z', { meterNumber: 'M3' }));
    expect(await call(troubleCall('T1', '2026-11-23T11:00:00Z', {}, { status: 'In Progress' }))).toBe(id);
    expect(await call(troubleCall('T1', '2026-11-23T10:30:00Z', {}, { status: 'Crew Assigned' }))).toBe(id);
    expect(await call(troubleCall('T1', '2026-11-23T10:00:00Z', { meterNumber: 'M3' }))).toBe(id);
    expect(await rows('select status, event_timestamp, meter_number from callcenter_tickets')).toEqual([
      { status: 'In Progress', event_timestamp: new Date('2026-11-23T10:00:00Z'), meter_number: 'M3' },
    ]);
    expect(await value('select count(*)::int from callcenter_ticket_messages')).toBe(3);
    expect(await value('select count(*)::int from oms_evidence')).toBe(1);
  });

  test('a call linked by phone moves to the meter it named when the registry learns that number', async () => {
    await call(troubleCall('T1', '2026-11-23T10:00:00Z', { meterNumber: 'NEW1', phone: '0790123456' }));
    expect(await value('select matched_by from callcenter_tickets')).toBe('phone');
    await rows(`insert into oms_meters (meter_number) values ('NEW1')`);
    expect(
      await rows(
        'select t.matched_by, m.meter_number from callcenter_tickets t join oms_meters m on m.id = t.meter_id',
      ),
    ).toEqual([{ matched_by: 'meter_number', meter_number: 'NEW1' }]);
  });

  test('a call is evidence at its own time, whichever of its messages arrives first', async () => {
    await call(troubleCall('T1', '2026-11-23T12:00:00Z', { meterNumber: 'M3' }, { status: 'Restored' }));
    await call(troubleCall('T1', '2026-11-23T10:10:00Z', { meterNumber: 'M3' }));
    expect(
      await rows(`select event_at from oms_evidence where event_at = '2026-11-23T10:10:00Z'`),
    ).toHaveLength(1);
  });

  test('a call that links to nothing is linked when the registry learns the phone', async () => {
    await call(troubleCall('T1', '2026-11-23T10:00:00Z', { phone: '0788888888' }));
    expect(await value('select sync_callcenter_tickets_to_meters()')).toBe(0);
    await rows(`update oms_customers set phone = '+962788888888' where customer_id = 'C2'`);
    expect(await value('select matched_by from callcenter_tickets')).toBe('phone');
  });

  test.each([
    ['', 'no_supply'],
    ['No power since 5 pm', 'no_supply'],
    ['لا يوجد كهرباء منذ ساعة', 'no_supply'],
    ['Wire down in front of the school', 'hazard'],
    ['سلك مقطوع على الأرض', 'hazard'],
    ['في حريق عند العمود', 'hazard'],
    ['My father is on life support', 'hazard'],
    ['lights flickering', 'partial_supply'],
    ['الكهرباء ضعيفة جدا، الضوء خافت', 'partial_supply'],
    ['question about my bill', 'other'],
  ])('"%s" is a call of kind %s', async (notes, kind) => {
    expect(await value('select oms_call_kind($1)', notes)).toBe(kind);
  });

  test('a hazard call is shown before everything else and is no evidence of an outage', async () => {
    await call(
      troubleCall('T1', '2026-11-23T10:00:00Z', { meterNumber: 'M3', notes: 'live wire on the street' }),
    );
    expect(await rows('select ticket_id, call_kind from oms_hazard_calls')).toEqual([
      { ticket_id: 'T1', call_kind: 'hazard' },
    ]);
    expect(await value('select count(*)::int from oms_evidence')).toBe(0);
  });

  test('two tickets with one tracking id of the sender keep apart', async () => {
    await call(
      troubleCall('T1', '2026-11-23T10:00:00Z', {}, { intake: { intakeId: 'I-1', omsEventId: 'O-1' } }),
    );
    await call(
      troubleCall('T2', '2026-11-23T10:00:00Z', {}, { intake: { intakeId: 'I-1', omsEventId: 'O-1' } }),
    );
    expect(await rows('select intake_id, oms_event_id from callcenter_tickets order by id')).toEqual([
      { intake_id: 'I-1', oms_event_id: 'O-1' },
      { intake_id: 'INT-T2', oms_event_id: 'OMS-T2' },
    ]);
  });
});

describe('the registry', () => {
  test('the audit trail is append-only', async () => {
    await onu(onuMessage('ONU_LastGaspAlert', '2026-11-23T10:00:00Z'));
    for (const statement of [
      'delete from oms_meter_status_events',
      'update oms_meter_status_events set new_status = $$on$$',
      'truncate oms_meter_status_events',
    ]) {
      await expect(rows(statement)).rejects.toMatchObject({ code: 'LGAPP' });
    }
    await expect(rows('delete from oms_meters')).rejects.toMatchObject({ code: 'LGAPP' });
  });

  test('updated_at is kept by trigger', async () => {
    await rows(`update oms_meters set updated_at = '2000-01-01', phases = 'A' where meter_number = 'M3'`);
    expect(
      await value(
        `select updated_at > now() - interval '1 minute' from oms_meters where meter_number = 'M3'`,
      ),
    ).toBe(true);
  });

  test('links of a meter to feeder and substation stay in step both ways', async () => {
    expect(await value('select count(*)::int from network_feeder_meters')).toBe(11);
    await rows(`update oms_meters set feeder_id = (select id from network_feeders where feeder_id = 'F20'),
      substation_id = (select id from network_substations where substation_id = '4B') where meter_number = 'M3'`);
    expect(
      await rows(`select f.feeder_id from network_feeder_meters l join network_feeders f on f.id = l.feeder_id
      join oms_meters m on m.id = l.meter_id where m.meter_number = 'M3'`),
    ).toEqual([{ feeder_id: 'F20' }]);
    await rows(`insert into oms_meters (meter_number) values ('R1')`);
    await rows(`insert into network_feeder_meters (feeder_id, meter_id)
      select f.id, m.id from network_feeders f, oms_meters m where f.feeder_id = 'F20' and m.meter_number = 'R1'`);
    expect(
      await rows(
        `select feeder_code, substation_code from oms_meters_with_topology where meter_number = 'R1'`,
      ),
    ).toEqual([{ feeder_code: 'F20', substation_code: '4B' }]);
  });

  test('a priority written into a link table by hand is the meter’s', async () => {
    await rows(`insert into oms_meters (meter_number) values ('R2')`);
    await rows(`insert into network_feeder_meters (feeder_id, meter_id, priority)
      select f.id, m.id, 1 from network_feeders f, oms_meters m where f.feeder_id = 'F20' and m.meter_number = 'R2'`);
    expect(
      await rows(`select l.priority, m.priority as of_meter from network_feeder_meters l join oms_meters m on m.id = l.meter_id
      where m.meter_number = 'R2'`),
    ).toEqual([{ priority: 1, of_meter: 1 }]);
  });

  test('a status by hand follows the same rule, and names what does not fit', async () => {
    expect(
      await value(
        `select update_meter_status('M3', 'off', 'power_off', 'system', 'note-1', '2026-11-23T10:00:00Z')`,
      ),
    ).toBe(true);
    expect(
      await value(
        `select update_meter_status('M3', 'on', 'power_on', 'system', 'note-2', '2026-11-23T09:00:00Z')`,
      ),
    ).toBe(false);
    await expect(
      value(`select update_meter_status('M3', 'on', 'power_off', 'system', null)`),
    ).rejects.toThrow(/new_status: power_off means off, got on/);
    await expect(
      value(`select update_meter_status('M99', 'on', 'power_on', 'system', null)`),
    ).rejects.toMatchObject({ code: 'LGNTF' });
  });

  test('silence by a failed ping makes a meter offline, never off', async () => {
    await value(`select update_meter_status('M3', 'on', 'power_on', 'kaifa', null, '2026-11-23T10:00:00Z')`);
    await value(
      `select update_meter_status('M3', 'offline', 'communication_lost', 'system', null, '2026-11-23T10:10:00Z')`,
    );
    expect(
      await rows(`select power_status, communication_status from oms_meters where meter_number = 'M3'`),
    ).toEqual([{ power_status: 'on', communication_status: 'offline' }]);
  });

  test('the distance of two points is the great circle’s', async () => {
    // One degree of latitude on a sphere of 6,371 km: 2 pi 6371000 / 360 = 111194.9 m.
    expect(await value('select haversine_distance_meters(31, 35, 32, 35)')).toBeCloseTo(111194.93, 1);
    await rows(`update oms_meters set location_lat = 31.95, location_lng = 35.93 where meter_number = 'M3'`);
    await rows(`update oms_meters set location_lat = 31.96, location_lng = 35.93 where meter_number = 'M4'`);
    expect(
      await rows('select meter_number, distance_meters::int from get_meters_near(31.95, 35.93, 1000)'),
    ).toEqual([{ meter_number: 'M3', distance_meters: 0 }]);
    expect(await value('select count(*)::int from get_meters_near(31.95, 35.93, 1200)')).toBe(2);
  });

  test('an event finds the open outage that covers it by topology, else by time and distance, and opens nothing', async () => {
    const { outage_event_id: outage } = await scada(scadaAlarm('2026-11-23T10:00:00Z'));
    const gasp = await onu(onuMessage('ONU_LastGaspAlert', '2026-11-23T10:00:05Z'));
    const correlate = async (...parameters: unknown[]) =>
      Number(await value('select oms_correlate_events($1, $2, $3, $4, $5, $6)', ...parameters));
    expect(await correlate('power_off', 'onu', String(gasp), '2026-11-23T10:00:05Z', null, null)).toBe(
      outage,
    );
    expect(await correlate('power_off', 'kaifa', '0', '2026-11-23T10:10:00Z', 31.9501, 35.9301)).toBe(outage);
    expect(
      await value(
        `select oms_correlate_events('power_off', 'kaifa', '0', '2026-11-23T10:10:00Z', 32.5, 35.9)`,
      ),
    ).toBeNull();
    expect(
      await value(
        `select oms_correlate_events('power_off', 'kaifa', '0', '2026-11-23T14:00:00Z', 31.95, 35.93)`,
      ),
    ).toBeNull();
    expect(await value('select count(*)::int from oms_outage_events')).toBe(1);
  });

  test('every table, view, column and function is commented', async () => {
    expect(
      await rows(`select c.relname from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'v', 'p')
      and obj_description(c.oid, 'pg_class') is null`),
    ).toEqual([]);
    expect(
      await rows(`select c.relname, a.attname from pg_class c join pg_attribute a on a.attrelid = c.oid
      where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'v', 'p') and a.attnum > 0 and not a.attisdropped
      and col_description(c.oid, a.attnum) is null`),
    ).toEqual([]);
    expect(
      await rows(
        `select p.proname from pg_proc p where p.pronamespace = 'public'::regnamespace and obj_description(p.oid, 'pg_proc') is null`,
      ),
    ).toEqual([]);
  });

  test('the quick reference runs as written', async () => {
    await scada(scadaAlarm(new Date(Date.now() - 60_000).toISOString()));
    await onu(onuMessage('ONU_LastGaspAlert', new Date(Date.now() - 50_000).toISOString()));
    expect(await value('SELECT COUNT(*) FROM oms_meters;')).toBe('11');
    expect(await rows('SELECT * FROM network_substations_with_meters;')).toHaveLength(2);
    expect(
      await rows(`SELECT * FROM oms_meters_with_topology WHERE meter_number = 'M12345678';`),
    ).toMatchObject([{ feeder_code: 'F00K123', power_status: 'off' }]);
    expect(await rows('SELECT * FROM oms_active_outages;')).toMatchObject([
      { affected_customers_count: 16, source_types: ['scada'] },
    ]);
    expect(
      await rows(
        `SELECT * FROM oms_meter_status_events WHERE meter_id = (SELECT id FROM oms_meters WHERE meter_number = 'M12345678') ORDER BY event_timestamp DESC LIMIT 10;`,
      ),
    ).toHaveLength(1);
    expect(
      await rows(
        `SELECT se.substation_id, se.affected_meter_count, oe.affected_customers_count, oe.event_id AS outage_id FROM scada_events se LEFT JOIN oms_outage_events oe ON se.outage_event_id = oe.id WHERE se.event_timestamp >= NOW() - INTERVAL '24 hours' AND se.affected_meter_count > 0 ORDER BY se.event_timestamp DESC;`,
      ),
    ).toMatchObject([
      {
        substation_id: '4A00000K123',
        affected_meter_count: 5,
        affected_customers_count: 16,
        outage_id: expect.stringMatching(/^F00K123-/),
      },
    ]);
  });
});
