import { setTimeout as sleep } from 'node:timers/promises';
import { Consumer } from '@platformatic/kafka';
import { atMost } from './at-most.ts';
import type { ConnectionOptions } from './connection-options.ts';
import { isSameTopics, readTopics, type TopicState } from './topic-watch.ts';

/** A partition that the group has given to this process, of a topic with this id. */
export interface AssignedPartition {
  readonly topic: string;
  readonly topicId: string;
  readonly partition: number;
}

/** How long things take in a group; tests are in a hurry. */
export interface GroupTimes {
  /** A member that is not heard for so long has left. */
  readonly sessionMs: number;
  /** Time that all members have to join again, once the group is formed anew. */
  readonly rebalanceMs: number;
  readonly heartbeatMs: number;
  /** How often the topics are looked at: new ones, more partitions, made anew. */
  readonly topicsMs: number;
  /** First and longest wait before another attempt. */
  readonly retryMs: readonly [first: number, longest: number];
}

/** The Java client's own, but for the look at the topics, which it takes every five minutes. */
export const GROUP_TIMES: GroupTimes = {
  sessionMs: 45_000,
  rebalanceMs: 60_000,
  heartbeatMs: 3_000,
  topicsMs: 30_000,
  retryMs: [500, 15_000],
};

/** Whoever cannot sign off in this time is missed after the session time. */
const LEAVE_WITHIN_MS = 2_000;

export interface GroupMembershipOptions {
  readonly connection: ConnectionOptions;
  readonly group: string;
  /** Name that stays over restarts; null means a new member each time. */
  readonly instance: string | null;
  readonly topics: readonly string[];
  readonly times: GroupTimes;
  /** Told each time the group is formed anew, with everything that is this process's now. */
  readonly onAssigned: (partitions: readonly AssignedPartition[]) => void;
  readonly onMissingTopics: (topics: readonly string[]) => void;
  readonly onError: (error: unknown) => void;
}

/** An offset that the broker is told, for those who watch the lag there. */
export interface CommittedOffset {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
}

/**
 * Keeps this process a member of the consumer group, whatever happens to the brokers.
 *
 * - away: no membership; entered at the start and after any failure. Left by joining, after a wait that grows.
 * - member: the group has given partitions, perhaps none; the client sends heartbeats and joins again by itself when the group
 *   is formed anew. Left when heartbeats fail for good or the topics change: then everything is closed and begun again.
 * - closed: has left the group. A member with a name of its own leaves silently, so that the group keeps its partitions for it
 *   while it restarts.
 */
export class GroupMembership {
  readonly #options: GroupMembershipOptions;
  readonly #closing = new AbortController();
  #consumer: Consumer | null = null;
  #lookAtTopics: (() => void) | null = null;
  #done: Promise<void> | null = null;

  constructor(options: GroupMembershipOptions) {
    this.#options = options;
  }

  get isMember(): boolean {
    return this.#consumer?.isActive() ?? false;
  }

  start(): void {
    this.#done ??= this.#keep();
  }

  /** Looks at the topics now: a broker has refused one of them. */
  checkTopics(): void {
    this.#lookAtTopics?.();
  }

  /** Tells the broker how far partitions were taken, as information only. Does nothing while away; throws what fails. */
  async commit(offsets: readonly CommittedOffset[]): Promise<void> {
    if (this.#consumer === null || !this.isMember || offsets.length === 0) return;
    await this.#consumer.commit({ offsets: offsets.map((offset) => ({ ...offset, leaderEpoch: -1 })) });
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#done;
  }

  async #keep(): Promise<void> {
    const { signal } = this.#closing;
    const [firstMs, longestMs] = this.#options.times.retryMs;
    let waitMs = firstMs;
    while (!signal.aborted) {
      try {
        await this.#beMember(() => {
          waitMs = firstMs;
        });
      } catch (error) {
        if (!signal.aborted) this.#options.onError(error);
      }
      this.#options.onAssigned([]);
      await sleep(waitMs * (0.5 + Math.random() / 2), undefined, { signal }).catch(() => undefined);
      waitMs = Math.min(waitMs * 2, longestMs);
    }
  }

  /** Joins, and resolves when it is better to begin again; throws what made it so. */
  async #beMember(onJoined: () => void): Promise<void> {
    const { connection, group, instance, topics, times } = this.#options;
    const consumer = new Consumer({
      ...connection,
      groupId: group,
      ...(instance === null ? {} : { groupInstanceId: instance }),
      sessionTimeout: times.sessionMs,
      rebalanceTimeout: times.rebalanceMs,
      heartbeatInterval: times.heartbeatMs,
      heartbeatStallTimeout: times.sessionMs,
      autocommit: false,
    });
    this.#consumer = consumer;
    try {
      const broken = Promise.withResolvers<never>();
      broken.promise.catch(() => undefined);
      consumer.on('error', (error) => broken.reject(error));
      consumer.on('consumer:heartbeat:stalled', ({ lastError }) =>
        broken.reject(new Error('no heartbeat of the group was answered', { cause: lastError })),
      );
      const present = await Promise.race([readTopics(consumer, topics), broken.promise, this.#closed()]);
      if (present === undefined) return;
      const missing = topics.filter((topic) => !present.has(topic));
      if (missing.length > 0) this.#options.onMissingTopics(missing);
      if (present.size > 0) {
        consumer.topics.trackAll(...present.keys());
        consumer.on('consumer:group:join', ({ assignments }) => {
          onJoined();
          this.#options.onAssigned(partitionsOf(assignments ?? [], present));
        });
        await Promise.race([consumer.joinGroup({}), broken.promise, this.#closed()]);
      }
      await Promise.race([this.#untilTopicsChange(consumer, present), broken.promise]);
    } finally {
      this.#consumer = null;
      await this.#leave(consumer);
    }
  }

  /** Resolves when the cluster's topics differ from `present`, or on closing. */
  async #untilTopicsChange(consumer: Consumer, present: ReadonlyMap<string, TopicState>): Promise<void> {
    const { topics, times } = this.#options;
    while (!this.#closing.signal.aborted) {
      await this.#pause(times.topicsMs);
      if (this.#closing.signal.aborted) return;
      // A cluster that does not answer says nothing of its topics; the heartbeats tell whether it is gone.
      const now = await readTopics(consumer, topics).catch(() => present);
      if (!isSameTopics(present, now)) return;
    }
  }

  /** Waits, unless it is closed or the topics are to be looked at before. */
  async #pause(milliseconds: number): Promise<void> {
    const wake = new AbortController();
    this.#lookAtTopics = () => wake.abort();
    const signal = AbortSignal.any([wake.signal, this.#closing.signal]);
    await sleep(milliseconds, undefined, { signal }).catch(() => undefined);
    this.#lookAtTopics = null;
  }

  #closed(): Promise<void> {
    const { signal } = this.#closing;
    if (signal.aborted) return Promise.resolve();
    return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  }

  async #leave(consumer: Consumer): Promise<void> {
    // Without an id there is nobody to sign off; the client then only stops its heartbeats.
    if (this.#options.instance !== null) consumer.memberId = null;
    const left = new Promise<void>((resolve) => consumer.leaveGroup(true, () => resolve()));
    await atMost(LEAVE_WITHIN_MS, left);
    await atMost(LEAVE_WITHIN_MS, consumer.close(true));
  }
}

function partitionsOf(
  assignments: readonly { readonly topic: string; readonly partitions: readonly number[] }[],
  present: ReadonlyMap<string, TopicState>,
): AssignedPartition[] {
  return assignments.flatMap(({ topic, partitions }) => {
    // A leader that has seen a topic before this process did: it is looked at again soon.
    const state = present.get(topic);
    return state === undefined
      ? []
      : partitions.map((partition) => ({ topic, topicId: state.id, partition }));
  });
}
