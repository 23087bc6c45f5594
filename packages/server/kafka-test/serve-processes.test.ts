import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import { startApiServer } from '../test/api-server.ts';
import { kaifaEnvelope, onuMessage, scadaAlarm, troubleCall } from '../test/messages.ts';
import { seedSmallNetwork } from '../test/small-network.ts';
import { createTestDatabase, type TestDatabase } from '../test/test-database.ts';
import { takenOf, until, untilTaken } from './kafka-way-in.ts';
import { createTestTopics, type TestTopics } from './topics.ts';

const broker = inject('broker');
const LAUNCHER = resolve(import.meta.dirname, '../bin/lastgasp.mjs');

let database: TestDatabase;
let topics: TestTopics;
const processes: ChildProcess[] = [];

/** A process of its own that reads the topics, as an operator starts it. */
function serve(environment: Readonly<Record<string, string>> = {}): ChildProcess {
  const child = spawn(process.execPath, [LAUNCHER, 'serve', '--roles', 'ingest'], {
    env: {
      PATH: process.env.PATH,
      DATABASE_URL: database.url,
      PORT: '0',
      ...topics.environment,
      ...environment,
    },
    stdio: 'ignore',
  });
  processes.push(child);
  return child;
}

async function kill(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  const ended = once(child, 'exit');
  child.kill(signal);
  await ended;
}

const messageOf = (nth: number): object =>
  onuMessage('ONU_LastGaspAlert', '2026-11-23T10:00:00Z', { onuId: nth % 20 === 19 ? `poison ${nth}` : nth });
const messages = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => messageOf(from + index));
const one = async (sql: string) => (await database.pool.query(sql)).rows[0];

describe.skipIf(broker === null)('serve with KAFKA_BROKERS', () => {
  beforeEach(async () => {
    database = await createTestDatabase();
    await seedSmallNetwork(database.pool);
    topics = await createTestTopics(broker?.brokers ?? '', { partitions: 4 });
  });
  afterEach(async () => {
    for (const child of processes.splice(0))
      if (child.exitCode === null && child.signalCode === null) await kill(child, 'SIGKILL');
    await topics.close();
    await database.drop();
  });

  test('processes that are killed in the middle lose nothing and take nothing twice', async () => {
    const perPartition = 1500;
    for (let partition = 0; partition < 4; partition++) {
      await topics.put('onu', messages(partition * perPartition, (partition + 1) * perPartition), {
        partition,
      });
    }
    const total = 4 * perPartition;
    // A name of its own spares the wait until the group notices that the killed one is gone.
    let running = serve({ KAFKA_GROUP_INSTANCE: 'a' });
    let kills = 0;
    for (let done = 0; done < total && kills < 5; ) {
      const before = done;
      await until(async () => {
        done = await takenOf(database.pool, topics, 'onu');
        return done > before;
      });
      await kill(running, 'SIGKILL');
      kills++;
      running = serve({ KAFKA_GROUP_INSTANCE: 'a' });
    }
    await untilTaken(database.pool, topics, 'onu', total);
    expect(kills).toBeGreaterThan(0);
    const poison = total / 20;
    expect(await one('select count(*)::integer as rows from onu_events')).toEqual({ rows: total - poison });
    expect(
      await one(
        'select count(*)::integer as letters, sum(times_seen)::integer as seen from oms_dead_letters',
      ),
    ).toEqual({
      letters: poison,
      seen: poison,
    });
  });

  test('one that was frozen while another took over writes nothing old when it wakes', async () => {
    const frozen = serve();
    await topics.put('onu', messages(0, 400), { partition: 0 });
    await untilTaken(database.pool, topics, 'onu', 400);
    frozen.kill('SIGSTOP');
    await topics.put('onu', messages(400, 1200), { partition: 0 });
    // A group of its own takes over at once, instead of after the 45 s in which the frozen one may still be alive.
    const other = serve({ KAFKA_GROUP: `${topics.environment.KAFKA_GROUP}-other` });
    await untilTaken(database.pool, topics, 'onu', 1200);
    frozen.kill('SIGCONT');
    await topics.put('onu', messages(1200, 2000), { partition: 0 });
    await untilTaken(database.pool, topics, 'onu', 2000);
    await sleep(1000);
    await Promise.all([kill(frozen, 'SIGTERM'), kill(other, 'SIGTERM')]);
    expect(await one('select count(*)::integer as rows from onu_events')).toEqual({ rows: 1900 });
    expect(await one('select sum(times_seen)::integer as seen from oms_dead_letters')).toEqual({ seen: 100 });
  });

  test('two processes share the partitions and end when they are asked to', async () => {
    const [first, second] = [serve(), serve()];
    for (let partition = 0; partition < 4; partition++) {
      await topics.put('onu', messages(partition * 100, (partition + 1) * 100), { partition });
    }
    await untilTaken(database.pool, topics, 'onu', 400);
    const codes = [first, second].map(async (child) => (await once(child, 'exit'))[0]);
    first.kill('SIGTERM');
    second.kill('SIGTERM');
    expect(await Promise.all(codes)).toEqual([0, 0]);
  });

  test('the metrics tell the lag, and an API process reads no topic', async () => {
    const api = await startApiServer({ roles: ['api'], environment: topics.environment });
    const ingest = await startApiServer({ roles: ['api', 'ingest'], environment: topics.environment });
    try {
      await topics.put('onu', messages(0, 10), { partition: 2 });
      await untilTaken(ingest.database.pool, topics, 'onu', 10);
      expect((await api.get('/metrics')).text).not.toMatch(/^oms_kafka_lag_messages\{/m);
      await until(async () =>
        (await ingest.get('/metrics')).text.includes(
          `oms_kafka_lag_messages{topic="${topics.names.onu}",partition="2"} 0`,
        ),
      );
      const { text } = await ingest.get('/metrics');
      expect(text).toMatch(/^oms_kafka_member 1$/m);
      expect(text).toMatch(/^oms_kafka_paused_partitions 0$/m);
      expect(text).toMatch(/^oms_kafka_overtaken_total 0$/m);
    } finally {
      await ingest.stop();
      await api.stop();
    }
  });

  test.each(['kafka', 'both'] as const)(
    'messages that a gateway puts on the topics have one effect (%s)',
    async (target) => {
      const gateway = await startApiServer({
        roles: ['api', 'ingest'],
        environment: { ...topics.environment, LASTGASP_GATEWAY: target },
      });
      const count = async (table: string) =>
        Number((await gateway.database.pool.query(`select count(*) from ${table}`)).rows[0].count);
      try {
        const sent = [
          ['scada', scadaAlarm('2026-11-23T10:00:00Z'), 'scada_events'],
          ['onu', onuMessage('ONU_LastGaspAlert', '2026-11-23T10:00:01Z'), 'onu_events'],
          [
            'kaifa',
            kaifaEnvelope('m1', [
              { mrid: 'e1', asset: 'asset-3', type: 'PowerOutage', at: '2026-11-23T10:00:02Z' },
            ]),
            'kaifa_events',
          ],
          [
            'call-center',
            troubleCall('T1', '2026-11-23T10:00:03Z', { meterNumber: 'M4' }),
            'callcenter_tickets',
          ],
        ] as const;
        for (const [provider, message, table] of sent) {
          const answers = [];
          for (let time = 0; time < 2; time++)
            answers.push(await gateway.post(`/api/ingest/${provider}`, message));
          expect(answers.map(({ json }) => json.published)).toEqual([1, 1]);
          expect(answers.map(({ status }) => status)).toEqual(target === 'kafka' ? [202, 202] : [202, 200]);
          await untilTaken(gateway.database.pool, topics, provider, 2);
          expect(await count(table)).toBe(1);
        }
        const ticket = await gateway.get('/trouble-call/status?ticketId=T1');
        expect(ticket.status).toBe(200);
        expect(await gateway.post('/api/ingest/call-center', sent[3][1])).toMatchObject({
          json: { status: 'Received', ticketId: 'T1', intakeId: 'INT-T1', omsEventId: 'OMS-T1' },
        });
        expect(await gateway.post('/api/ingest/onu', 'no message')).toMatchObject({
          status: 400,
          json: { code: 'OMS_MESSAGE_UNREADABLE' },
        });
      } finally {
        await gateway.stop();
      }
    },
  );
});
