import { setTimeout as sleep } from 'node:timers/promises';
import type { Provider } from '@lastgasp/model';
import type { InboundMessage } from '../ingest/inbound-message.ts';
import type { PartitionSlice, StoredSlice } from '../ingest/store-slice.ts';
import type { SourcePosition } from '../store/queries/ingest/source-positions.ts';
import { bytesOf, type PartitionRecord, type PartitionRecords } from './partition-records.ts';

/** Takes slices of a partition; `IngestQueue` does. */
export interface SliceReceiver {
  readonly receiveSlice: (slice: PartitionSlice) => Promise<StoredSlice | null>;
}

export interface PartitionReaderOptions {
  readonly provider: Provider;
  readonly position: SourcePosition;
  readonly receiver: SliceReceiver;
  /** The stored position of the partition; asked where the one that was `expected` is not stored any more. */
  readonly readPosition: (expected: SourcePosition) => Promise<SourcePosition>;
  /** Told when there is room again, or another place to read from. */
  readonly onHungry: () => void;
  /** Told when somebody else has taken the messages that were to be written. */
  readonly onOvertaken: () => void;
  /** Told what the database refuses to take now, and null when it takes again. */
  readonly onBlocked: (error: unknown) => void;
}

/** Most messages and bytes of one slice. A message may hold many events, so that bytes are what bounds a transaction. */
const MOST_MESSAGES = 1000;
const MOST_BYTES = 512 * 1024;
/** With so much waiting the partition is paused: two slices, so that one is there when the other is written. */
const FULL_MESSAGES = 2 * MOST_MESSAGES;
const FULL_BYTES = 2 * 1024 * 1024;
const RETRY_MS: readonly [first: number, longest: number] = [100, 5_000];

interface Waiting extends PartitionRecord {
  readonly receivedAt: Date;
}

/**
 * Brings one partition into the database, slice by slice, each in a transaction with the position. While the database takes
 * nothing it tries again and again, with smaller slices, and is full, so that nothing more is fetched. Where somebody else has
 * taken the same messages, it goes on from where they are.
 */
export class PartitionReader {
  readonly #options: PartitionReaderOptions;
  readonly #stopping = new AbortController();
  #position: SourcePosition;
  #waiting: Waiting[] = [];
  #waitingBytes = 0;
  /** Behind the last record that waits. */
  #fetchOffset: bigint;
  #endOffset: bigint | null = null;
  #mostMessages = MOST_MESSAGES;
  #writing: Promise<void> | null = null;
  #isMoving = false;

  constructor(options: PartitionReaderOptions) {
    this.#options = options;
    this.#position = options.position;
    this.#fetchOffset = options.position.nextOffset;
  }

  /** The position that is known to be stored. */
  get position(): SourcePosition {
    return this.#position;
  }

  /** Where to fetch from next. */
  get fetchOffset(): bigint {
    return this.#fetchOffset;
  }

  /** Paused: nothing is to be fetched until `onHungry`. */
  get isFull(): boolean {
    return this.#isMoving || this.#waiting.length >= FULL_MESSAGES || this.#waitingBytes >= FULL_BYTES;
  }

  /** Messages of the partition that are not stored yet, as far as the broker has told; null before it has. */
  get lag(): number | null {
    return this.#endOffset === null ? null : Math.max(0, Number(this.#endOffset - this.#position.nextOffset));
  }

  /** Takes what was fetched from `fetchedFrom`; an answer to an older question is not wanted any more. */
  take(fetchedFrom: bigint, fetched: PartitionRecords, endOffset: bigint): void {
    if (this.#stopping.signal.aborted || this.#isMoving || fetchedFrom !== this.#fetchOffset) return;
    this.#endOffset = endOffset;
    const receivedAt = new Date();
    for (const record of fetched.records) this.#waiting.push({ ...record, receivedAt });
    this.#waitingBytes += fetched.bytes;
    this.#fetchOffset = fetched.nextOffset;
    if (this.#waiting.length > 0) this.#writing ??= this.#write();
  }

  /** Goes on from the stored position that `move` gives, once what waits is written; nothing is fetched until then. */
  async move(move: (from: SourcePosition) => Promise<SourcePosition>): Promise<void> {
    if (this.#isMoving) return;
    this.#isMoving = true;
    try {
      await this.#writing;
      if (!this.#stopping.signal.aborted) this.#goOnAt(await move(this.#position));
    } finally {
      this.#isMoving = false;
      this.#options.onHungry();
    }
  }

  /** Writes nothing more; resolves when what is being written has ended, well or not. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#writing;
  }

  async #write(): Promise<void> {
    const { signal } = this.#stopping;
    let waitMs = RETRY_MS[0];
    let isBlocked = false;
    while (!signal.aborted && this.#waiting.length > 0) {
      try {
        await this.#writeSlice();
        if (isBlocked) this.#options.onBlocked(null);
        isBlocked = false;
        waitMs = RETRY_MS[0];
        this.#mostMessages = Math.min(this.#mostMessages * 2, MOST_MESSAGES);
      } catch (error) {
        if (!isBlocked) this.#options.onBlocked(error);
        isBlocked = true;
        this.#mostMessages = Math.max(1, this.#mostMessages >> 1);
        await sleep(waitMs, undefined, { signal }).catch(() => undefined);
        waitMs = Math.min(waitMs * 2, RETRY_MS[1]);
      }
    }
    this.#writing = null;
  }

  async #writeSlice(): Promise<void> {
    const { count, bytes } = this.#nextSlice();
    const records = this.#waiting.slice(0, count);
    const isAll = count === this.#waiting.length;
    const nextOffset = isAll ? this.#fetchOffset : (this.#waiting[count] as Waiting).offset;
    const stored = await this.#options.receiver.receiveSlice({
      provider: this.#options.provider,
      position: this.#position,
      nextOffset,
      messages: records.map((record) => this.#messageOf(record)),
    });
    if (stored === null) {
      this.#options.onOvertaken();
      this.#goOnAt(await this.#options.readPosition(this.#position));
      this.#options.onHungry();
      return;
    }
    const wasFull = this.isFull;
    this.#position = { ...this.#position, nextOffset };
    this.#waiting.splice(0, count);
    this.#waitingBytes -= bytes;
    if (wasFull && !this.isFull) this.#options.onHungry();
  }

  #goOnAt(position: SourcePosition): void {
    this.#position = position;
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#fetchOffset = position.nextOffset;
  }

  #nextSlice(): { readonly count: number; readonly bytes: number } {
    let count = 0;
    let bytes = 0;
    for (const record of this.#waiting) {
      const size = bytesOf(record);
      if (count > 0 && (count === this.#mostMessages || bytes + size > MOST_BYTES)) break;
      count++;
      bytes += size;
    }
    return { count, bytes };
  }

  #messageOf({ offset, value, receivedAt }: Waiting): InboundMessage {
    const { topic, partition } = this.#position;
    return {
      provider: this.#options.provider,
      body: value ?? '',
      receivedAt,
      transport: 'kafka',
      topic,
      partition,
      offset,
    };
  }
}
