import { afterEach, beforeEach, expect, test } from 'vitest';
import type { InboundMessage } from '../src/ingest/inbound-message.ts';
import { IngestOverloaded, IngestUnavailable } from '../src/ingest/ingest-errors.ts';
import { IngestQueue } from '../src/ingest/ingest-queue.ts';
import { laneOf } from '../src/ingest/lane-of.ts';
import type { BatchReport } from '../src/ingest/report-batch.ts';
import { replayDeadLetter } from '../src/operations/replay-dead-letter.ts';
import { findDeadLetters } from '../src/store/queries/dead-letters/find-dead-letters.ts';
import { kaifaEnvelope, onuMessage, scadaAlarm, troubleCall } from './messages.ts';
import { seedSmallNetwork } from './small-network.ts';
import { createTestDatabase, type TestDatabase } from './test-database.ts';

let database: TestDatabase;
let queue: IngestQueue;
let reports: BatchReport[];

beforeEach(async () => {
  database = await createTestDatabase();
  await seedSmallNetwork(database.pool);
  reports = [];
  queue = new IngestQueue({ pool: database.pool, onBatch: (report) => reports.push(report) });
});
afterEach(() => database.drop());

const send = (
  provider: InboundMessage['provider'],
  body: InboundMessage['body'],
  receivedAt = '2026-11-23T10:00:10Z',
) => queue.receive({ provider, body, receivedAt: new Date(receivedAt), transport: 'http' });
const count = async (table: string) =>
  Number((await database.pool.query(`select count(*) from ${table}`)).rows[0].count);

test('a message of each provider is stored once and a duplicate after that', async () => {
  const messages: [InboundMessage['provider'], string][] = [
    ['scada', JSON.stringify(scadaAlarm('2026-11-23T10:00:00Z'))],
    ['onu', JSON.stringify(onuMessage('ONU_LastGaspAlert', '2026-11-23T10:00:01Z'))],
    [
      'kaifa',
      kaifaEnvelope('m1', [
        { mrid: 'e1', asset: 'asset-1', type: 'PowerOutage', at: '2026-11-23T10:00:02Z' },
      ]),
    ],
    ['call-center', JSON.stringify(troubleCall('T1', '2026-11-23T10:00:03Z', { phone: '0790123456' }))],
  ];
  for (const outcome of ['stored', 'duplicate'] as const) {
    for (const [provider, body] of messages) {
      const receipt = await send(provider, body);
      expect(receipt).toMatchObject({ events: [{ outcome }], rejected: [] });
    }
  }
  for (const counts of Object.values(queue.counts)) {
    expect(counts).toEqual({ received: 2, stored: 1, duplicate: 1, rejected: 0 });
  }
});

test('the answer to an event tells the meters it reached', async () => {
  expect(
    (await send('onu', onuMessage('ONU_LastGaspAlert', '2026-11-23T10:00:01Z'))).events[0]?.metersMatched,
  ).toBe(2);
  expect((await send('scada', scadaAlarm('2026-11-23T10:00:00Z'))).events[0]?.detail).toMatchObject({
    total_meters: 5,
    offline_meters: 2,
  });
  expect(
    (await send('call-center', troubleCall('T9', '2026-11-23T10:00:03Z', { meterNumber: 'M3' }))).events[0]
      ?.detail,
  ).toEqual({
    ticket_id: 'T9',
    intake_id: 'INT-T9',
    oms_event_id: 'OMS-T9',
    status: 'Registered',
    call_kind: 'no_supply',
    matched_by: 'meter_number',
  });
});

test('messages that arrive together go in together, each with its own answer', async () => {
  const receipts = await Promise.all(
    Array.from({ length: 300 }, (_, index) =>
      send(
        'onu',
        onuMessage('ONU_LastGaspAlert', `2026-11-23T10:00:00.${String(index % 250).padStart(3, '0')}Z`),
      ),
    ),
  );
  expect(
    receipts.flatMap((receipt) => receipt.events).filter((event) => event.outcome === 'stored'),
  ).toHaveLength(250);
  expect(await count('onu_events')).toBe(250);
  expect(reports.length).toBeLessThan(20);
});

test('one bad event of an envelope is set aside and the others are stored', async () => {
  const receipt = await send(
    'kaifa',
    kaifaEnvelope('m1', [
      { mrid: 'e1', asset: 'asset-1', type: 'PowerOutage', at: '2026-11-23T10:00:02Z' },
      { mrid: 'e2', asset: 'asset-2', type: 'PowerOutage', at: 'yesterday' },
      { mrid: 'e3', asset: 'asset-3', type: 'PowerOutage', at: '2026-11-23T10:00:02Z' },
    ]),
  );
  expect(receipt.events).toHaveLength(2);
  expect(receipt.rejected).toMatchObject([
    { rejection: { field: expect.stringContaining('createdDateTime') } },
  ]);
  expect(await count('kaifa_events')).toBe(2);
});

test('what cannot be understood is a dead letter with its bytes, and the same bytes again are the same one', async () => {
  for (let times = 0; times < 2; times++) await send('scada', '{"eventType": "x"');
  const [letter, ...others] = await findDeadLetters(database.pool, {});
  expect(others).toEqual([]);
  expect(letter).toMatchObject({
    sourceType: 'scada',
    code: 'invalid_json',
    timesSeen: 2,
    status: 'set_aside',
  });
  expect(letter?.payload.toString()).toBe('{"eventType": "x"');
});

test('a dead letter that is fit now is taken once however often it is replayed; one that is not stays set aside', async () => {
  const message = JSON.stringify(onuMessage('ONU_LastGaspAlert', '2026-11-23T10:00:01Z'));
  await database.pool.query(
    `insert into oms_dead_letters (source_type, transport, code, reason, payload, payload_sha256) values
      ('onu', 'http', 'invalid_field', 'an older version refused it', $1, '\\x01'), ('onu', 'http', 'invalid_json', 'x', '{', '\\x02')`,
    [Buffer.from(message)],
  );
  const [bad, good] = await findDeadLetters(database.pool, {});
  if (good === undefined || bad === undefined) throw new Error('two dead letters expected');
  expect(await replayDeadLetter(database.pool, good)).toEqual({
    ok: true,
    value: { id: good.id, stored: 1, duplicate: 0 },
  });
  expect(await replayDeadLetter(database.pool, good)).toEqual({
    ok: true,
    value: { id: good.id, stored: 0, duplicate: 1 },
  });
  expect(await replayDeadLetter(database.pool, bad)).toMatchObject({ ok: false });
  expect((await findDeadLetters(database.pool, {})).map((letter) => letter.status)).toEqual([
    'set_aside',
    'replayed',
  ]);
  expect(await count('onu_events')).toBe(1);
});

test('an event that only the database refuses is set aside alone', async () => {
  await database.pool.query(`alter table onu_events add constraint refuse check (onu_id <> 13)`);
  const receipts = await Promise.all(
    [11, 12, 13, 14].map((onuId) =>
      send('onu', onuMessage('ONU_LastGaspAlert', '2026-11-23T10:00:01Z', { onuId })),
    ),
  );
  expect(receipts.map((receipt) => receipt.events.length)).toEqual([1, 1, 0, 1]);
  expect(receipts[2]?.rejected).toMatchObject([{ rejection: { code: 'refused_by_database' } }]);
  expect(queue.counts.onu).toEqual({ received: 4, stored: 3, duplicate: 0, rejected: 1 });
});

test('received is stored and duplicate and rejected, by the counters and by the database', async () => {
  const bodies = [
    ...Array.from({ length: 40 }, (_, i) =>
      JSON.stringify(onuMessage('ONU_LastGaspAlert', `2026-11-23T10:00:${String(i % 25).padStart(2, '0')}Z`)),
    ),
    'no message',
    '{}',
    '[]',
    JSON.stringify({ type: 'ONU_Nothing', onuId: 1, timestamp: '2026-11-23T10:00:00Z' }),
  ];
  await Promise.all(bodies.map((body) => send('onu', body)));
  const { received, stored, duplicate, rejected } = queue.counts.onu;
  expect(stored + duplicate + rejected).toBe(received);
  expect(stored).toBe(await count('onu_events'));
  expect(rejected).toBe(
    Number((await database.pool.query('select sum(times_seen) from oms_dead_letters')).rows[0].sum),
  );
  expect(received).toBe(44);
});

test('a full queue refuses a message before taking any of it', async () => {
  const small = new IngestQueue({ pool: database.pool, maxWaiting: 10 });
  const results = await Promise.allSettled(
    Array.from({ length: 50 }, (_, index) =>
      small.receive({
        provider: 'onu',
        body: onuMessage('ONU_LastGaspAlert', `2026-11-23T10:00:00.${String(index).padStart(3, '0')}Z`),
        receivedAt: new Date(),
        transport: 'http',
      }),
    ),
  );
  const refused = results.filter((result) => result.status === 'rejected');
  expect(refused.length).toBeGreaterThan(0);
  expect(refused.every((result) => result.reason instanceof IngestOverloaded)).toBe(true);
  expect(await count('onu_events')).toBe(50 - refused.length);
});

test('closing waits for what was taken and takes nothing more', async () => {
  const taken = Promise.all(
    Array.from({ length: 20 }, (_, i) =>
      send('onu', onuMessage('ONU_LastGaspAlert', `2026-11-23T10:01:${10 + i}Z`)),
    ),
  );
  await queue.close();
  expect(await count('onu_events')).toBe(20);
  await taken;
  await expect(send('onu', onuMessage('ONU_LastGaspAlert', '2026-11-23T10:02:00Z'))).rejects.toBeInstanceOf(
    IngestUnavailable,
  );
});

test('batches that share meters and events never deadlock', async () => {
  const wide = new IngestQueue({ pool: database.pool, lanes: 4, maxBatch: 20 });
  const events = Array.from({ length: 400 }, (_, i) => ({
    mrid: `e${i % 200}`,
    asset: `asset-${1 + ((i * 7) % 4)}`,
    type: i % 3 === 0 ? 'PowerRestored' : 'PowerOutage',
    at: new Date(Date.UTC(2026, 10, 23, 10, 0, (i * 13) % 60)).toISOString(),
  }));
  const shuffled = events.map((event, i) => ({ event, key: (i * 7919) % 400 })).sort((a, b) => a.key - b.key);
  await Promise.all(
    shuffled.map(({ event }) =>
      wide.receive({
        provider: 'kaifa',
        body: kaifaEnvelope('m', [event]),
        receivedAt: new Date(),
        transport: 'http',
      }),
    ),
  );
  const { received, stored, duplicate } = wide.counts.kaifa;
  expect([received, stored + duplicate]).toEqual([400, 400]);
  expect(stored).toBe(await count('kaifa_events'));
});

test('what a provider tells of one thing is never in two transactions at once, and goes in in the order of arrival', async () => {
  // Whoever writes about a subject holds its lock until the commit; another transaction that wants it then is noted.
  await database.pool.query(`
    create table writes (about text, transaction_id xid8, is_alone boolean, received_at timestamptz);
    create function note_write() returns trigger language plpgsql as $$
    declare
      v_about text := tg_table_name || ' ' || (to_jsonb(new) ->> tg_argv[0]);
    begin
      insert into writes
      values (v_about, pg_current_xact_id(), pg_try_advisory_xact_lock(9901, hashtext(v_about)), new.received_at);
      return new;
    end
    $$;
    create trigger note before insert on scada_events for each row execute function note_write('substation_id');
    create trigger note before insert on onu_events for each row execute function note_write('onu_id');
    create trigger note before insert on kaifa_events for each row execute function note_write('asset_mrid');
    create trigger note before insert on callcenter_ticket_messages for each row execute function note_write('ticket_id');
  `);
  const laned = new IngestQueue({ pool: database.pool, lanes: 3, maxBatch: 7 });
  const messages = Array.from(
    { length: 90 },
    (_, i): [InboundMessage['provider'], InboundMessage['body']][] => {
      const at = new Date(Date.UTC(2026, 10, 23, 10, 0, i)).toISOString();
      const asset = ['asset-1', 'asset-2', 'asset-3', 'asset-4', 'asset-n1', 'asset-n2'][i % 6] as string;
      return [
        ['scada', scadaAlarm(at, i % 2 === 0 ? {} : { substationId: '4B', feederId: 'F20' })],
        [
          'onu',
          onuMessage(i % 8 < 4 ? 'ONU_LastGaspAlert' : 'ONU_PowerRestored', at, { onuId: 3230316 + (i % 4) }),
        ],
        [
          'kaifa',
          kaifaEnvelope(`m${i}`, [
            { mrid: `e${i}`, asset, type: i % 12 < 6 ? 'PowerOutage' : 'PowerRestored', at },
          ]),
        ],
        ['call-center', troubleCall(`T${i % 5}`, at, { meterNumber: 'M3' })],
      ];
    },
  ).flat();
  await Promise.all(
    messages.map(([provider, body], index) =>
      laned.receive({
        provider,
        body,
        receivedAt: new Date(Date.UTC(2026, 10, 23, 11) + index * 1000),
        transport: 'http',
      }),
    ),
  );
  const { rows } = await database.pool.query(`
    select about, sum(transactions)::integer as transactions, bool_and(is_alone) as is_alone, bool_and(is_in_order) as is_in_order
    from (
      select about, 1 as transactions, bool_and(is_alone) as is_alone,
        coalesce(min(received_at) > lag(max(received_at)) over (partition by about order by transaction_id), true) as is_in_order
      from writes group by about, transaction_id
    ) t
    group by about order by about`);
  expect(rows.map(({ about }) => about.split(' ')[0])).toEqual([
    ...Array(5).fill('callcenter_ticket_messages'),
    ...Array(6).fill('kaifa_events'),
    ...Array(4).fill('onu_events'),
    ...Array(2).fill('scada_events'),
  ]);
  expect(rows.filter(({ transactions }) => transactions < 2)).toEqual([]);
  expect(rows.filter((row) => !row.is_alone || !row.is_in_order)).toEqual([]);
});

test('a lane that waits for a meter keeps neither other lanes nor dead letters waiting', async () => {
  const lane = laneOf('asset-1', 2);
  const sameLane = ['asset-2', 'asset-3', 'asset-4', 'asset-n1'].find((asset) => laneOf(asset, 2) === lane);
  const otherLane = ['asset-2', 'asset-3', 'asset-4', 'asset-n1'].find((asset) => laneOf(asset, 2) !== lane);
  if (sameLane === undefined || otherLane === undefined) throw new Error('a meter of each lane expected');
  const answered: string[] = [];
  const report = (asset: string) =>
    send(
      'kaifa',
      kaifaEnvelope(asset, [{ mrid: asset, asset, type: 'PowerOutage', at: '2026-11-23T10:00:02Z' }]),
    ).then(() => answered.push(asset));

  const holder = await database.pool.connect();
  await holder.query(`begin; select from oms_meters where asset_mrid = 'asset-1' for update`);
  const held = report('asset-1');
  // The lane has begun its batch, so that what follows is not in it.
  await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
  const behind = report(sameLane);
  await report(otherLane);
  expect((await send('scada', 'no message')).rejected).toHaveLength(1);
  expect(answered).toEqual([otherLane]);
  await holder.query('commit');
  holder.release();
  await Promise.all([held, behind]);
  expect(answered).toEqual([otherLane, 'asset-1', sameLane]);
  expect(await count('kaifa_events')).toBe(3);
});

test('where everything is about one thing, one lane writes it all', async () => {
  const wide = new IngestQueue({
    pool: database.pool,
    lanes: 4,
    maxBatch: 25,
    onBatch: (report) => reports.push(report),
  });
  const bodies = Array.from({ length: 100 }, (_, i) =>
    onuMessage('ONU_LastGaspAlert', `2026-11-23T10:00:00.${String(i).padStart(3, '0')}Z`),
  );
  await Promise.all(
    bodies.map((body) => wide.receive({ provider: 'onu', body, receivedAt: new Date(), transport: 'http' })),
  );
  await wide.close();
  expect(reports.map((report) => report.events)).toEqual([25, 25, 25, 25]);
  expect(wide.counts.onu).toEqual({ received: 100, stored: 100, duplicate: 0, rejected: 0 });
});

test('the log tells what the people who run the consumers look for', async () => {
  await send('scada', scadaAlarm('2026-11-23T10:00:00Z'));
  await send('onu', onuMessage('ONU_LastGaspAlert', '2026-11-23T10:00:01Z'));
  await send(
    'kaifa',
    kaifaEnvelope('m1', [{ mrid: 'e1', asset: 'nobody', type: 'PowerOutage', at: '2026-11-23T10:00:02Z' }]),
  );
  await send('call-center', troubleCall('T1', '2026-11-23T10:00:03Z', { phone: '0790123456' }));
  expect(reports.flatMap((report) => report.lines)).toEqual([
    {
      message: 'SCADA meter check results',
      figures: { scadaEventId: 1, total: 5, offline: 0, online: 0, unknown: 5, outageEventId: 1 },
    },
    { message: 'ONU meter sync', figures: { events: 1, meters: 2, unmatched: 0 } },
    { message: 'KAIFA meter sync', figures: { events: 1, meters: 0, unmatched: 1 } },
    { message: 'Call Center tickets linked to oms_meters', figures: { tickets: 1, linked: 1, unmatched: 0 } },
  ]);
});

test('two batches with messages of one ticket at the same moment leave a ticket that has both', async () => {
  const first = await database.pool.connect();
  const ingest = 'select * from ingest_callcenter_tickets(array[$1::json], array[now()])';
  const call = JSON.stringify(troubleCall('T1', '2026-11-23T10:00:00Z', { meterNumber: 'M3' }));
  const update = JSON.stringify(
    troubleCall('T1', '2026-11-23T11:00:00Z', { phone: '0790123456' }, { status: 'Restored' }),
  );
  await first.query('begin');
  await first.query(ingest, [call]);
  const second = database.pool.query(ingest, [update]);
  await new Promise((resolve) => setTimeout(resolve, 100));
  await first.query('commit');
  first.release();
  await second;
  const { rows } = await database.pool.query('select status, phone, meter_number from callcenter_tickets');
  expect(rows).toEqual([{ status: 'Restored', phone: '0790123456', meter_number: 'M3' }]);
});
