import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import { IngestUnavailable } from '../src/ingest/ingest-errors.ts';
import { onuMessage } from '../test/messages.ts';
import { seedSmallNetwork } from '../test/small-network.ts';
import { createTestDatabase, type TestDatabase } from '../test/test-database.ts';
import {
  partitionsOf,
  type Reader,
  type ReaderOptions,
  startReader,
  takenOf,
  until,
  untilTaken,
} from './kafka-way-in.ts';
import { createTestTopics, type TestTopics } from './topics.ts';

const broker = inject('broker');

let database: TestDatabase;
let topics: TestTopics;
let readers: Reader[];

/** The nth message of a stream in which each is another event; every tenth cannot be understood. */
const messageOf = (nth: number): object => {
  const at = new Date(Date.UTC(2026, 10, 23, 8) + nth * 1000).toISOString();
  return onuMessage('ONU_LastGaspAlert', at, { onuId: nth % 10 === 9 ? `poison ${nth}` : 1000 + nth });
};
const messages = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => messageOf(from + index));
const goodOf = (count: number) => count - Math.floor(count / 10);

const start = async (options?: ReaderOptions): Promise<Reader> => {
  const reader = await startReader(database, topics, options);
  readers.push(reader);
  return reader;
};
const one = async (sql: string) => (await database.pool.query(sql)).rows[0];

/**
 * Of `count` messages each good one is a row, and each poison was set aside exactly once: a message that was taken twice would
 * show there, even where its events are known to be duplicates.
 */
async function expectEachOnce(count: number): Promise<void> {
  expect(await one('select count(*)::integer as rows from onu_events')).toEqual({ rows: goodOf(count) });
  expect(
    await one(
      'select count(*)::integer as letters, coalesce(sum(times_seen), 0)::integer as seen from oms_dead_letters',
    ),
  ).toEqual({ letters: count - goodOf(count), seen: count - goodOf(count) });
}

describe.skipIf(broker === null)('the consumer of Kafka topics', () => {
  beforeEach(async () => {
    database = await createTestDatabase();
    await seedSmallNetwork(database.pool);
    topics = await createTestTopics(broker?.brokers ?? '');
    readers = [];
  });
  afterEach(async () => {
    await Promise.all(readers.map((reader) => reader.close()));
    await topics.close();
    await database.drop();
  });

  test('goes on where it was stopped, and takes nothing twice', async () => {
    await topics.put('onu', messages(0, 700));
    const first = await start();
    await untilTaken(database.pool, topics, 'onu', 700);
    await first.close();
    await topics.put('onu', messages(700, 1000));
    await start();
    await untilTaken(database.pool, topics, 'onu', 1000);
    await expectEachOnce(1000);
  });

  test('a dead letter tells its topic, partition and offset', async () => {
    await topics.put('onu', [messageOf(0), 'no message', null], { partition: 1 });
    await start();
    await untilTaken(database.pool, topics, 'onu', 3);
    const { rows } = await database.pool.query(
      `select topic, partition, "offset", transport, code, convert_from(payload, 'UTF8') as payload from oms_dead_letters order by id`,
    );
    const place = { topic: topics.names.onu, partition: 1, transport: 'kafka', code: 'invalid_json' };
    expect(rows).toEqual([
      { ...place, offset: '1', payload: 'no message' },
      { ...place, offset: '2', payload: '' },
    ]);
  });

  test('messages are read in every compression', async () => {
    const ways = ['gzip', 'snappy', 'lz4', 'zstd'] as const;
    for (const [index, compression] of ways.entries()) {
      await topics.put('onu', messages(index * 50, index * 50 + 50), { compression, partition: index % 2 });
    }
    await start();
    await untilTaken(database.pool, topics, 'onu', 200);
    await expectEachOnce(200);
  });

  test('the broker is told how far the topics were read, after it is stored', async () => {
    await topics.put('onu', messages(0, 20));
    await topics.put('onu', messages(20, 50), { partition: 1 });
    const reader = await start();
    await untilTaken(database.pool, topics, 'onu', 50);
    await reader.close();
    const told = await topics.committed();
    expect([told.get(`${topics.names.onu} 0`), told.get(`${topics.names.onu} 1`)]).toEqual([20n, 30n]);
  });

  test('the broker is not asked how far the topics were read', async () => {
    await topics.put('onu', messages(0, 40));
    const reader = await start();
    await untilTaken(database.pool, topics, 'onu', 40);
    await reader.close();
    // A database that was restored to an earlier state must get the messages since again.
    await database.pool.query(`update oms_source_positions set next_offset = 10 where next_offset = 40`);
    await start();
    await untilTaken(database.pool, topics, 'onu', 40);
    expect(await one('select sum(times_seen)::integer as seen from oms_dead_letters')).toEqual({ seen: 7 });
    expect(await one('select count(*)::integer as rows from onu_events')).toEqual({ rows: 36 });
  });

  test('while the database takes nothing the partition is paused, and all of it is stored afterwards', async () => {
    let isAway = true;
    await topics.put('onu', messages(0, 8000));
    const reader = await start({
      between: (queue) => ({
        receiveSlice: (slice) =>
          isAway ? Promise.reject(new IngestUnavailable(new Error('away'))) : queue.receiveSlice(slice),
      }),
    });
    const state = () => reader.source.state.partitions.find(({ lag }) => lag === 8000);
    await until(() => state()?.isPaused === true);
    await new Promise((resolve) => setTimeout(resolve, 1000));
    expect(reader.source.state.isMember).toBe(true);
    expect(await takenOf(database.pool, topics, 'onu')).toBe(0);
    isAway = false;
    await untilTaken(database.pool, topics, 'onu', 8000);
    await expectEachOnce(8000);
    expect(reader.logged()).toContain('the database takes messages again');
  });

  test('two consumers of the same partition have one effect', async () => {
    const held: (() => void)[] = [];
    let isHolding = true;
    await topics.put('onu', messages(0, 300));
    // Like a process that was frozen with messages in its hands and does not know that the group has given them away.
    const frozen = await start({
      between: (queue) => ({
        receiveSlice: async (slice) => {
          if (isHolding && slice.provider === 'onu') await new Promise<void>((go) => held.push(go));
          return queue.receiveSlice(slice);
        },
      }),
    });
    await until(() => held.length > 0);
    const other = await start({ environment: { KAFKA_GROUP: `${topics.environment.KAFKA_GROUP}-other` } });
    await untilTaken(database.pool, topics, 'onu', 300);
    isHolding = false;
    for (const go of held) go();
    await until(() => frozen.source.state.overtaken > 0);
    await topics.put('onu', messages(300, 600));
    await untilTaken(database.pool, topics, 'onu', 600);
    await other.close();
    await topics.put('onu', messages(600, 900));
    await untilTaken(database.pool, topics, 'onu', 900);
    await expectEachOnce(900);
  });

  test('processes share the partitions, and those of one that leaves are taken over', async () => {
    const first = await start();
    const all = ['call-center', 'kaifa', 'onu', 'scada'].flatMap((provider) => [
      `${provider} 0`,
      `${provider} 1`,
    ]);
    await until(() => partitionsOf(first, topics).length === 8);
    let put = 0;
    const putMore = async () => {
      for (const partition of [0, 1]) {
        await topics.put('onu', messages(put, put + 200), { partition });
        put += 200;
      }
    };
    // Positions are looked at all the while: they must never go back.
    const seen: number[] = [];
    const watch = setInterval(async () => seen.push(await takenOf(database.pool, topics, 'onu')), 20);
    await putMore();
    const second = await start();
    await putMore();
    await until(() => partitionsOf(first, topics).length === 4 && partitionsOf(second, topics).length === 4);
    expect([...partitionsOf(first, topics), ...partitionsOf(second, topics)].toSorted()).toEqual(all);
    await putMore();
    await first.close();
    await putMore();
    await until(() => partitionsOf(second, topics).length === 8);
    await untilTaken(database.pool, topics, 'onu', put);
    clearInterval(watch);
    await expectEachOnce(put);
    expect(seen.length).toBeGreaterThan(5);
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
  });

  test('a process with a name of its own keeps its partitions while it restarts', async () => {
    const named = (name: string) => start({ environment: { KAFKA_GROUP_INSTANCE: name } });
    const first = await named('a');
    await until(() => partitionsOf(first, topics).length === 8);
    const second = await named('b');
    await until(() => partitionsOf(first, topics).length === 4 && partitionsOf(second, topics).length === 4);
    const kept = partitionsOf(first, topics);
    const formedBefore = second.logged().split('partitions of this process').length;
    await first.close();
    await topics.put('onu', messages(0, 100));
    await topics.put('onu', messages(100, 200), { partition: 1 });
    const again = await named('a');
    await untilTaken(database.pool, topics, 'onu', 200);
    expect(partitionsOf(again, topics)).toEqual(kept);
    expect(second.logged().split('partitions of this process').length).toBe(formedBefore);
    await expectEachOnce(200);
  });

  test('a position that somebody deleted is put back, and the partition goes on', async () => {
    await topics.put('onu', messages(0, 20));
    await start();
    await untilTaken(database.pool, topics, 'onu', 20);
    await database.pool.query('delete from oms_source_positions');
    await topics.put('onu', messages(20, 50));
    await untilTaken(database.pool, topics, 'onu', 50);
    await expectEachOnce(50);
  });

  test('a topic that was made anew is read from its beginning', async () => {
    const reader = await start();
    await topics.put('onu', messages(0, 50));
    await untilTaken(database.pool, topics, 'onu', 50);
    await topics.remove('onu');
    await until(() => !partitionsOf(reader, topics).includes('onu 0'));
    await topics.create('onu', 1);
    await topics.put('onu', messages(50, 80));
    await until(
      async () => (await one('select count(*)::integer as rows from onu_events')).rows === goodOf(80),
    );
    expect(
      await one(`select next_offset, restarts, passed_over from oms_source_positions
                 where topic = '${topics.names.onu}' and partition = 0`),
    ).toEqual({ next_offset: '30', restarts: 1, passed_over: '0' });
    await expectEachOnce(80);
  });

  test('messages that the broker deleted before they were taken are counted, and those after them taken', async () => {
    await topics.put('onu', messages(0, 20));
    const reader = await start();
    await untilTaken(database.pool, topics, 'onu', 20);
    await reader.close();
    await topics.put('onu', messages(20, 60));
    await topics.deleteBefore('onu', 0, 50n);
    const again = await start();
    await untilTaken(database.pool, topics, 'onu', 60);
    expect(
      await one(`select next_offset, restarts, passed_over from oms_source_positions
                 where topic = '${topics.names.onu}' and partition = 0`),
    ).toEqual({ next_offset: '60', restarts: 1, passed_over: '30' });
    expect(await one('select count(*)::integer as rows from onu_events')).toEqual({ rows: 27 });
    expect(again.logged()).toContain('the broker deleted messages before they were taken');
  });

  test('a partition and a topic that come later are read too', async () => {
    await topics.remove('kaifa');
    const reader = await start();
    await until(() => partitionsOf(reader, topics).length === 6);
    expect(reader.logged()).toContain('topics that are to be read are not there yet');
    await topics.addPartitions('onu', 3);
    await topics.create('kaifa', 1);
    await until(() => partitionsOf(reader, topics).length === 8);
    expect(partitionsOf(reader, topics)).toEqual(
      expect.arrayContaining(['kaifa 0', 'onu 0', 'onu 1', 'onu 2']),
    );
    await topics.put('onu', messages(0, 30), { partition: 2 });
    await untilTaken(database.pool, topics, 'onu', 30);
    await expectEachOnce(30);
  });
});
