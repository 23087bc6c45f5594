import { PROVIDERS, type Provider } from '@lastgasp/model';
import { describe, inject } from 'vitest';
import { seedSmallNetwork } from '../test/small-network.ts';
import { createTestDatabase } from '../test/test-database.ts';
import { describeWayIn, type WayIn } from '../test/way-in-conformance.ts';
import { startReader, untilTaken } from './kafka-way-in.ts';
import { createTestTopics } from './topics.ts';

const broker = inject('broker');

describe.skipIf(broker === null)('Kafka', () => {
  describeWayIn('from Kafka topics', async (): Promise<WayIn> => {
    const database = await createTestDatabase();
    await seedSmallNetwork(database.pool);
    const topics = await createTestTopics(broker?.brokers ?? '', { partitions: 1 });
    const reader = await startReader(database, topics);
    const sent = Object.fromEntries(PROVIDERS.map((provider) => [provider, 0])) as Record<Provider, number>;
    return {
      database,
      transport: 'kafka',
      send: async (provider, bodies) => {
        await topics.put(provider, bodies);
        sent[provider] += bodies.length;
        await untilTaken(database.pool, topics, provider, sent[provider]);
      },
      close: async () => {
        await reader.close();
        await topics.close();
        await database.drop();
      },
    };
  });
});
