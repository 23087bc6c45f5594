import { describe, expect, test } from 'vitest';
import { onuMessage, scadaAlarm } from './messages.ts';
import { useSqlSession } from './sql-session.ts';

const { rows, value, scada, onu } = useSqlSession();

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
