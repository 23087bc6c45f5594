import { describe, expect, test } from 'vitest';
import { onuMessage } from './messages.ts';
import { useSqlSession } from './sql-session.ts';

const { rows, value, onu, power } = useSqlSession();

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

  describe('a meter that comes onto a known ONU after its gasp', () => {
    const gaspAndReturn = async () => {
      await onu(onuMessage('ONU_LastGaspAlert', '2026-11-23T10:00:00Z'));
      await onu(onuMessage('ONU_PowerRestored', '2026-11-23T10:20:00Z'));
      await onu(onuMessage('ONU_LastGaspAlert', '2026-11-23T10:40:00Z'));
    };
    const told = async (meterNumber: string) => ({
      power: await power(meterNumber),
      trail: await rows(
        `select event_type, event_timestamp, applied from oms_meter_status_events
         where meter_id = (select id from oms_meters where meter_number = $1) order by event_timestamp`,
        meterNumber,
      ),
      evidence: await rows(
        `select kind, event_at from oms_evidence
         where meter_id = (select id from oms_meters where meter_number = $1) order by event_at`,
        meterNumber,
      ),
    });

    test.each([
      [
        'is registered',
        `insert into oms_meters (meter_number, feeder_id, onu_id) select 'LATE', feeder_id, onu_id from oms_meters where meter_number = 'M12345678'`,
        'LATE',
      ],
      ['gets its ONU', `update oms_meters set onu_id = 3230316 where meter_number = 'M4'`, 'M4'],
    ])('receives what the others had, each once: it %s', async (_, statement, meterNumber) => {
      await gaspAndReturn();
      const others = await told('M12345678');
      expect(others.trail).toHaveLength(3);
      await rows(statement);
      expect(await told(meterNumber)).toEqual(others);
      expect(await told('M12345678')).toEqual(others);
      expect(await value('select rematch_unmatched_identifiers()')).toBe(0);
      await rows('update oms_meters set onu_id = onu_id, feeder_id = feeder_id');
      expect(await told(meterNumber)).toEqual(others);
    });

    test('receives it when it is active again, not while it is retired', async () => {
      await rows(`update oms_meters set status = 'retired' where meter_number = 'M23456789'`);
      await gaspAndReturn();
      expect(await power('M23456789')).toBe('unknown');
      await rows(`update oms_meters set status = 'active' where meter_number = 'M23456789'`);
      expect(await told('M23456789')).toEqual(await told('M12345678'));
    });

    test('receives it from the prompt where the registry could not tell', async () => {
      await rows(`set local lastgasp.defer_rematch = 'on'`);
      await gaspAndReturn();
      await rows(`update oms_meters set onu_id = 3230316 where meter_number in ('M4', 'N1')`);
      expect(await power('M4')).toBe('unknown');
      expect(await value('select rematch_unmatched_identifiers()')).toBe(3);
      expect([await told('M4'), await told('N1')]).toEqual([
        await told('M12345678'),
        await told('M12345678'),
      ]);
    });
  });
});
