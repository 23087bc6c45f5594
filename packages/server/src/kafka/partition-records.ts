import type { Consumer } from '@platformatic/kafka';

/** A broker's answer to a question for messages. */
export type Fetched = Awaited<ReturnType<Consumer['fetch']>>;
export type FetchedPartition = Fetched['responses'][number]['partitions'][number];

/** One message of a partition as the broker gave it. */
export interface PartitionRecord {
  readonly offset: bigint;
  /** Null for a message without a value, which deletes in a compacted topic. */
  readonly value: Buffer | null;
}

/** What an answer of the broker holds of one partition, from an offset on. */
export interface PartitionRecords {
  readonly records: readonly PartitionRecord[];
  /** Where to read next: beyond the last record, and beyond what is no message (the marks of transactions). */
  readonly nextOffset: bigint;
  readonly bytes: number;
}

/** Bit of a record batch that holds no messages but a mark of a transaction. */
const IS_CONTROL = 0b10_0000;

/** A message costs memory besides its value. */
const BYTES_PER_RECORD = 64;

/** Memory that a message takes, about. */
export const bytesOf = ({ value }: PartitionRecord): number => BYTES_PER_RECORD + (value?.length ?? 0);

/**
 * The messages from `fromOffset` on. A broker gives whole batches, so that of the first one messages before it may be among
 * them; they were taken already.
 */
export function readPartitionRecords(
  fetched: Pick<FetchedPartition, 'records'>,
  fromOffset: bigint,
): PartitionRecords {
  const records: PartitionRecord[] = [];
  let nextOffset = fromOffset;
  let bytes = 0;
  for (const batch of fetched.records ?? []) {
    if ((batch.attributes & IS_CONTROL) === 0) {
      for (const { offsetDelta, value } of batch.records) {
        const offset = batch.firstOffset + BigInt(offsetDelta);
        if (offset < fromOffset) continue;
        const record = { offset, value };
        records.push(record);
        bytes += bytesOf(record);
      }
    }
    const end = batch.firstOffset + BigInt(batch.lastOffsetDelta) + 1n;
    if (end > nextOffset) nextOffset = end;
  }
  return { records, nextOffset, bytes };
}
