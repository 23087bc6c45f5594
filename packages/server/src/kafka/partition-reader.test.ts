import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { PartitionSlice, StoredSlice } from '../ingest/store-slice.ts';
import type { SourcePosition } from '../store/queries/ingest/source-positions.ts';
import { PartitionReader } from './partition-reader.ts';

const START: SourcePosition = { topic: 't', partition: 0, topicId: 'id', nextOffset: 100n };
const STORED: StoredSlice = { events: [], outcomes: [], deadLetters: 0 };

/** A reader on a receiver that answers as told, with everything it was given. */
function open(answer: (slice: PartitionSlice) => Promise<StoredSlice | null> | StoredSlice | null) {
  const slices: PartitionSlice[] = [];
  const told: string[] = [];
  let storedAt = START;
  const reader = new PartitionReader({
    provider: 'onu',
    position: START,
    receiver: {
      receiveSlice: async (slice) => {
        slices.push(slice);
        return answer(slice);
      },
    },
    readPosition: async () => storedAt,
    onHungry: () => told.push('hungry'),
    onOvertaken: () => told.push('overtaken'),
    onBlocked: (error) => told.push(error === null ? 'free' : 'blocked'),
  });
  /** Gives it `count` messages of `bytes` each, at the place it asks for. */
  const give = (count: number, bytes = 10) => {
    const from = reader.fetchOffset;
    const records = Array.from({ length: count }, (_, index) => ({
      offset: from + BigInt(index),
      value: Buffer.alloc(bytes),
    }));
    const nextOffset = from + BigInt(count);
    reader.take(from, { records, nextOffset, bytes: count * (bytes + 64) }, nextOffset);
  };
  return { reader, slices, told, give, store: (position: SourcePosition) => (storedAt = position) };
}

const settle = () => sleep(20);
const rangesOf = (slices: readonly PartitionSlice[]) =>
  slices.map(({ position, nextOffset }) => [position.nextOffset, nextOffset]);

test('slices follow each other without a gap, each from the position that the one before led to', async () => {
  const { reader, slices, give } = open(() => STORED);
  give(1500);
  give(700);
  await settle();
  expect(rangesOf(slices)).toEqual([
    [100n, 1100n],
    [1100n, 2100n],
    [2100n, 2300n],
  ]);
  expect(slices.map(({ messages }) => messages.length)).toEqual([1000, 1000, 200]);
  expect([reader.position.nextOffset, reader.lag]).toEqual([2300n, 0]);
});

test('large messages make short slices', async () => {
  const { slices, give } = open(() => STORED);
  give(4, 200 * 1024);
  await settle();
  expect(slices.map(({ messages }) => messages.length)).toEqual([2, 2]);
});

test('a message larger than a slice goes alone', async () => {
  const { slices, give } = open(() => STORED);
  give(2, 900 * 1024);
  await settle();
  expect(slices.map(({ messages }) => messages.length)).toEqual([1, 1]);
});

test('a reader with two slices waiting is full, and hungry once one is written', async () => {
  const gates: (() => void)[] = [];
  const { reader, told, give } = open(
    () => new Promise<StoredSlice>((resolve) => gates.push(() => resolve(STORED))),
  );
  give(1999);
  expect(reader.isFull).toBe(false);
  give(1);
  expect(reader.isFull).toBe(true);
  expect(reader.lag).toBe(2000);
  await settle();
  gates.shift()?.();
  await settle();
  expect([reader.isFull, told]).toEqual([false, ['hungry']]);
  gates.shift()?.();
  await reader.stop();
});

test('what cannot be stored is tried again, in smaller slices, until it can', async () => {
  let fails = 2;
  const { reader, slices, told, give } = open(() => {
    if (fails-- > 0) throw new Error('away');
    return STORED;
  });
  give(1000);
  while (reader.lag !== 0) await settle();
  expect(slices.map(({ messages }) => messages.length)).toEqual([1000, 500, 250, 500, 250]);
  expect(rangesOf(slices).at(-1)?.[1]).toBe(1100n);
  expect(told).toEqual(['blocked', 'free']);
});

test('where somebody else has taken the messages it goes on from there', async () => {
  let isOvertaken = true;
  const { reader, slices, told, give, store } = open(() => (isOvertaken ? null : STORED));
  store({ ...START, nextOffset: 140n });
  give(50);
  await settle();
  expect([reader.position.nextOffset, reader.fetchOffset]).toEqual([140n, 140n]);
  expect(told).toEqual(['overtaken', 'hungry']);
  isOvertaken = false;
  give(10);
  await settle();
  expect(rangesOf(slices)).toEqual([
    [100n, 150n],
    [140n, 150n],
  ]);
});

test('an answer to a question from before it went elsewhere is not taken', async () => {
  const { reader, slices, give } = open(() => STORED);
  const records = { records: [{ offset: 100n, value: null }], nextOffset: 101n, bytes: 64 };
  await reader.move(async (from) => ({ ...from, nextOffset: 500n }));
  reader.take(100n, records, 101n);
  await settle();
  expect(slices).toEqual([]);
  give(1);
  await settle();
  expect(rangesOf(slices)).toEqual([[500n, 501n]]);
});

test('a gap in the offsets is passed over with the messages before it', async () => {
  const { slices, reader } = open(() => STORED);
  const value = Buffer.from('x');
  const records = [100n, 105n].map((offset) => ({ offset, value }));
  reader.take(100n, { records, nextOffset: 120n, bytes: 130 }, 120n);
  await settle();
  expect(rangesOf(slices)).toEqual([[100n, 120n]]);
  expect(slices[0]?.messages.map(({ offset }) => offset)).toEqual([100n, 105n]);
});

test('after a stop nothing more is written', async () => {
  const { reader, slices, give } = open(() => {
    throw new Error('away');
  });
  give(10);
  await settle();
  await reader.stop();
  const before = slices.length;
  give(10);
  await settle();
  expect(slices).toHaveLength(before);
});
