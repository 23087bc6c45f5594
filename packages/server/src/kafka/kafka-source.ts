import type { Provider } from '@lastgasp/model';
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import type { KafkaConfig } from '../read-kafka-config.ts';
import {
  beginSourcePosition,
  readSourcePosition,
  restartSourcePosition,
  type SourcePosition,
} from '../store/queries/ingest/source-positions.ts';
import { atMost } from './at-most.ts';
import { connectionOptions } from './connection-options.ts';
import { type AssignedPartition, GROUP_TIMES, GroupMembership, type GroupTimes } from './group-membership.ts';
import { PartitionReader, type SliceReceiver } from './partition-reader.ts';
import { TopicFetcher } from './topic-fetcher.ts';
import { Trouble } from './trouble.ts';

export interface KafkaSourceOptions {
  readonly config: KafkaConfig;
  readonly receiver: SliceReceiver;
  /** Where positions are read. */
  readonly pool: Pool;
  readonly log: Logger;
  readonly times?: Partial<GroupTimes>;
}

/** What a process reads of Kafka, for metrics. */
export interface KafkaSourceState {
  readonly isMember: boolean;
  readonly partitions: readonly {
    readonly topic: string;
    readonly partition: number;
    /** Messages not stored yet; null before the broker has told. */
    readonly lag: number | null;
    readonly isPaused: boolean;
  }[];
  /** Slices that were not written because somebody else had taken the same messages. */
  readonly overtaken: number;
}

const COMMIT_EVERY_MS = 5_000;
const TELL_WITHIN_MS = 1_000;

/**
 * Reads the four topics as a member of the consumer group. Where to read is in the database (`oms_source_positions`), and moves
 * only with the rows; the broker's own offsets are written behind it for those who watch the lag there, and never read. A
 * partition that was given to somebody else while a slice of it was on the way to the database has one effect all the same: the
 * position can be moved on from one place only once.
 */
export class KafkaSource {
  readonly #options: KafkaSourceOptions;
  readonly #providers: ReadonlyMap<string, Provider>;
  readonly #readers = new Map<string, PartitionReader>();
  readonly #told = new Map<string, bigint>();
  readonly #trouble: Trouble;
  readonly #membership: GroupMembership;
  readonly #fetcher: TopicFetcher;
  /** Counts assignments, so that a partition that was opened too late for one is dropped. */
  #assignment = 0;
  #opening: Promise<unknown> = Promise.resolve();
  #overtaken = 0;
  #committer: NodeJS.Timeout | null = null;
  #closing: Promise<void> | null = null;

  private constructor(
    options: KafkaSourceOptions,
    connection: Awaited<ReturnType<typeof connectionOptions>>,
  ) {
    const { config, log } = options;
    this.#options = options;
    this.#providers = new Map(
      Object.entries(config.topics).map(([provider, topic]) => [topic, provider as Provider]),
    );
    const topics = [...this.#providers.keys()];
    this.#trouble = new Trouble(log, 'Kafka');
    const onError = (error: unknown) => this.#trouble.note(error);
    this.#fetcher = new TopicFetcher({
      connection,
      group: config.group,
      readers: () => this.#readers.values(),
      onOutOfRange: (reader) => void this.#restart(reader),
      onTopicGone: () => this.#membership.checkTopics(),
      onAnswer: () => this.#trouble.end(),
      onError,
    });
    this.#membership = new GroupMembership({
      connection,
      group: config.group,
      instance: config.instance,
      topics,
      times: { ...GROUP_TIMES, ...options.times },
      onAssigned: (partitions) => this.#assign(partitions),
      onMissingTopics: (missing) =>
        log.warn({ topics: missing }, 'topics that are to be read are not there yet'),
      onError,
    });
  }

  /** Starts to read; resolves before any broker was reached. Throws where a file that the configuration names cannot be read. */
  static async start(options: KafkaSourceOptions): Promise<KafkaSource> {
    const source = new KafkaSource(options, await connectionOptions(options.config, 'lastgasp'));
    source.#membership.start();
    source.#committer = setInterval(() => void source.#tellBroker(), COMMIT_EVERY_MS);
    source.#committer.unref();
    return source;
  }

  get state(): KafkaSourceState {
    return {
      isMember: this.#membership.isMember,
      partitions: [...this.#readers.values()].map((reader) => ({
        topic: reader.position.topic,
        partition: reader.position.partition,
        lag: reader.lag,
        isPaused: reader.isFull,
      })),
      overtaken: this.#overtaken,
    };
  }

  /** Writes what is on the way, tells the broker how far it came, and leaves the group. Calling twice does no harm. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    if (this.#committer !== null) clearInterval(this.#committer);
    this.#assignment++;
    await Promise.all([...this.#readers.values()].map((reader) => reader.stop()));
    await atMost(TELL_WITHIN_MS, this.#tellBroker());
    await this.#membership.close();
    await this.#fetcher.close();
    await this.#opening;
  }

  /** Goes on with what is still this process's, stops what is not, and begins what is new. */
  #assign(partitions: readonly AssignedPartition[]): void {
    if (this.#closing !== null) return;
    const assignment = ++this.#assignment;
    const wanted = new Map(partitions.map((one) => [keyOf(one), one]));
    for (const [key, reader] of this.#readers) {
      if (wanted.get(key)?.topicId === reader.position.topicId) continue;
      this.#readers.delete(key);
      this.#told.delete(key);
      // What it is writing may still succeed: the position decides.
      void reader.stop();
    }
    const fresh = [...wanted.values()].filter((one) => !this.#readers.has(keyOf(one)));
    if (partitions.length > 0 || this.#readers.size > 0) {
      this.#options.log.info(
        { partitions: partitions.map(({ topic, partition }) => `${topic} ${partition}`) },
        'partitions of this process',
      );
    }
    this.#opening = this.#opening.then(() => this.#openAll(fresh, assignment));
    this.#fetcher.fetch();
  }

  async #openAll(partitions: readonly AssignedPartition[], assignment: number): Promise<void> {
    await Promise.all(partitions.map((one) => this.#open(one, assignment)));
  }

  async #open(one: AssignedPartition, assignment: number): Promise<void> {
    const position = await this.#retry(() => this.#openPosition(one), assignment);
    // Another assignment has come meanwhile, which opens what it wants itself.
    if (position === null || this.#assignment !== assignment) return;
    this.#readers.set(keyOf(one), this.#createReader(position));
    this.#fetcher.fetch();
  }

  #createReader(position: SourcePosition): PartitionReader {
    const { pool, receiver, log } = this.#options;
    const { topic, partition } = position;
    const place = { topic, partition };
    return new PartitionReader({
      provider: this.#providers.get(topic) as Provider,
      position,
      receiver,
      readPosition: async (expected) => {
        // Only a person deletes a position; it is put back, or the partition would stand still.
        await beginSourcePosition(pool, expected);
        return (await readSourcePosition(pool, topic, partition)) ?? expected;
      },
      onHungry: () => this.#fetcher.fetch(),
      onOvertaken: () => {
        this.#overtaken++;
        log.info(place, 'somebody else has taken the same messages; going on from there');
      },
      onBlocked: (error) => {
        if (error === null) log.info(place, 'the database takes messages again');
        else log.warn({ ...place, err: error }, 'the database takes no messages; the partition is paused');
      },
    });
  }

  /** The stored position of a partition; where there is none, or one of another topic of this name, the oldest message. */
  async #openPosition({ topic, topicId, partition }: AssignedPartition): Promise<SourcePosition> {
    const { pool, log } = this.#options;
    const stored = await readSourcePosition(pool, topic, partition);
    if (stored?.topicId === topicId) return stored;
    const { first } = await this.#fetcher.readRange(topic, partition);
    if (stored === null) {
      await beginSourcePosition(pool, { topic, topicId, partition, nextOffset: first });
      log.info({ topic, partition, offset: first }, 'a partition is read for the first time');
    } else if (await restartSourcePosition(pool, stored, { topicId, nextOffset: first, passedOver: 0n })) {
      log.warn({ topic, partition, offset: first }, 'the topic was made anew; it is read from its beginning');
    }
    // Whoever was first: what is stored now counts.
    const position = await readSourcePosition(pool, topic, partition);
    if (position?.topicId !== topicId)
      throw new Error(`the position of ${topic} ${partition} is another topic's`);
    return position;
  }

  /** The broker does not have what is to be read: it was deleted too early, or the partition was cut off. */
  async #restart(reader: PartitionReader): Promise<void> {
    await reader
      .move(async (from) => {
        const { first, end } = await this.#fetcher.readRange(from.topic, from.partition);
        const { pool, log } = this.#options;
        const isDeleted = from.nextOffset < first;
        if (isDeleted || from.nextOffset > end) {
          const passedOver = isDeleted ? first - from.nextOffset : 0n;
          const next = { topicId: from.topicId, nextOffset: first, passedOver };
          if (await restartSourcePosition(pool, from, next)) {
            log.error(
              {
                topic: from.topic,
                partition: from.partition,
                from: from.nextOffset,
                to: first,
                lost: passedOver,
              },
              isDeleted
                ? 'the broker deleted messages before they were taken'
                : 'the partition ends before the stored position; it is read from its beginning',
            );
          }
        }
        return (await readSourcePosition(pool, from.topic, from.partition)) ?? from;
      })
      .catch((error: unknown) => this.#trouble.note(error));
  }

  /** Until it succeeds, or another assignment counts; then null. */
  async #retry<T>(work: () => Promise<T>, assignment: number): Promise<T | null> {
    while (this.#assignment === assignment) {
      try {
        return await work();
      } catch (error) {
        this.#trouble.note(error);
        await new Promise((resolve) => setTimeout(resolve, 500));
      }
    }
    return null;
  }

  /** Information only: whoever reads the topic next asks the database. */
  async #tellBroker(): Promise<void> {
    const moved = [...this.#readers].filter(
      ([key, { position }]) => this.#told.get(key) !== position.nextOffset,
    );
    const offsets = moved.map(
      ([
        ,
        {
          position: { topic, partition, nextOffset },
        },
      ]) => ({
        topic,
        partition,
        offset: nextOffset,
      }),
    );
    try {
      await this.#membership.commit(offsets);
      for (const { topic, partition, offset } of offsets) this.#told.set(keyOf({ topic, partition }), offset);
    } catch (error) {
      this.#options.log.debug({ err: error }, 'the broker was not told how far the topics were read');
    }
  }
}

const keyOf = ({ topic, partition }: { readonly topic: string; readonly partition: number }): string =>
  `${topic} ${partition}`;
