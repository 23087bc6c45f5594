import { randomBytes } from 'node:crypto';
import { PROVIDERS, type Provider } from '@lastgasp/model';
import { Admin, Producer } from '@platformatic/kafka';
import { splitBroker } from '../src/read-kafka-config.ts';

/** Four topics of one test's own, and the way to put messages there. */
export interface TestTopics {
  readonly names: Readonly<Record<Provider, string>>;
  /** What a server is to be started with. */
  readonly environment: Readonly<Record<string, string>>;
  /** Puts messages at the end of a partition, 0 unless told; null is a message without a value. */
  readonly put: (
    provider: Provider,
    messages: readonly (string | Uint8Array | object | null)[],
    options?: { readonly partition?: number; readonly compression?: 'gzip' | 'snappy' | 'lz4' | 'zstd' },
  ) => Promise<void>;
  readonly create: (provider: Provider, partitions: number) => Promise<void>;
  readonly remove: (provider: Provider) => Promise<void>;
  /** Deletes what is before `offset` of a partition, as retention does. */
  readonly deleteBefore: (provider: Provider, partition: number, offset: bigint) => Promise<void>;
  readonly addPartitions: (provider: Provider, count: number) => Promise<void>;
  /** The offsets that the broker was told, by `topic partition`. */
  readonly committed: () => Promise<ReadonlyMap<string, bigint>>;
  readonly close: () => Promise<void>;
}

const VARIABLES: Readonly<Record<Provider, string>> = {
  scada: 'KAFKA_TOPIC_SCADA',
  onu: 'KAFKA_TOPIC_ONU',
  kaifa: 'KAFKA_TOPIC_KAIFA',
  'call-center': 'KAFKA_TOPIC_CALL_CENTER',
};

/** Makes four topics on `brokers`, which are removed with `close`. */
export async function createTestTopics(
  brokers: string,
  {
    partitions = 2,
    only = PROVIDERS,
  }: { readonly partitions?: number; readonly only?: readonly Provider[] } = {},
): Promise<TestTopics> {
  const mark = randomBytes(4).toString('hex');
  const connection = { clientId: 'lastgasp-test', bootstrapBrokers: brokers.split(',').map(splitBroker) };
  const admin = new Admin(connection);
  const producer = new Producer({ ...connection, idempotent: true });
  const names = Object.fromEntries(PROVIDERS.map((provider) => [provider, `${provider}-${mark}`])) as Record<
    Provider,
    string
  >;
  const group = `lastgasp-${mark}`;

  const create = async (provider: Provider, count: number) => {
    await admin.createTopics({ topics: [names[provider]], partitions: count, replicas: 1 });
    // The one that made it may know of it before the one that leads it.
    await retry(() => admin.metadata({ topics: [names[provider]], forceUpdate: true }));
  };
  for (const provider of only) await create(provider, partitions);

  return {
    names,
    environment: {
      KAFKA_BROKERS: brokers,
      KAFKA_GROUP: group,
      ...Object.fromEntries(PROVIDERS.map((provider) => [VARIABLES[provider], names[provider]])),
    },
    put: async (provider, messages, { partition = 0, compression } = {}) => {
      for (let begin = 0; begin < messages.length; begin += 500) {
        await producer.send({
          messages: messages.slice(begin, begin + 500).map((message) => ({
            topic: names[provider],
            partition,
            // The types know no message without a value; the protocol does.
            value: (message === null ? null : bytesOf(message)) as Buffer,
          })),
          acks: -1,
          ...(compression === undefined ? {} : { compression }),
        });
      }
    },
    create,
    remove: async (provider) => {
      await admin.deleteTopics({ topics: [names[provider]] });
      producer.clearMetadata();
    },
    deleteBefore: async (provider, partition, offset) => {
      await admin.deleteRecords({
        topics: [{ name: names[provider], partitions: [{ partition, offset }] }],
      });
    },
    addPartitions: async (provider, count) => {
      const topic = names[provider];
      const { brokers: nodes, topics } = await admin.metadata({ topics: [topic], forceUpdate: true });
      const added = count - (topics.get(topic)?.partitionsCount ?? 0);
      const assignments = Array.from({ length: added }, () => ({ brokerIds: [...nodes.keys()].slice(0, 1) }));
      await admin.createPartitions({ topics: [{ name: topic, count, assignments }] });
      producer.clearMetadata();
    },
    committed: async () => {
      const groups = await admin.listConsumerGroupOffsets({ groups: [group] });
      return new Map(
        groups.flatMap(({ topics }) =>
          topics.flatMap(({ name, partitions }) =>
            partitions.map((one) => [`${name} ${one.partitionIndex}`, one.committedOffset] as const),
          ),
        ),
      );
    },
    close: async () => {
      await admin.deleteTopics({ topics: Object.values(names) }).catch(() => undefined);
      await producer.close();
      await admin.close();
    },
  };
}

function bytesOf(message: string | Uint8Array | object): Buffer {
  if (message instanceof Uint8Array) return Buffer.from(message);
  return Buffer.from(typeof message === 'string' ? message : JSON.stringify(message));
}

async function retry<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (attempt === 20) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
