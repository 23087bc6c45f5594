import type { Provider } from '@lastgasp/model';
import type { Pool } from 'pg';
import { insertDeadLetters, type NewDeadLetter } from '../store/queries/dead-letters/insert-dead-letters.ts';
import type { ArrivedEvent, StoredEvent } from '../store/queries/ingest/insert-events.ts';
import type { InboundMessage, Receipt, SetAside } from './inbound-message.ts';
import { type IngestCounts, newIngestCounts } from './ingest-counts.ts';
import { IngestOverloaded, IngestUnavailable } from './ingest-errors.ts';
import { laneOf } from './lane-of.ts';
import { type LaneBatch, LaneQueue } from './lane-queue.ts';
import { readMessage } from './providers/read-message.ts';
import { type BatchReport, reportBatch } from './report-batch.ts';
import { Slots } from './slots.ts';
import { isRefusal, storeBatch } from './store-batch.ts';
import { type PartitionSlice, readSlice, type StoredSlice, storeSlice } from './store-slice.ts';
import { refusalOf, toDeadLetter } from './to-dead-letter.ts';

export interface IngestQueueOptions {
  /** Where batches are written: a pool of its own, so that ingest and operators' reads never wait for each other. */
  readonly pool: Pool;
  /** Told after each batch, in the words that an operator of the old consumers looks for. */
  readonly onBatch?: (report: BatchReport) => void;
  /** Batches written at the same time, each on a connection of its own; 2 unless told. */
  readonly lanes?: number;
  /** Most events in one transaction; 1,000 unless told: beyond it nothing is gained, and a batch takes longer to answer. */
  readonly maxBatch?: number;
  /** Events that may wait before messages are refused; 20,000 unless told, about a second's work. */
  readonly maxWaiting?: number;
  /** Bytes of text that may wait before messages are refused; 64 MB unless told: 20,000 events are 8 MB, unless somebody sends giants. */
  readonly maxWaitingBytes?: number;
}

const MOST_WAITING_BYTES = 64 * 1024 * 1024;

// Nobody is told to stay away longer than a storm's first minutes take to settle.
const LONGEST_RETRY_SECONDS = 30;

interface Waiting {
  readonly event: ArrivedEvent;
  readonly stored: (event: StoredEvent) => void;
  readonly failed: (error: unknown) => void;
}

/** Writes one batch at a time, of the events that are its own. */
interface Lane {
  readonly queue: LaneQueue<Waiting>;
  isFree: boolean;
}

interface WaitingLetter {
  readonly letter: NewDeadLetter;
  readonly kept: (deadLetterId: number) => void;
  readonly failed: (error: unknown) => void;
}

/**
 * The one way of provider messages into the database, whatever they came by. Each message is read and checked at once;
 * its events wait for their lane and go in with all others that wait for it by then (group commit: one transaction for one
 * event when it is quiet, for 1,000 in a storm). What an event is about decides its lane, so that what one provider tells of
 * one thing is written in the order of arrival, and never by two batches at once: they would wait for each other's rows. Only
 * a meter that several providers tell of may be in several lanes. `receive` answers only after the commit. An event that the
 * database refuses is set aside alone, and hinders none of its batch.
 */
export class IngestQueue {
  readonly counts: IngestCounts = newIngestCounts();
  readonly #pool: Pool;
  readonly #onBatch: (report: BatchReport) => void;
  readonly #maxBatch: number;
  readonly #maxWaiting: number;
  readonly #maxWaitingBytes: number;
  readonly #lanes: readonly Lane[];
  readonly #slices: Slots;
  readonly #letters: WaitingLetter[] = [];
  readonly #idle: (() => void)[] = [];
  #waitingCount = 0;
  #waitingBytes = 0;
  /** What one event of the batches of late took a lane. */
  #msPerEvent = 0;
  #openMessages = 0;
  #scheduled = false;
  #closed = false;

  constructor(options: IngestQueueOptions) {
    this.#pool = options.pool;
    this.#onBatch = options.onBatch ?? (() => undefined);
    this.#lanes = Array.from({ length: options.lanes ?? 2 }, () => ({
      queue: new LaneQueue(),
      isFree: true,
    }));
    this.#slices = new Slots(this.#lanes.length);
    this.#maxBatch = options.maxBatch ?? 1000;
    this.#maxWaiting = options.maxWaiting ?? 20_000;
    this.#maxWaitingBytes = options.maxWaitingBytes ?? MOST_WAITING_BYTES;
  }

  /** Events and dead letters that wait for a lane. */
  get waiting(): number {
    return this.#waitingCount;
  }

  /**
   * Takes one message: reads it, and resolves once each of its events is stored, recognised as a duplicate, or set aside,
   * and that is committed. Rejects with `IngestOverloaded` (nothing was taken) or `IngestUnavailable` (send it again).
   */
  async receive(message: InboundMessage): Promise<Receipt> {
    this.#openMessages++;
    try {
      return await this.#take(message);
    } finally {
      this.#closeMessage();
    }
  }

  /**
   * Takes the next messages of a partition, whose position moves in the transaction that writes them: what was taken and how
   * far it was taken are never two things. Gives null, with nothing written, where the position is not the stored one any more.
   * Rejects with `IngestUnavailable` where the database cannot take them now. Few slices are written at once; the others wait
   * here, so that whoever reads the partitions is held back.
   */
  async receiveSlice(slice: PartitionSlice): Promise<StoredSlice | null> {
    this.#openMessages++;
    try {
      return await this.#slices.run(() => this.#takeSlice(slice));
    } catch (error) {
      throw error instanceof IngestUnavailable ? error : new IngestUnavailable(error);
    } finally {
      this.#closeMessage();
    }
  }

  /** Takes no more messages, and resolves when everything taken is committed and answered. */
  async close(): Promise<void> {
    this.#closed = true;
    if (this.#openMessages > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  /** Sets aside what could not even be told to be a provider's message; gives the dead letter's id after the commit. */
  async setAside(letter: NewDeadLetter): Promise<number> {
    this.#openMessages++;
    try {
      return await this.#keep(letter);
    } catch (error) {
      throw new IngestUnavailable(error);
    } finally {
      this.#closeMessage();
    }
  }

  async #take(message: InboundMessage): Promise<Receipt> {
    if (this.#closed) throw new IngestUnavailable(new Error('ingest is closing'));
    if (this.#waitingCount >= this.#maxWaiting || this.#waitingBytes >= this.#maxWaitingBytes) {
      throw new IngestOverloaded(this.#retryAfterSeconds());
    }
    const { provider, body, sender, receivedAt } = message;
    const read = readMessage(provider, body, sender === undefined ? {} : { source: sender });
    const counts = this.counts[provider];
    counts.received += read.events.length + read.rejected.length;

    const rejected: SetAside[] = [];
    const setAside = async (letter: NewDeadLetter): Promise<void> => {
      const deadLetterId = await this.#keep(letter);
      counts.rejected++;
      rejected.push({ rejection: letter.rejection, deadLetterId });
    };
    const work: Promise<StoredEvent | null>[] = read.events.map((json, index) =>
      this.#store(provider, read.subjects[index] as string, { json, receivedAt }).then(
        (event) => {
          counts[event.outcome]++;
          return event;
        },
        async (error: unknown) => {
          if (!isRefusal(error)) throw error;
          await setAside(toDeadLetter(message, json, refusalOf(error)));
          return null;
        },
      ),
    );
    for (const part of read.rejected) {
      work.push(setAside(toDeadLetter(message, part.payload, part.rejection)).then(() => null));
    }
    this.#schedule();

    // All of it must have ended before the first failure is told, or a late part would be nobody's.
    const outcomes = await Promise.allSettled(work);
    const failure = outcomes.find((outcome) => outcome.status === 'rejected');
    if (failure !== undefined) throw new IngestUnavailable(failure.reason);
    const events = outcomes.flatMap((outcome) =>
      outcome.status === 'fulfilled' && outcome.value !== null ? [outcome.value] : [],
    );
    return { events, rejected };
  }

  async #takeSlice(slice: PartitionSlice): Promise<StoredSlice | null> {
    if (this.#closed) throw new IngestUnavailable(new Error('ingest is closing'));
    const startedAt = process.hrtime.bigint();
    const stored = await storeSlice(this.#pool, readSlice(slice), this.#maxBatch);
    if (stored === null) return null;
    const counts = this.counts[slice.provider];
    counts.rejected += stored.deadLetters;
    counts.received += stored.deadLetters;
    for (const outcome of stored.outcomes) {
      if (!outcome.ok) continue;
      counts.received++;
      counts[outcome.value.outcome]++;
    }
    const milliseconds = Number(process.hrtime.bigint() - startedAt) / 1e6;
    if (stored.events.length > 0) {
      this.#onBatch(reportBatch(slice.provider, stored.events, stored.outcomes, milliseconds));
    }
    return stored;
  }

  /** Until half of what waits is written, at the pace of late. */
  #retryAfterSeconds(): number {
    const seconds = (this.#waitingCount / 2 / this.#lanes.length) * (this.#msPerEvent / 1000);
    return Math.min(LONGEST_RETRY_SECONDS, Math.max(1, Math.ceil(seconds)));
  }

  #closeMessage(): void {
    this.#openMessages--;
    if (this.#openMessages === 0) for (const resolve of this.#idle.splice(0)) resolve();
  }

  #store(provider: Provider, subject: string, event: ArrivedEvent): Promise<StoredEvent> {
    const lane = this.#lanes[laneOf(subject, this.#lanes.length)] as Lane;
    return new Promise((stored, failed) => {
      lane.queue.add(provider, { event, stored, failed });
      this.#waitingCount++;
      this.#waitingBytes += event.json.length;
    });
  }

  #keep(letter: NewDeadLetter): Promise<number> {
    return new Promise((kept, failed) => {
      this.#letters.push({ letter, kept, failed });
      this.#waitingCount++;
      this.#waitingBytes += letter.payload.byteLength;
      this.#schedule();
    });
  }

  /** Once a turn of the event loop, so that what arrived together goes in together. */
  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      for (const lane of this.#lanes) this.#fill(lane);
    });
  }

  /** Dead letters are nobody's meters: the first lane that is free takes them, before its own events. */
  #fill(lane: Lane): void {
    if (!lane.isFree) return;
    const run = this.#takeLetters() ?? this.#takeEvents(lane);
    if (run === null) return;
    lane.isFree = false;
    void run().finally(() => {
      lane.isFree = true;
      this.#fill(lane);
    });
  }

  #takeLetters(): (() => Promise<void>) | null {
    if (this.#letters.length === 0) return null;
    const batch = this.#letters.splice(0, this.#maxBatch);
    this.#waitingCount -= batch.length;
    for (const { letter } of batch) this.#waitingBytes -= letter.payload.byteLength;
    return async () => {
      try {
        const ids = await insertDeadLetters(
          this.#pool,
          batch.map((one) => one.letter),
        );
        for (const [index, one] of batch.entries()) one.kept(ids[index] as number);
      } catch (error) {
        for (const one of batch) one.failed(error);
      }
    };
  }

  #takeEvents(lane: Lane): (() => Promise<void>) | null {
    const batch = lane.queue.take(this.#maxBatch);
    if (batch === null) return null;
    this.#waitingCount -= batch.events.length;
    for (const { event } of batch.events) this.#waitingBytes -= event.json.length;
    return () => this.#write(batch);
  }

  async #write({ provider, events: batch }: LaneBatch<Waiting>): Promise<void> {
    const startedAt = process.hrtime.bigint();
    try {
      const events = batch.map((one) => one.event);
      const outcomes = await storeBatch(this.#pool, provider, events);
      const milliseconds = Number(process.hrtime.bigint() - startedAt) / 1e6;
      this.#msPerEvent = (3 * this.#msPerEvent + milliseconds / batch.length) / 4;
      for (const [index, one] of batch.entries()) {
        const outcome = outcomes[index];
        if (outcome === undefined) one.failed(new Error('an event was written and not given back'));
        else if (outcome.ok) one.stored(outcome.value);
        else one.failed(outcome.error);
      }
      this.#onBatch(reportBatch(provider, events, outcomes, milliseconds));
    } catch (error) {
      for (const one of batch) one.failed(error);
    }
  }
}
