import { PROVIDERS } from '@lastgasp/model';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readMessage } from '../src/ingest/providers/read-message.ts';
import { parseRfc3339, rfc3339Fault } from '../src/ingest/reading/rfc3339.ts';
import { corpusCases } from '../src/ingest/testing/corpus-cases.ts';
import {
  callCenterMessage,
  onuMessage,
  scadaMessage,
  soapEnvelope,
} from '../src/ingest/testing/example-messages.ts';
import { createTestDatabase, type TestDatabase } from './test-database.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

const digits = (width: number, max: number) =>
  fc.integer({ min: 0, max }).map((value) => String(value).padStart(width, '0'));
/** Texts of the shape of an instant, of which many name no instant. */
const instantLike = fc
  .tuple(
    fc.oneof(fc.constantFrom('0000', '0001', '9999', '2024', '2025'), digits(4, 9999)),
    digits(2, 13),
    digits(2, 32),
    fc.constantFrom('T', 't'),
    fc.oneof(
      fc.constantFrom('23:59:60', '00:00:60', '24:00:00', '23:59:59'),
      fc.tuple(digits(2, 24), digits(2, 60), digits(2, 61)).map((parts) => parts.join(':')),
    ),
    fc.oneof(fc.constantFrom('', '.0', `.${'9'.repeat(30)}`), fc.stringMatching(/^\.[0-9]{1,31}$/)),
    fc.oneof(
      fc.constantFrom('Z', 'z', '+00:00', '-00:00', '+15:59', '-15:59', '+16:00'),
      fc
        .tuple(fc.constantFrom('+', '-'), digits(2, 24), digits(2, 60))
        .map(([sign, hours, minutes]) => `${sign}${hours}:${minutes}`),
    ),
  )
  .map(
    ([year, month, day, t, time, fraction, offset]) =>
      `${year}-${month}-${day}${t}${time}${fraction}${offset}`,
  );

describe('what the edge takes, PostgreSQL takes too', () => {
  test('every instant is cast to timestamptz, and is the one that was read', async () => {
    const generated = fc.sample(instantLike, { numRuns: 20_000, seed: 20250924 });
    const corpus = (corpusCases('timestamps') ?? []).map(({ text }) => text);
    const taken = [...new Set([...generated, ...corpus])].filter((text) => rfc3339Fault(text) === null);
    expect(taken.length).toBeGreaterThan(3000);
    expect(taken.some((text) => /:60/.test(text))).toBe(true);
    expect(taken.some((text) => /\.[0-9]{30}/.test(text))).toBe(true);
    // Compared to the millisecond: PostgreSQL rounds to the microsecond, the reader cuts.
    const { rows } = await database.pool.query<{ text: string; ms: string }>(
      `select t as text, (extract(epoch from t::timestamptz) * 1000)::text as ms from unnest($1::text[]) as t`,
      [taken],
    );
    expect(rows).toHaveLength(taken.length);
    for (const { text, ms } of rows) {
      const difference = Number(ms) - parseRfc3339(text)!.getTime();
      expect(difference, text).toBeGreaterThanOrEqual(0);
      expect(difference, text).toBeLessThanOrEqual(1);
    }
  });

  test('every event that is handed on is json and jsonb with the same fields', async () => {
    const extra = fc.jsonValue({ maxDepth: 4 });
    const text = fc.string({ unit: 'binary', maxLength: 40 });
    const bodies = fc
      .sample(fc.tuple(extra, text), { numRuns: 500, seed: 20250924 })
      .flatMap(([vendor, notes]) => [
        { provider: 'scada', body: scadaMessage({ vendor, reason: notes }) } as const,
        { provider: 'onu', body: onuMessage({ vendor, onuSerial: notes }) } as const,
        { provider: 'call-center', body: callCenterMessage({ vendor, notes }) } as const,
      ]);
    const soap = {
      provider: 'kaifa',
      body: soapEnvelope([{ more: '<ns2:reason>&#x1F50C; &quot;كهرباء&quot;</ns2:reason>' }]),
    } as const;
    const long = '{"vendor":[1e-400,0.1e-20,12345678901234567890,1e300,-0,5e-324]';
    const numbers = {
      provider: 'scada',
      body: `${long},${JSON.stringify(scadaMessage()).slice(1)}`,
    } as const;
    const events = [...bodies, soap, numbers].flatMap(
      ({ provider, body }) => readMessage(provider, body).events,
    );
    expect(events.length).toBeGreaterThan(1000);
    const { rows } = await database.pool.query<{ same: boolean }>(
      `select jsonb_typeof(e::json::jsonb) = 'object' and e::jsonb::text::jsonb = e::jsonb as same from unnest($1::text[]) as e`,
      [events],
    );
    expect(rows).toHaveLength(events.length);
    expect(rows.every(({ same }) => same)).toBe(true);
  });

  test('no message of any provider that the edge takes is refused by its SQL function', async () => {
    const kaifa = [
      soapEnvelope([
        { asset: 'A1', usagePoint: 'U1' },
        { asset: null, usagePoint: 'U2', createdAt: null },
      ]),
      soapEnvelope([{ mrid: null, type: 'CoverOpened', createdAt: '1998-12-31T23:59:60Z' }], {
        header: '',
      }),
    ];
    const messages = {
      scada: [
        scadaMessage(),
        scadaMessage({
          feederId: null,
          voltage: 1e300,
          severity: null,
          coordinates: { lat: null, lng: null },
        }),
        scadaMessage({
          feederId: undefined,
          coordinates: undefined,
          latitude: -90,
          longitude: 180,
          reason: 'x'.repeat(2000),
        }),
      ],
      onu: [
        onuMessage(),
        onuMessage({
          onuId: Number.MAX_SAFE_INTEGER,
          onuSerial: '',
          alarmData: { parcel: 7 },
          nmsType: true,
        }),
        { type: 'ONU_PowerRestored', onuId: -1, timestamp: '0001-01-01T00:00:00+15:59' },
        onuMessage({ associatedMeters: ['M1', { meterId: 'M2' }], location: null, eventId: '' }),
      ],
      kaifa,
      'call-center': [
        callCenterMessage(),
        callCenterMessage({ ticketId: 5, customer: {}, status: 'in progress', source: null, intake: {} }),
        callCenterMessage({
          ticketId: 'T2',
          customer: { phone: null, address: 'x'.repeat(2000) },
          status: '',
          intake: null,
        }),
      ],
    };
    const functions = {
      scada: 'insert_scada_event_with_meter_check',
      onu: 'insert_onu_event_from_json_with_meter_sync',
      kaifa: 'insert_kaifa_event_from_json_with_meter_sync',
      'call-center': 'insert_callcenter_ticket_from_json_with_meter_link',
    };
    for (const provider of PROVIDERS) {
      for (const message of messages[provider]) {
        const { events, rejected } = readMessage(provider, message);
        expect(rejected).toEqual([]);
        for (const event of events) {
          const { rows } = await database.pool.query(`select ${functions[provider]}($1) as stored`, [event]);
          expect(rows[0].stored, event).not.toBeNull();
        }
      }
    }
  });
});

describe("the spellings of the head-end's converter", () => {
  test('come to the same event through the gateway and from psql', async () => {
    const event = {
      'ns2:mRID': 'e-1',
      createdDateTime: '2025-09-24T13:51:30+03:00',
      issuer_tracking_id: 7,
      Severity: 'LOW',
      'ns1:Assets': { 'ns2:mRID': 'A1' },
      UsagePoint: { mRID: 'U1' },
      EndDeviceEventType: { '@ref': '3.26.0.85' },
      reason: '',
    };
    const variants = [
      { header: { MessageID: 'm-1', Timestamp: '2025-09-24T10:51:36Z' }, payload: event },
      {
        Header: { 'message-id': 'm-1' },
        'ns:payload': [
          event,
          { ...event, 'ns2:mRID': 'e-2', event_type: { ref: 'PowerRestored' }, EndDeviceEventType: null },
        ],
      },
      { header: {}, payload: { assets: 'A1', eventType: 'Power Outage', userID: 'u' } },
      {
        header: {},
        payload: {
          ...event,
          'ns1:Assets': [{ 'ns2:mRID': 'A1' }, ' A2 ', null],
          asset: { mRID: 3 },
          UsagePoint: ['U1', { mRID: '' }, { mRID: 'U2' }, { names: { name: 'third' } }],
        },
      },
      { header: {}, payload: { ...event, 'ns1:Assets': null, usage_points: [{ mRID: 'U2' }, 'U3'] } },
      {
        header: {},
        Payload: {
          EndDeviceEvents: {
            EndDeviceEvent: [event, { ...event, UsagePoint: null, 'ns1:Assets': ['B1', 'B2'] }],
          },
        },
      },
    ];
    for (const variant of variants) {
      const { events, rejected } = readMessage('kaifa', variant);
      expect(rejected).toEqual([]);
      const { rows } = await database.pool.query(
        `select jsonb_agg(jsonb_build_array(
            e #>> '{header,message_id}', e #>> '{header,timestamp}', e #>> '{payload,mrid}', e #>> '{payload,created_date_time}',
            e #>> '{payload,issuer_tracking_id}', e #>> '{payload,severity}', e #>> '{payload,reason}', e #>> '{payload,user_id}',
            e #>> '{payload,assets,ns2:mRID}', e #>> '{payload,usage_point,ns2:mRID}', e #>> '{payload,event_type,@ref}')) as fields
         from (select normalise_kaifa_json($1::jsonb) as e) n
         union all
         select jsonb_agg(jsonb_build_array(
            e #>> '{header,message_id}', e #>> '{header,timestamp}', e #>> '{payload,mrid}', e #>> '{payload,created_date_time}',
            e #>> '{payload,issuer_tracking_id}', e #>> '{payload,severity}', e #>> '{payload,reason}', e #>> '{payload,user_id}',
            e #>> '{payload,assets,ns2:mRID}', e #>> '{payload,usage_point,ns2:mRID}', e #>> '{payload,event_type,@ref}'))
         from unnest($2::jsonb[]) as e`,
        [JSON.stringify(variant), events],
      );
      expect(rows[1].fields).toEqual(rows[0].fields);
      expect(rows[0].fields).toHaveLength(events.length);
    }
  });
});
