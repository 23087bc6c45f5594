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

  describe('an asset that nobody knows beside a usage point that is known', () => {
    const unmatched = () =>
      rows(
        `select identifier_kind as kind, identifier_value as value from oms_unmatched_identifiers
         where matched_at is null order by 1`,
      );
    const trail = () =>
      rows(
        `select m.meter_number, t.event_type from oms_meter_status_events t join oms_meters m on m.id = t.meter_id order by t.id`,
      );
    const gasp = () =>
      kaifa(
        kaifaMessage('PowerOutage', '2026-11-23T10:00:00Z', {
          assets: { mRID: 'new-asset' },
          usage_point: { mRID: 'up-5' },
        }),
      );

    test('is listed as unmatched, and the event acts on the meter of the usage point', async () => {
      await gasp();
      expect(await power('M5')).toBe('off');
      expect(await unmatched()).toEqual([{ kind: 'asset_mrid', value: 'new-asset' }]);
    });

    test('has no second effect when the registry learns that the same meter has it', async () => {
      await gasp();
      await rows(`update oms_meters set asset_mrid = 'new-asset' where meter_number = 'M5'`);
      expect(await unmatched()).toEqual([]);
      expect(await rows('select matched_by from kaifa_events')).toEqual([{ matched_by: 'asset_mrid' }]);
      expect(await trail()).toEqual([{ meter_number: 'M5', event_type: 'power_off' }]);
      expect(await value('select count(*)::int from oms_evidence')).toBe(1);
    });

    test('takes the event to the meter that has it when the registry learns that, once', async () => {
      await gasp();
      await rows(
        `insert into oms_meters (meter_number, feeder_id, asset_mrid) select 'X1', id, 'new-asset' from network_feeders where feeder_id = 'F20'`,
      );
      expect(await unmatched()).toEqual([]);
      expect(await power('X1')).toBe('off');
      expect(await value('select rematch_unmatched_identifiers()')).toBe(0);
      expect(await trail()).toEqual([
        { meter_number: 'M5', event_type: 'power_off' },
        { meter_number: 'X1', event_type: 'power_off' },
      ]);
      expect(
        await rows(
          'select m.meter_number, k.matched_by from kaifa_events k join oms_meters m on m.id = k.meter_id',
        ),
      ).toEqual([{ meter_number: 'X1', matched_by: 'asset_mrid' }]);
    });

    test('stays listed when the registry learns only the usage point', async () => {
      await kaifa(
        kaifaMessage('PowerOutage', '2026-11-23T10:00:00Z', {
          assets: { mRID: 'new-asset' },
          usage_point: { mRID: 'up-new' },
        }),
      );
      expect(await unmatched()).toHaveLength(2);
      await rows(`update oms_meters set usage_point_mrid = 'up-new' where meter_number = 'M4'`);
      expect(await power('M4')).toBe('off');
      expect(await unmatched()).toEqual([{ kind: 'asset_mrid', value: 'new-asset' }]);
    });

    test('is not listed where it is the number of a meter', async () => {
      await kaifa(
        kaifaMessage('PowerOutage', '2026-11-23T10:00:00Z', {
          assets: { mRID: 'P1' },
          usage_point: { mRID: 'up-5' },
        }),
      );
      expect(await unmatched()).toEqual([]);
    });
  });

  describe('an event with several Assets', () => {
    test('is one event for each of them, with the usage point at the same place', async () => {
      const message = kaifaMessage('PowerOutage', '2026-11-23T10:00:00Z', {
        assets: [{ 'ns2:mRID': 'asset-1' }, 'asset-3', { mRID: 'unknown' }],
        usage_point: [{ mRID: 'up-1' }, { mRID: 'up-3' }, { mRID: 'up-5' }],
      });
      const first = await kaifa(message);
      expect([await power('M12345678'), await power('M3'), await power('M5')]).toEqual(['off', 'off', 'off']);
      expect(await rows('select id, asset_mrid, usage_point_mrid from kaifa_events order by id')).toEqual([
        { id: first, asset_mrid: 'asset-1', usage_point_mrid: 'up-1' },
        { id: expect.anything(), asset_mrid: 'asset-3', usage_point_mrid: 'up-3' },
        { id: expect.anything(), asset_mrid: 'unknown', usage_point_mrid: 'up-5' },
      ]);
      expect(await kaifa(message)).toBe(first);
      expect(await value('select count(*)::int from kaifa_events')).toBe(3);
    });

    test('and another number of usage points is refused: none says which belongs to which', async () => {
      await expect(
        kaifa(
          kaifaMessage('PowerOutage', '2026-11-23T10:00:00Z', {
            assets: ['asset-1', 'asset-2', 'asset-3'],
            usage_point: ['up-1', 'up-2'],
          }),
        ),
      ).rejects.toMatchObject({
        code: 'LGINV',
        message: 'payload.usage_point: 3 Assets and 2 UsagePoint do not say which belongs to which',
      });
    });
  });
});
