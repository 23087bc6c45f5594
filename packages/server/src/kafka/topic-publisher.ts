import { findErrorBy, Producer } from '@platformatic/kafka';
import { atMost } from './at-most.ts';
import type { ConnectionOptions } from './connection-options.ts';

/** The brokers did not take a message in time: perhaps it is there all the same; publishing it again does no harm. */
export class PublishUnavailable extends Error {
  readonly retryAfterSeconds = 2;

  constructor(cause: unknown) {
    super('the Kafka brokers cannot take messages now; try again', { cause });
    this.name = 'PublishUnavailable';
  }
}

/** The brokers take no message as large as this one. */
export class PublishTooLarge extends Error {}

export interface OutboundMessage {
  readonly topic: string;
  /** Messages with one key stay in order. */
  readonly key: string;
  readonly value: string;
}

interface Waiting {
  readonly message: OutboundMessage;
  readonly bytes: number;
  readonly published: () => void;
  readonly failed: (error: unknown) => void;
}

const MOST_MESSAGES = 500;
/** Half of what a broker takes at once unless it was told otherwise; a larger message goes alone. */
const MOST_BYTES = 512 * 1024;
const MOST_WAITING = 20_000;
/** Senders wait five seconds for their answer. */
const PUBLISH_WITHIN_MS = 4_000;
const ATTEMPT_WITHIN_MS = 2_500;

/**
 * Puts messages on topics and answers when every copy that the topic asks for is written (`acks` all). What waits together goes
 * in one request. After any failure the producer is made anew: an unsure one must not go on with its numbers.
 */
export class TopicPublisher {
  readonly #connection: ConnectionOptions;
  readonly #waiting: Waiting[] = [];
  #producer: Producer | null = null;
  #sending: Promise<void> | null = null;
  #closed = false;

  constructor(connection: ConnectionOptions) {
    this.#connection = connection;
  }

  /** Resolves once the message is on its topic. Rejects with `PublishUnavailable` or `PublishTooLarge`. */
  async publish(message: OutboundMessage): Promise<void> {
    if (this.#closed) throw new PublishUnavailable(new Error('the publisher is closed'));
    if (this.#waiting.length >= MOST_WAITING)
      throw new PublishUnavailable(new Error('too many messages wait'));
    const taken = new Promise<void>((published, failed) => {
      const bytes = Buffer.byteLength(message.value);
      this.#waiting.push({ message, bytes, published, failed });
    });
    this.#sending ??= this.#send();
    await withinTime(taken);
  }

  /** Sends what waits, and lets go of the brokers. */
  async close(): Promise<void> {
    this.#closed = true;
    if (this.#sending !== null) await atMost(PUBLISH_WITHIN_MS, this.#sending);
    if (this.#producer !== null) await atMost(ATTEMPT_WITHIN_MS, this.#producer.close());
  }

  async #send(): Promise<void> {
    // What arrives in one turn of the event loop goes together.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, this.#nextBatch());
      try {
        await this.#producerOf().send({
          messages: batch.map(({ message: { topic, key, value } }) => ({
            topic,
            key: Buffer.from(key),
            value: Buffer.from(value),
          })),
          acks: -1,
        });
        for (const one of batch) one.published();
      } catch (error) {
        const failure = isTooLarge(error) ? new PublishTooLarge() : new PublishUnavailable(error);
        for (const one of batch) one.failed(failure);
        await this.#dropProducer();
      }
    }
    this.#sending = null;
  }

  #nextBatch(): number {
    let count = 0;
    let bytes = 0;
    for (const one of this.#waiting) {
      if (count > 0 && (count === MOST_MESSAGES || bytes + one.bytes > MOST_BYTES)) break;
      count++;
      bytes += one.bytes;
    }
    return count;
  }

  #producerOf(): Producer {
    if (this.#producer !== null) return this.#producer;
    this.#producer = new Producer({
      ...this.#connection,
      connectTimeout: ATTEMPT_WITHIN_MS,
      requestTimeout: ATTEMPT_WITHIN_MS,
      retries: 2,
      retryDelay: 200,
      idempotent: true,
    });
    // Each failure is answered where it is waited for.
    this.#producer.on('error', () => undefined);
    return this.#producer;
  }

  async #dropProducer(): Promise<void> {
    const producer = this.#producer;
    this.#producer = null;
    if (producer !== null) await atMost(ATTEMPT_WITHIN_MS, producer.close());
  }
}

function isTooLarge(error: unknown): boolean {
  return ['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE'].some(
    (apiId) => findErrorBy(error as Error, 'apiId', apiId) !== null,
  );
}

async function withinTime(work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new PublishUnavailable(new Error('no broker answered in time'))),
      PUBLISH_WITHIN_MS,
    );
  });
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
    work.catch(() => undefined);
  }
}
