// The thread of `startCorrelatorThread`.
import { parentPort, workerData } from 'node:worker_threads';
import { createPool } from '../store/pool.ts';
import { Correlator } from './correlator.ts';
import type { ThreadLine, ThreadTask } from './correlator-thread.ts';

const CONNECTIONS = 3;

const { url, policy } = workerData as ThreadTask;
const say = (line: ThreadLine): void => parentPort?.postMessage(line);
const pool = createPool(url, {
  applicationName: 'lastgasp correlator',
  max: CONNECTIONS,
  onIdleError: (error) =>
    say({
      level: 'warn',
      figures: { err: error },
      message: 'an idle connection was ended by the database',
    }),
});
const correlator = new Correlator(
  { pool },
  {
    log: {
      info: (figures, message) => say({ level: 'info', figures, message }),
      warn: (figures, message) => say({ level: 'warn', figures, message }),
    },
    policy,
  },
);
parentPort?.once('message', () => {
  void correlator.stop().then(() => pool.end());
});
correlator.start();
