import { defineConfig } from 'vitest/config';

// Apart from the other tests, because these need a browser: npm run test:browser.
export default defineConfig({
  test: {
    name: 'browser',
    include: ['packages/console/browser-test/*.test.ts'],
    globalSetup: ['packages/console/browser-test/tell-browser.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // A browser and a server with its database each: one after the other.
    fileParallelism: false,
  },
});
