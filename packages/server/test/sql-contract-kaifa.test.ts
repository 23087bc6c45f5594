import { describe, expect, test } from 'vitest';
import { useSqlSession } from './sql-session.ts';

const { rows, value, kaifa, power } = useSqlSession();

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
