import { describe, expect, test } from 'vitest';
import { onuMessage, scadaAlarm, scadaRestoration } from './messages.ts';
import { useSqlSession } from './sql-session.ts';

const { rows, value, scada, onu } = useSqlSession();

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
