import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

// One more than there are processors, since database tests wait much; not more than the server has connections for.
const maxWorkers = Math.min(availableParallelism() + 1, 4);

// Nothing is held at module level, so files can share a process: loading everything anew for each one took half the time.
const isolate = false;

// Only against what hangs: a machine that does other work as well is slow, and no test fails for that.
const testTimeout = 60_000;
const expect = { poll: { timeout: 30_000 } };

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
          expect,
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
          expect,
          hookTimeout: 60_000,
          // The threads and processes that tests start compile nothing twice, like those of the command line.
          env: {
            NODE_COMPILE_CACHE: fileURLToPath(new URL('node_modules/.cache/lastgasp', import.meta.url)),
          },
          isolate,
          maxWorkers,
        },
      },
    ],
  },
});
