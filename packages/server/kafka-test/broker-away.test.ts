import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import { startBroker, stopBroker } from '../../../scripts/kafka/broker.ts';
import { startApiServer } from '../test/api-server.ts';
import { onuMessage } from '../test/messages.ts';
import { createTestDatabase, type TestDatabase } from '../test/test-database.ts';
import { startReader, until, untilTaken } from './kafka-way-in.ts';
import { createTestTopics, type TestTopics } from './topics.ts';

const broker = inject('broker');
const LAUNCHER = resolve(import.meta.dirname, '../bin/lastgasp.mjs');
const folder = broker?.own?.folder ?? '';

let database: TestDatabase;
let topics: TestTopics;

const messages = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) =>
    onuMessage('ONU_LastGaspAlert', '2026-11-23T10:00:00Z', { onuId: from + index }),
  );
const rows = async () => Number((await database.pool.query('select count(*) from onu_events')).rows[0].count);

describe.skipIf(broker?.own == null)('while the broker is away', () => {
  beforeEach(async () => {
    database = await createTestDatabase();
    topics = await createTestTopics(broker?.brokers ?? '');
  });
  afterEach(async () => {
    await startBroker({ folder });
    await topics.close();
    await database.drop();
  });

  test.each(['SIGTERM', 'SIGKILL'] as const)(
    'the consumer waits, and goes on by itself once it is back (%s)',
    async (signal) => {
      const reader = await startReader(database, topics);
      await topics.put('onu', messages(0, 200));
      await untilTaken(database.pool, topics, 'onu', 200);
      await stopBroker(folder, signal);
      await until(() => reader.logged().includes('does not answer as it should'));
      await startBroker({ folder });
      await until(() => reader.source.state.isMember);
      await topics.put('onu', messages(200, 500));
      await untilTaken(database.pool, topics, 'onu', 500);
      expect(await rows()).toBe(500);
      expect(reader.queue.counts.onu).toMatchObject({ received: 500, duplicate: 0 });
      await reader.close();
    },
  );

  test('a process that is asked to end does so', async () => {
    const child = spawn(process.execPath, [LAUNCHER, 'serve', '--roles', 'ingest'], {
      env: {
        PATH: process.env.PATH,
        DATABASE_URL: database.url,
        PORT: '0',
        ...topics.environment,
        LASTGASP_GATEWAY: 'both',
      },
      stdio: 'ignore',
    });
    try {
      await topics.put('onu', messages(0, 10));
      await untilTaken(database.pool, topics, 'onu', 10);
      await stopBroker(folder, 'SIGKILL');
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      // The client's own attempts to sign off would take a minute.
      expect(await Promise.race([ended, sleep(45_000, 'still there')])).toEqual([0, null]);
    } finally {
      child.kill('SIGKILL');
    }
  });

  test('a server starts, answers and stops, and reads once the broker is there', async () => {
    await stopBroker(folder);
    const server = await startApiServer({ roles: ['ingest'], environment: topics.environment });
    try {
      expect((await server.get('/health/ready')).status).toBe(200);
      expect((await server.post('/api/ingest/onu', messages(0, 1)[0] as object)).status).toBe(202);
      await startBroker({ folder });
      await topics.put('onu', messages(1, 10));
      await untilTaken(server.database.pool, topics, 'onu', 9);
    } finally {
      await server.stop();
    }
  });

  test('a gateway that is to publish tells senders to come again, and takes them afterwards', async () => {
    const server = await startApiServer({
      roles: ['api', 'ingest'],
      environment: { ...topics.environment, LASTGASP_GATEWAY: 'kafka' },
    });
    const send = () => server.post('/api/ingest/onu', messages(0, 1)[0] as object);
    try {
      expect(await send()).toMatchObject({ status: 202, json: { status: 'published', published: 1 } });
      await stopBroker(folder);
      const refused = await send();
      expect(refused).toMatchObject({ status: 503, json: { code: 'OMS_KAFKA_AWAY', retryable: true } });
      expect(refused.headers.get('retry-after')).toBe('2');
      await startBroker({ folder });
      await until(async () => (await send()).status === 202);
      await untilTaken(server.database.pool, topics, 'onu', 2);
      const { rows: stored } = await server.database.pool.query(
        'select count(*)::integer as n from onu_events',
      );
      expect(stored).toEqual([{ n: 1 }]);
    } finally {
      await server.stop();
    }
  });
});
