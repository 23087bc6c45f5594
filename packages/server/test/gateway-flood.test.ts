import { setTimeout as sleep } from 'node:timers/promises';
import type { PoolClient } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { IngestOverloaded } from '../src/ingest/ingest-errors.ts';
import { IngestQueue } from '../src/ingest/ingest-queue.ts';
import { type Answer, type ApiServer, startApiServer } from './api-server.ts';
import { makeKey } from './make-key.ts';
import { onuMessage } from './messages.ts';

let server: ApiServer;
let authorization: string;
beforeAll(async () => {
  server = await startApiServer({
    host: '0.0.0.0',
    prepare: async (database) => {
      authorization = `Bearer ${(await makeKey(database, ['read', 'ingest'])).sent}`;
    },
  });
});
afterAll(() => server.stop());

const gasp = (eventId: string) =>
  onuMessage('ONU_LastGaspAlert', '2026-11-23T10:00:00Z', { eventId, onuId: 9_000_000 });
const send = (body: object) => server.post('/onu-event', body, { authorization });
const read = (path: string) => server.get(path, { authorization });

/** Holds a table so that nobody else reads or writes it until `release`. */
async function hold(table: string, mode: string): Promise<{ release: () => Promise<void> }> {
  const client: PoolClient = await server.database.pool.connect();
  await client.query(`begin; lock table ${table} in ${mode} mode`);
  return {
    release: async () => {
      await client.query('commit');
      client.release();
    },
  };
}

async function storedIds(): Promise<Set<string>> {
  const { rows } = await server.database.pool.query('select event_id from onu_events');
  return new Set(rows.map((row) => row.event_id));
}

test('many small posts share transactions, and each is answered after its own was committed', async () => {
  const ids = Array.from({ length: 300 }, (_, i) => `small-${i}`);
  const answers = await Promise.all(ids.map((id) => send(gasp(id))));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
  const stored = await storedIds();
  expect(ids.filter((id) => !stored.has(id))).toEqual([]);
  const { rows } = await server.database.pool.query(
    `select count(distinct xmin::text)::integer as transactions from onu_events where event_id like 'small-%'`,
  );
  expect(rows[0].transactions).toBeLessThan(150);
});

test('beyond the bound senders are told to come again, all that was answered 2xx is stored, and operators read meanwhile', async () => {
  const messages = Array.from({ length: 32 }, (_, message) => {
    const ids = Array.from({ length: 1000 }, (_, i) => `flood-${message}-${i}`);
    return { ids, body: ids.map(gasp) };
  });
  const held = await hold('onu_events', 'exclusive');
  const answers = new Map<number, Answer>();
  const sent = Promise.all(
    messages.map(async ({ body }, nth) => {
      answers.set(nth, await send(body));
    }),
  );
  const overloaded = () => [...answers.values()].filter(({ json }) => json.code === 'OMS_OVERLOADED');
  await expect.poll(() => overloaded().length, { timeout: 30_000 }).toBeGreaterThan(0);
  expect((await read('/api/outages')).status).toBe(200);
  expect((await read('/api/feeders')).status).toBe(200);
  await held.release();
  await sent;

  for (const { headers } of overloaded()) expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
  const stored = await storedIds();
  for (const [nth, { status, json }] of answers) {
    const { ids } = messages[nth] as (typeof messages)[number];
    if (status === 202) expect(ids.filter((id) => !stored.has(id))).toEqual([]);
    else expect([status, json.retryable]).toEqual([503, true]);
    if (json.code === 'OMS_OVERLOADED') expect(ids.filter((id) => stored.has(id))).toEqual([]);
  }

  // Whoever comes again is served, and each event is there once.
  for (const { body } of messages) {
    for (let answer = await send(body); answer.status === 503; answer = await send(body)) await sleep(200);
  }
  const { rows } = await server.database.pool.query(
    `select count(*)::integer as events from onu_events where event_id like 'flood-%'`,
  );
  expect(rows[0].events).toBe(32 * 1000);
});

test('reads that hang take neither the gateway nor its keys nor the probe with them', async () => {
  const fresh = `Bearer ${(await makeKey(server.database, ['ingest'])).sent}`;
  const held = await hold('oms_outage_meters', 'access exclusive');
  let answered = 0;
  const reads = Promise.all(
    Array.from({ length: 12 }, () => read('/api/outages?open=any').finally(() => answered++)),
  );
  await expect
    .poll(async () => {
      const { rows } = await server.database.pool.query(
        `select count(*)::integer as waiting from pg_stat_activity
         where datname = current_database() and application_name = 'lastgasp api' and wait_event_type = 'Lock'`,
      );
      return rows[0].waiting;
    })
    .toBe(4);
  const taken = await server.post('/onu-event', gasp('while-reads-hang'), { authorization: fresh });
  const probe = await read('/health/ready');
  expect([taken.status, probe.status, answered]).toEqual([202, 200, 0]);
  await held.release();
  await reads;
});

test('few giants are too many as well: what waits is bounded in bytes', async () => {
  const queue = new IngestQueue({ pool: server.database.pool, maxWaitingBytes: 10_000 });
  const results = await Promise.allSettled(
    Array.from({ length: 30 }, (_, i) =>
      queue.receive({
        provider: 'onu',
        body: { ...gasp(`giant-${i}`), remark: 'x'.repeat(1_000) },
        receivedAt: new Date(),
        transport: 'http',
      }),
    ),
  );
  const refused = results.filter((result) => result.status === 'rejected');
  expect(refused.length).toBeGreaterThan(0);
  for (const { reason } of refused) expect(reason).toBeInstanceOf(IngestOverloaded);
  const stored = await storedIds();
  expect([...stored].filter((id) => id.startsWith('giant-'))).toHaveLength(30 - refused.length);
  await expect(
    queue.receive({ provider: 'onu', body: gasp('after'), receivedAt: new Date(), transport: 'http' }),
  ).resolves.toMatchObject({ events: [{ outcome: 'stored' }] });
});
