import type { ProviderPolicy } from '@lastgasp/engine';
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import { lookAtProviders } from './watch-providers.ts';

const LOOK_EVERY_MS = 15_000;

// A start is when senders that waited come again: what they had missed must not be judged before they had the time.
const FIRST_LOOK_AFTER_MS = 60_000;

/** Looks at the providers as long as it runs; one look at a time, and one process of several. */
export interface ProviderWatch {
  /** Finishes the look under way. */
  readonly stop: () => Promise<void>;
}

/** Begins to watch the providers; what fails is logged and tried again at the next look. */
export function startProviderWatch(pool: Pool, policy: ProviderPolicy, log: Logger): ProviderWatch {
  let looking: Promise<void> = Promise.resolve();
  let isStopped = false;
  let timer = setTimeout(next, FIRST_LOOK_AFTER_MS);
  function next(): void {
    looking = look().finally(() => {
      if (!isStopped) timer = setTimeout(next, LOOK_EVERY_MS);
    });
  }
  async function look(): Promise<void> {
    try {
      for (const { source, condition, change, reason } of (await lookAtProviders(pool, { policy })) ?? []) {
        const figures = { source, condition, ...(reason === null ? {} : { reason }) };
        if (change === 'over') log.info(figures, 'a provider is well again');
        else log.warn(figures, 'a provider is sick');
      }
    } catch (error) {
      log.warn({ err: error }, 'the providers could not be judged');
    }
  }
  return {
    stop: async () => {
      isStopped = true;
      clearTimeout(timer);
      await looking;
    },
  };
}
