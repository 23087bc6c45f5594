import { setTimeout as sleep } from 'node:timers/promises';
import { Consumer, findErrorBy } from '@platformatic/kafka';
import { atMost } from './at-most.ts';
import type { ConnectionOptions } from './connection-options.ts';
import type { PartitionReader } from './partition-reader.ts';
import { type Fetched, readPartitionRecords } from './partition-records.ts';
import { topicIdOf } from './topic-watch.ts';

export interface TopicFetcherOptions {
  readonly connection: ConnectionOptions;
  readonly group: string;
  /** The readers of all partitions that are this process's now. */
  readonly readers: () => Iterable<PartitionReader>;
  /** Told of a reader whose offset the broker does not have. */
  readonly onOutOfRange: (reader: PartitionReader) => void;
  /** Told where a broker does not know a topic by its id any more. */
  readonly onTopicGone: () => void;
  readonly onAnswer: () => void;
  readonly onError: (error: unknown) => void;
}

/** Longest that a broker waits for a message. Of a partition that is read on after a pause, so long may a request know nothing. */
const WAIT_MS = 250;
const MOST_BYTES = 8 * 1024 * 1024;
const MOST_BYTES_PER_PARTITION = 1024 * 1024;
const RETRY_MS = 500;
const CLOSE_WITHIN_MS = 1_000;

/** Kafka's numbers of errors that one partition's answer may carry. */
const OUT_OF_RANGE = 1;
const TOPIC_GONE: ReadonlySet<number> = new Set([3, 100, 103]);
const LEADER_MOVED: ReadonlySet<number> = new Set([5, 6, 9, 74, 75, 76]);

type Leaders = ReadonlyMap<number, readonly PartitionReader[]>;

/**
 * Asks the brokers for the messages of every reader that is not full, one request at a time to each broker, on connections of
 * its own: a broker that waits for messages answers nothing else meanwhile, and heartbeats must not wait for it.
 */
export class TopicFetcher {
  readonly #options: TopicFetcherOptions;
  readonly #closing = new AbortController();
  readonly #underWay = new Map<number, Promise<void>>();
  readonly #client: Consumer;
  /** For short questions, which would else wait behind a request that waits for messages. */
  readonly #asker: Consumer;
  #planning: Promise<void> | null = null;
  #planAgain = false;

  constructor(options: TopicFetcherOptions) {
    this.#options = options;
    // They never join the group; each failure is answered here, with a new look at who leads what.
    const create = () => {
      const { connection, group } = options;
      const client = new Consumer({ ...connection, groupId: group, autocommit: false, retries: 0 });
      client.on('error', options.onError);
      return client;
    };
    this.#client = create();
    this.#asker = create();
  }

  /** Asks for what is wanted now, of each broker that is not asked already. */
  fetch(): void {
    if (this.#closing.signal.aborted) return;
    this.#planAgain = true;
    this.#planning ??= this.#plan();
  }

  /** The oldest offset of a partition, and the one behind its newest. */
  async readRange(
    topic: string,
    partition: number,
  ): Promise<{ readonly first: bigint; readonly end: bigint }> {
    const at = async (timestamp: bigint): Promise<bigint> => {
      const offsets = await this.#asker.listOffsets({
        topics: [topic],
        partitions: { [topic]: [partition] },
        timestamp,
      });
      const offset = offsets.get(topic)?.[partition];
      if (offset === undefined) throw new Error(`the broker told no offset of ${topic} ${partition}`);
      return offset;
    };
    try {
      // Kafka's words for the earliest and the latest.
      return { first: await at(-2n), end: await at(-1n) };
    } catch (error) {
      // The partition may be newer than what is known of its topic.
      this.#asker.clearMetadata();
      throw error;
    }
  }

  async close(): Promise<void> {
    this.#closing.abort();
    const underWay = Promise.all([this.#planning, ...this.#underWay.values()]);
    // A broker that holds a request answers soon; one that is away never does, and is cut off.
    await atMost(2 * WAIT_MS, underWay);
    for (const client of [this.#client, this.#asker]) await atMost(CLOSE_WITHIN_MS, client.close(true));
    await atMost(CLOSE_WITHIN_MS, underWay);
  }

  async #plan(): Promise<void> {
    while (this.#planAgain && !this.#closing.signal.aborted) {
      this.#planAgain = false;
      try {
        for (const [node, readers] of await this.#findLeaders()) {
          if (this.#underWay.has(node)) continue;
          const asking: Promise<void> = this.#ask(node, readers).finally(() => {
            this.#underWay.delete(node);
            this.fetch();
          });
          this.#underWay.set(node, asking);
        }
      } catch (error) {
        this.#client.clearMetadata();
        this.#options.onError(error);
        await this.#rest();
        this.#planAgain = true;
      }
    }
    this.#planning = null;
  }

  /** The readers that want messages, by the broker that leads their partition. */
  async #findLeaders(): Promise<Leaders> {
    const wanting = [...this.#options.readers()].filter((reader) => !reader.isFull);
    const leaders = new Map<number, PartitionReader[]>();
    if (wanting.length === 0) return leaders;
    const topics = [...new Set(wanting.map((reader) => reader.position.topic))];
    for (const topic of topics) if (!this.#client.topics.has(topic)) this.#client.topics.track(topic);
    const metadata = await this.#client.metadata({ topics });
    for (const reader of wanting) {
      const { topic, topicId, partition } = reader.position;
      const state = metadata.topics.get(topic);
      const leader = state?.partitions[partition]?.leader ?? -1;
      if (state === undefined || topicIdOf(state.id) !== topicId) this.#options.onTopicGone();
      else if (leader < 0) throw new Error(`${topic} ${partition} has no leader`);
      else leaders.set(leader, [...(leaders.get(leader) ?? []), reader]);
    }
    return leaders;
  }

  async #ask(node: number, readers: readonly PartitionReader[]): Promise<void> {
    // The offset that is asked for must be remembered: a reader may go to another place meanwhile.
    const asked = readers.map((reader) => ({ reader, from: reader.fetchOffset }));
    try {
      const metadata = await this.#client.metadata({
        topics: [...new Set(readers.map((r) => r.position.topic))],
      });
      const topics = new Map<string, { topicId: string; partitions: object[] }>();
      const byPlace = new Map<string, (typeof asked)[number]>();
      for (const one of asked) {
        const { topic, partition } = one.reader.position;
        const topicId = metadata.topics.get(topic)?.id ?? topic;
        byPlace.set(`${topicId} ${partition}`, one);
        const entry = topics.get(topicId) ?? { topicId, partitions: [] };
        entry.partitions.push({
          partition,
          currentLeaderEpoch: -1,
          fetchOffset: one.from,
          lastFetchedEpoch: -1,
          partitionMaxBytes: MOST_BYTES_PER_PARTITION,
        });
        topics.set(topicId, entry);
      }
      const { fetched, error } = await this.#request(node, [...topics.values()]);
      if (fetched !== null) {
        this.#options.onAnswer();
        this.#handOut(fetched, byPlace);
      }
      if (error !== null) await this.#recover(error, fetched);
    } catch (error) {
      await this.#recover(error, null);
    }
  }

  /** The client throws where any partition has an error; what the others have is in that error. */
  async #request(
    node: number,
    topics: readonly object[],
  ): Promise<{ readonly fetched: Fetched | null; readonly error: unknown }> {
    try {
      const fetched = await this.#client.fetch({
        node,
        topics: topics as Parameters<Consumer['fetch']>[0]['topics'],
        maxWaitTime: WAIT_MS,
        minBytes: 1,
        maxBytes: MOST_BYTES,
      });
      return { fetched, error: null };
    } catch (error) {
      return { fetched: (error as { response?: Fetched }).response ?? null, error };
    }
  }

  #handOut(
    fetched: Fetched,
    byPlace: ReadonlyMap<string, { readonly reader: PartitionReader; readonly from: bigint }>,
  ): void {
    for (const { topicId, partitions } of fetched.responses ?? []) {
      for (const answer of partitions) {
        const one = byPlace.get(`${topicId} ${answer.partitionIndex}`);
        if (one === undefined) continue;
        if (answer.errorCode === 0) {
          // What is not committed by its transaction yet is not to be had yet.
          const end = answer.lastStableOffset >= 0n ? answer.lastStableOffset : answer.highWatermark;
          one.reader.take(one.from, readPartitionRecords(answer, one.from), end);
        } else if (answer.errorCode === OUT_OF_RANGE) this.#options.onOutOfRange(one.reader);
      }
    }
  }

  async #recover(error: unknown, fetched: Fetched | null): Promise<void> {
    if (this.#closing.signal.aborted) return;
    const codes = (fetched?.responses ?? []).flatMap(({ partitions }) =>
      partitions.map(({ errorCode }) => errorCode).filter((code) => code !== 0),
    );
    if (codes.length > 0 && codes.every((code) => code === OUT_OF_RANGE)) return;
    this.#client.clearMetadata();
    if (
      codes.some((code) => TOPIC_GONE.has(code)) ||
      findErrorBy(error as Error, 'apiId', 'UNKNOWN_TOPIC_ID')
    ) {
      this.#options.onTopicGone();
    } else if (!codes.some((code) => LEADER_MOVED.has(code))) this.#options.onError(error);
    await this.#rest();
  }

  async #rest(): Promise<void> {
    await sleep(RETRY_MS, undefined, { signal: this.#closing.signal }).catch(() => undefined);
  }
}
