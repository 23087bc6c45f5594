import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

// One more than there are processors, since database tests wait much; not more than the server has connections for.
const maxWorkers = Math.min(availableParallelism() + 1, 4);

// Nothing is held at module level, so files can share a process: loading everything anew for each one took half the time.
const isolate = false;

// Only against what hangs: a machine that does other work as well is slow, and no test fails for that.
const testTimeout = 60_000;

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: [
            'packages/*/src/**/*.test.ts',
            'packages/console/test/**/*.test.ts',
            'scripts/**/*.test.ts',
          ],
          testTimeout,
          isolate,
          maxWorkers,
        },
      },
      {
        test: {
          name: 'database',
          include: ['packages/server/test/**/*.test.ts'],
          globalSetup: ['packages/server/test/global-setup.ts'],
          testTimeout,
          hookTimeout: 60_000,
          isolate,
          maxWorkers,
        },
      },
    ],
  },
});
