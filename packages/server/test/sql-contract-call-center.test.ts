import { describe, expect, test } from 'vitest';
import { troubleCall } from './messages.ts';
import { useSqlSession } from './sql-session.ts';

const { rows, value, call } = useSqlSession();

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

  test('a call that a later message makes one of another meter, or of no lost supply, is withdrawn, and may stand again', async () => {
    const said = () =>
      rows(
        `select e.kind, m.meter_number, to_char(e.event_at at time zone 'UTC', 'HH24:MI') as at
         from oms_evidence e join oms_meters m on m.id = e.meter_id order by e.id`,
      );
    const ticket = (time: string, meterNumber: string, notes = 'no power') =>
      call(troubleCall('T1', `2026-11-23T${time}:00Z`, { meterNumber, notes }, { status: 'In Progress' }));
    await call(troubleCall('T1', '2026-11-23T10:00:00Z', { meterNumber: 'M3', notes: 'no power' }));
    await ticket('10:10', 'M4');
    expect(await said()).toEqual([
      { kind: 'no_supply_call', meter_number: 'M3', at: '10:00' },
      expect.objectContaining({ at: '10:00' }),
      expect.objectContaining({ at: '10:00' }),
    ]);
    expect(
      (await said())
        .slice(1)
        .map(({ kind, meter_number }) => `${kind} ${meter_number}`)
        .sort(),
    ).toEqual(['call_withdrawn M3', 'no_supply_call M4']);
    await ticket('10:20', 'M4', 'wire down');
    expect((await said()).at(-1)).toMatchObject({ kind: 'call_withdrawn', meter_number: 'M4' });
    await ticket('10:30', 'M3');
    expect((await said()).at(-1)).toMatchObject({ kind: 'no_supply_call', meter_number: 'M3', at: '10:00' });
    expect(await said()).toHaveLength(5);
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
