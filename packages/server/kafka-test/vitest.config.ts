import { defineConfig } from 'vitest/config';

// Apart from the other tests, because these need an Apache Kafka broker: npm run test:kafka.
export default defineConfig({
  test: {
    name: 'kafka',
    include: ['packages/server/kafka-test/*.test.ts'],
    globalSetup: ['packages/server/test/global-setup.ts', 'packages/server/kafka-test/start-test-broker.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // One broker, which some of them stop: one after the other.
    fileParallelism: false,
  },
});
