import { setTimeout as sleep } from 'node:timers/promises';
import { PROVIDERS, type Provider } from '@lastgasp/model';
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import { IngestQueue } from '../src/ingest/ingest-queue.ts';
import type { GroupTimes } from '../src/kafka/group-membership.ts';
import { KafkaSource } from '../src/kafka/kafka-source.ts';
import type { SliceReceiver } from '../src/kafka/partition-reader.ts';
import { createLog } from '../src/log.ts';
import { configFor } from '../test/api-server.ts';
import type { TestDatabase } from '../test/test-database.ts';
import type { TestTopics } from './topics.ts';

/** A group that notices within seconds what a real one notices within a minute. */
export const HASTY: Partial<GroupTimes> = {
  sessionMs: 6_000,
  rebalanceMs: 6_000,
  heartbeatMs: 300,
  topicsMs: 1_000,
  retryMs: [100, 1_000],
};

/** One consumer with a queue of its own, as a process of `serve --roles ingest` has. */
export interface Reader {
  readonly source: KafkaSource;
  readonly queue: IngestQueue;
  /** What it logged, a JSON object a line. */
  readonly logged: () => string;
  readonly close: () => Promise<void>;
}

export interface ReaderOptions {
  readonly environment?: Readonly<Record<string, string>>;
  /** Stands between the partitions and the queue. */
  readonly between?: (queue: IngestQueue) => SliceReceiver;
}

export async function startReader(
  database: TestDatabase,
  topics: TestTopics,
  { environment = {}, between = (queue) => queue }: ReaderOptions = {},
): Promise<Reader> {
  const lines: string[] = [];
  const log: Logger = createLog('debug', { write: (line: string) => void lines.push(line) });
  const queue = new IngestQueue({ pool: database.pool });
  const source = await KafkaSource.start({
    config: configFor(database.url, { ...topics.environment, ...environment }).kafka,
    receiver: between(queue),
    pool: database.pool,
    log,
    times: HASTY,
  });
  return {
    source,
    queue,
    logged: () => lines.join(''),
    close: async () => {
      await source.close();
      await queue.close();
    },
  };
}

/** Resolves when the stored positions of a provider's topic add up to `messages`. */
export async function untilTaken(
  pool: Pool,
  topics: TestTopics,
  provider: Provider,
  messages: number,
): Promise<void> {
  await until(
    async () => (await takenOf(pool, topics, provider)) >= messages,
    () => `${messages} messages of ${provider}`,
  );
}

export async function takenOf(pool: Pool, topics: TestTopics, provider: Provider): Promise<number> {
  const { rows } = await pool.query<{ taken: string | null }>(
    'select sum(next_offset) as taken from oms_source_positions where topic = $1',
    [topics.names[provider]],
  );
  return Number(rows[0]?.taken ?? 0);
}

/** Waits for something that comes by itself; gives up after a minute, so that a test fails instead of hanging. */
export async function until(
  isSo: () => boolean | Promise<boolean>,
  what: () => string = () => 'it',
): Promise<void> {
  const giveUpAt = performance.now() + 60_000;
  while (!(await isSo())) {
    if (performance.now() > giveUpAt) throw new Error(`waited in vain for ${what()}`);
    await sleep(50);
  }
}

/** The partitions that a reader has, as `provider partition`. */
export function partitionsOf(reader: Reader, topics: TestTopics): string[] {
  return reader.source.state.partitions
    .map(({ topic, partition }) => {
      const provider = PROVIDERS.find((one) => topics.names[one] === topic);
      return `${provider} ${partition}`;
    })
    .toSorted();
}
