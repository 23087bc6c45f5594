import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import type { Policy } from '@lastgasp/engine';
import type { CorrelatorLog } from './correlator.ts';

/** What the thread is given. */
export interface ThreadTask {
  /** Address of the database, password included. */
  readonly url: string;
  readonly policy: Policy;
}

/** A line for the log of the process, as the thread sends it. */
export interface ThreadLine {
  readonly level: 'info' | 'warn';
  readonly figures: object;
  readonly message: string;
}

/** A correlator on a thread of its own. */
export interface CorrelatorThread {
  /** Finishes the step under way and ends the thread. */
  readonly stop: () => Promise<void>;
}

const BEGIN_AGAIN_MS = 1_000;

/**
 * Correlates on a thread with connections of its own, so that requests are answered and messages taken while it judges: in a
 * storm one judgement keeps a thread busy for a second. A thread that dies is begun anew.
 */
export function startCorrelatorThread(task: ThreadTask, log: CorrelatorLog): CorrelatorThread {
  const stopping = new AbortController();
  let worker: Worker | null = null;
  const live = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      worker = new Worker(new URL('./correlator-thread-main.ts', import.meta.url), { workerData: task });
      worker.on('message', ({ level, figures, message }: ThreadLine) => log[level](figures, message));
      worker.on('error', (error) => log.warn({ err: error }, 'the thread of the correlator died'));
      await new Promise((resolve) => worker?.once('exit', resolve));
      worker = null;
      if (!stopping.signal.aborted)
        await sleep(BEGIN_AGAIN_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  };
  const living = live();
  return {
    stop: async () => {
      stopping.abort();
      worker?.postMessage('stop');
      await living;
    },
  };
}
