import { PROVIDERS, type Provider } from '@lastgasp/model';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { replayDeadLetter } from '../src/operations/replay-dead-letter.ts';
import { findDeadLetters } from '../src/store/queries/dead-letters/find-dead-letters.ts';
import { kafkaEnvelope, mirroredRequest } from './envelopes.ts';
import { kaifaEnvelope, onuMessage, scadaAlarm, troubleCall } from './messages.ts';
import type { TestDatabase } from './test-database.ts';

/** A way in of provider messages, over a database of its own that holds the small network. */
export interface WayIn {
  readonly database: TestDatabase;
  /** As dead letters name it. */
  readonly transport: 'http' | 'file' | 'kafka';
  /** Hands bodies over in this order, and resolves once what became of each is committed. */
  readonly send: (provider: Provider, bodies: readonly (string | object)[]) => Promise<void>;
  readonly close: () => Promise<void>;
}

const TABLES: Readonly<Record<Provider, string>> = {
  scada: 'scada_events',
  onu: 'onu_events',
  kaifa: 'kaifa_events',
  'call-center': 'callcenter_tickets',
};

/** One message of each provider, as it comes without an envelope. */
const MESSAGES: Readonly<Record<Provider, string | object>> = {
  scada: scadaAlarm('2026-11-23T10:00:00Z'),
  onu: onuMessage('ONU_LastGaspAlert', '2026-11-23T10:00:01Z'),
  kaifa: kaifaEnvelope('m1', [
    { mrid: 'e1', asset: 'asset-3', type: 'PowerOutage', at: '2026-11-23T10:00:02Z' },
  ]),
  'call-center': troubleCall('T1', '2026-11-23T10:00:03Z', { meterNumber: 'M4' }),
};

/** What must hold of every way in: run by each of them, so that a message has the same effect however it comes. */
export function describeWayIn(name: string, open: () => Promise<WayIn>): void {
  describe(`messages that come ${name}`, () => {
    let way: WayIn;
    beforeEach(async () => {
      way = await open();
    });
    afterEach(() => way.close());

    const rows = async (sql: string) => (await way.database.pool.query(sql)).rows;
    const count = async (table: string) => Number((await rows(`select count(*) from ${table}`))[0].count);
    const letters = () => findDeadLetters(way.database.pool, {});

    test.each(PROVIDERS)(
      'a %s message is stored once, however often and in whatever envelope it comes',
      async (provider) => {
        const message = MESSAGES[provider];
        await way.send(provider, [message, message]);
        await way.send(provider, [kafkaEnvelope(provider, message), mirroredRequest(message)]);
        expect(await count(TABLES[provider])).toBe(1);
        expect(await letters()).toEqual([]);
      },
    );

    test('meters, trail and evidence are those of the messages', async () => {
      for (const provider of PROVIDERS) await way.send(provider, [MESSAGES[provider]]);
      expect(
        await rows(
          "select meter_number, power_status from oms_meters where power_status <> 'unknown' order by 1",
        ),
      ).toEqual([
        { meter_number: 'M12345678', power_status: 'off' },
        { meter_number: 'M23456789', power_status: 'off' },
        { meter_number: 'M3', power_status: 'off' },
      ]);
      expect(
        await rows(
          'select source_type, kind, count(*)::integer from oms_evidence group by 1, 2 order by 1, 2',
        ),
      ).toEqual([
        { source_type: 'call_center', kind: 'no_supply_call', count: 1 },
        { source_type: 'kaifa', kind: 'power_off', count: 1 },
        { source_type: 'onu', kind: 'power_off', count: 2 },
        { source_type: 'scada', kind: 'voltage_lost', count: 1 },
      ]);
      expect(await count('oms_meter_status_events')).toBe(3);
      expect(await count('oms_outage_events')).toBe(1);
    });

    test('each event of a message with many is taken', async () => {
      const events = ['asset-1', 'asset-2', 'asset-3', 'nobody'].map((asset, index) => ({
        mrid: `e${index}`,
        asset,
        type: 'PowerOutage',
        at: '2026-11-23T10:00:02Z',
      }));
      await way.send('kaifa', [kaifaEnvelope('m2', events)]);
      expect(await count('kaifa_events')).toBe(4);
      expect(await rows('select identifier_value from oms_unmatched_identifiers')).toEqual([
        { identifier_value: 'nobody' },
      ]);
    });

    test('what cannot be understood is set aside with its reason and hinders nothing', async () => {
      const gasp = (second: number) => onuMessage('ONU_LastGaspAlert', `2026-11-23T10:00:0${second}Z`);
      await way.send('onu', [gasp(1), 'no message at all', gasp(2), { ...gasp(3), onuId: 'x' }, gasp(4), '']);
      expect(await count('onu_events')).toBe(3);
      const set = (await letters()).toReversed();
      expect(set.map(({ code, field, transport, status }) => ({ code, field, transport, status }))).toEqual([
        { code: 'invalid_json', field: null, transport: way.transport, status: 'set_aside' },
        { code: 'invalid_field', field: 'onuId', transport: way.transport, status: 'set_aside' },
        { code: 'invalid_json', field: null, transport: way.transport, status: 'set_aside' },
      ]);
      expect(JSON.parse(set[1]?.payload.toString() ?? '')).toMatchObject({ onuId: 'x' });
    });

    test('the same poison again is the same dead letter, seen more often', async () => {
      const poison = { ...onuMessage('ONU_LastGaspAlert', '2026-11-23T10:00:01Z'), onuId: 'x' };
      await way.send('onu', [poison, poison]);
      await way.send('onu', [poison]);
      expect((await letters()).map(({ timesSeen }) => timesSeen)).toEqual([3]);
    });

    test('an event that only the database refuses is set aside alone, and replayed twice has one effect', async () => {
      await way.database.pool.query('alter table onu_events add constraint refuse check (onu_id <> 13)');
      const of = (onuId: number) => onuMessage('ONU_LastGaspAlert', '2026-11-23T10:00:01Z', { onuId });
      await way.send('onu', [of(11), of(12), of(13), of(14)]);
      expect(await rows('select onu_id::integer from onu_events order by 1')).toEqual(
        [11, 12, 14].map((onu_id) => ({ onu_id })),
      );
      const [letter] = await letters();
      if (letter === undefined) throw new Error('a dead letter was expected');
      expect(letter).toMatchObject({ code: 'refused_by_database', transport: way.transport });

      await way.database.pool.query('alter table onu_events drop constraint refuse');
      const outcomes = [];
      for (let time = 0; time < 2; time++) outcomes.push(await replayDeadLetter(way.database.pool, letter));
      expect(outcomes).toMatchObject([
        { ok: true, value: { stored: 1, duplicate: 0 } },
        { ok: true, value: { stored: 0, duplicate: 1 } },
      ]);
      expect(await count('onu_events')).toBe(4);
      expect((await letters()).map(({ status }) => status)).toEqual(['replayed']);
    });

    test('a new status of a ticket is an update of it, in the order of arrival', async () => {
      const at = (minute: number, status: string) =>
        troubleCall('T9', `2026-11-23T10:0${minute}:00Z`, { meterNumber: 'M3' }, { status });
      await way.send('call-center', [
        at(0, 'Registered'),
        at(1, 'Crew Assigned'),
        at(2, 'In Progress'),
        at(1, 'Crew Assigned'),
      ]);
      expect(await rows('select ticket_id, status from callcenter_tickets')).toEqual([
        { ticket_id: 'T9', status: 'In Progress' },
      ]);
    });
  });
}
