import { defineConfig } from 'vitest/config';

// Apart from the other tests, because these need a browser: npm run test:browser.
export default defineConfig({
  test: {
    name: 'browser',
    root: import.meta.dirname,
    include: ['*.test.ts'],
    globalSetup: ['tell-browser.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // A browser and a server with its database each: one after the other.
    fileParallelism: false,
  },
});
