import { expect, test } from 'vitest';
import { readPartitionRecords } from './partition-records.ts';

type Batch = NonNullable<Parameters<typeof readPartitionRecords>[0]['records']>[number];

const batch = (firstOffset: bigint, deltas: readonly number[], changes: Partial<Batch> = {}): Batch => ({
  firstOffset,
  length: 0,
  partitionLeaderEpoch: 0,
  magic: 2,
  crc: 0,
  attributes: 0,
  lastOffsetDelta: deltas.at(-1) ?? 0,
  firstTimestamp: 0n,
  maxTimestamp: 0n,
  producerId: -1n,
  producerEpoch: -1,
  firstSequence: -1,
  records: deltas.map((offsetDelta) => ({
    length: 0,
    attributes: 0,
    timestampDelta: 0n,
    offsetDelta,
    key: null,
    value: Buffer.from(`at ${firstOffset + BigInt(offsetDelta)}`),
    headers: [],
  })),
  ...changes,
});
const offsetsOf = (records: readonly { readonly offset: bigint }[]) => records.map(({ offset }) => offset);

test('messages of a batch that lie before the offset asked for were taken already', () => {
  const read = readPartitionRecords({ records: [batch(10n, [0, 1, 2, 3])] }, 12n);
  expect(offsetsOf(read.records)).toEqual([12n, 13n]);
  expect(read.nextOffset).toBe(14n);
});

test('the mark of a transaction is no message and is passed over', () => {
  const read = readPartitionRecords(
    { records: [batch(10n, [0, 1]), batch(12n, [0], { attributes: 0x30 })] },
    10n,
  );
  expect(offsetsOf(read.records)).toEqual([10n, 11n]);
  expect(read.nextOffset).toBe(13n);
});

test('a batch that compaction has emptied leads beyond its last offset', () => {
  const read = readPartitionRecords({ records: [batch(10n, [], { lastOffsetDelta: 7 })] }, 10n);
  expect(read).toEqual({ records: [], nextOffset: 18n, bytes: 0 });
});

test('an answer without messages leads nowhere', () => {
  expect(readPartitionRecords({ records: null }, 5n)).toEqual({ records: [], nextOffset: 5n, bytes: 0 });
});
