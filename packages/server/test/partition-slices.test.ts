import { afterEach, beforeEach, expect, test } from 'vitest';
import { IngestUnavailable } from '../src/ingest/ingest-errors.ts';
import { IngestQueue } from '../src/ingest/ingest-queue.ts';
import type { PartitionSlice } from '../src/ingest/store-slice.ts';
import { replayDeadLetter } from '../src/operations/replay-dead-letter.ts';
import { findDeadLetters } from '../src/store/queries/dead-letters/find-dead-letters.ts';
import {
  beginSourcePosition,
  readSourcePosition,
  restartSourcePosition,
  type SourcePosition,
} from '../src/store/queries/ingest/source-positions.ts';
import { onuMessage, troubleCall } from './messages.ts';
import { createTestDatabase, type TestDatabase } from './test-database.ts';

let database: TestDatabase;
let queue: IngestQueue;

const TOPIC_ID = '6ba7b810-9dad-11d1-80b4-00c04fd430c8';
const at = (nextOffset: bigint): SourcePosition => ({
  topic: 'onu-events-topic',
  partition: 3,
  topicId: TOPIC_ID,
  nextOffset,
});

beforeEach(async () => {
  database = await createTestDatabase();
  queue = new IngestQueue({ pool: database.pool });
  await beginSourcePosition(database.pool, at(0n));
});
afterEach(() => database.drop());

/** A slice with one message a body, from `from` on. */
const sliceOf = (from: bigint, bodies: readonly (object | string)[]): PartitionSlice => ({
  provider: 'onu',
  position: at(from),
  nextOffset: from + BigInt(bodies.length),
  messages: bodies.map((body, index) => ({
    provider: 'onu',
    body: typeof body === 'string' ? body : JSON.stringify(body),
    receivedAt: new Date('2026-11-23T10:00:10Z'),
    transport: 'kafka',
    topic: 'onu-events-topic',
    partition: 3,
    offset: from + BigInt(index),
  })),
});
const gasp = (onuId: number | string) => onuMessage('ONU_LastGaspAlert', '2026-11-23T10:00:01Z', { onuId });
const position = async () => (await readSourcePosition(database.pool, 'onu-events-topic', 3))?.nextOffset;
const count = async (table: string) =>
  Number((await database.pool.query(`select count(*) from ${table}`)).rows[0].count);

test('rows, dead letters and position are written together', async () => {
  const stored = await queue.receiveSlice(sliceOf(0n, [gasp(1), 'no message', gasp('x'), gasp(2)]));
  expect(stored).toMatchObject({ deadLetters: 2 });
  expect([await position(), await count('onu_events')]).toEqual([4n, 2]);
  const { rows } = await database.pool.query(
    'select topic, partition, "offset"::integer, transport from oms_dead_letters order by id',
  );
  const place = { topic: 'onu-events-topic', partition: 3, transport: 'kafka' };
  expect(rows).toEqual([
    { ...place, offset: 1 },
    { ...place, offset: 2 },
  ]);
  expect(queue.counts.onu).toEqual({ received: 4, stored: 2, duplicate: 0, rejected: 2 });
});

test('what was set aside passes on with the partition, and replayed twice at once after the mend it has one effect', async () => {
  await database.pool.query('alter table onu_events add constraint refuse check (onu_id <> 13)');
  await queue.receiveSlice(sliceOf(0n, [gasp(12), gasp(13)]));
  await queue.receiveSlice(sliceOf(2n, [gasp(14)]));
  expect([await position(), await count('onu_events')]).toEqual([3n, 2]);
  const [letter] = await findDeadLetters(database.pool, { status: 'set_aside' });
  if (letter === undefined) throw new Error('a dead letter expected');
  expect(letter).toMatchObject({ topic: 'onu-events-topic', partition: 3, offset: '1' });
  expect(await replayDeadLetter(database.pool, letter)).toMatchObject({ ok: false });
  await database.pool.query('alter table onu_events drop constraint refuse');
  const replays = await Promise.all([1, 2].map(() => replayDeadLetter(database.pool, letter)));
  expect(replays.map((replay) => (replay.ok ? replay.value.stored : -1)).toSorted()).toEqual([0, 1]);
  expect([await position(), await count('onu_events')]).toEqual([3n, 3]);
});

test('messages that somebody else has taken are not taken again', async () => {
  const slice = sliceOf(0n, [gasp(1), 'no message']);
  const outcomes = await Promise.all([queue.receiveSlice(slice), queue.receiveSlice(slice)]);
  expect(outcomes.filter((outcome) => outcome === null)).toHaveLength(1);
  expect(await queue.receiveSlice(slice)).toBeNull();
  const { rows } = await database.pool.query('select times_seen from oms_dead_letters');
  expect(rows).toEqual([{ times_seen: 1 }]);
  expect(queue.counts.onu).toEqual({ received: 2, stored: 1, duplicate: 0, rejected: 1 });
});

test('a slice of a topic that was made anew meanwhile is not written', async () => {
  const anew = { topicId: '11111111-2222-3333-4444-555555555555', nextOffset: 0n, passedOver: 0n };
  expect(await restartSourcePosition(database.pool, at(0n), anew)).toBe(true);
  expect(await queue.receiveSlice(sliceOf(0n, [gasp(1)]))).toBeNull();
  expect(await count('onu_events')).toBe(0);
});

test('where anything of a slice fails for the database, nothing of it is there', async () => {
  await database.pool.query(`
    create function fail() returns trigger language plpgsql as $$ begin raise exception using errcode = '53100', message = 'disk full'; end $$;
    create trigger fail before insert on oms_dead_letters for each row execute function fail()`);
  const slice = sliceOf(0n, [gasp(1), 'no message']);
  await expect(queue.receiveSlice(slice)).rejects.toBeInstanceOf(IngestUnavailable);
  expect([await position(), await count('onu_events')]).toEqual([0n, 0]);
  expect(queue.counts.onu.received).toBe(0);
  await database.pool.query('drop trigger fail on oms_dead_letters');
  await queue.receiveSlice(slice);
  expect([await position(), await count('onu_events'), await count('oms_dead_letters')]).toEqual([2n, 1, 1]);
});

test('what only the database refuses is set aside, and the rest of its slice stays', async () => {
  await database.pool.query('alter table onu_events add constraint refuse check (onu_id not in (3, 7))');
  const stored = await queue.receiveSlice(sliceOf(0n, [1, 2, 3, 4, 5, 6, 7, 8].map(gasp)));
  expect(stored?.outcomes.map(({ ok }) => ok)).toEqual([true, true, false, true, true, true, false, true]);
  expect([await position(), await count('onu_events'), await count('oms_dead_letters')]).toEqual([8n, 6, 2]);
});

test('two slices with the same new ticket at the same moment are both stored', async () => {
  const ticket = (partition: number): PartitionSlice => {
    const from = { topic: 'calls', partition, topicId: TOPIC_ID, nextOffset: 0n };
    return {
      provider: 'call-center',
      position: from,
      nextOffset: 1n,
      messages: [
        {
          provider: 'call-center',
          body: JSON.stringify(troubleCall('T1', `2026-11-23T10:00:0${partition}Z`, { meterNumber: 'M3' })),
          receivedAt: new Date('2026-11-23T10:00:10Z'),
          transport: 'kafka',
        },
      ],
    };
  };
  for (const partition of [0, 1, 2, 3]) await beginSourcePosition(database.pool, ticket(partition).position);
  const outcomes = await Promise.all([0, 1, 2, 3].map((partition) => queue.receiveSlice(ticket(partition))));
  expect(outcomes.every((outcome) => outcome?.outcomes[0]?.ok === true)).toBe(true);
  expect(await count('callcenter_tickets')).toBe(1);
});

test('a slice that comes after the close is not taken', async () => {
  await queue.close();
  await expect(queue.receiveSlice(sliceOf(0n, [gasp(1)]))).rejects.toBeInstanceOf(IngestUnavailable);
});
