import type { Policy } from '@lastgasp/engine';
import type { Database } from '../store/connect.ts';
import { Correlator, type CorrelatorLog } from './correlator.ts';

const SILENT: CorrelatorLog = { info: () => undefined, warn: () => undefined };

/**
 * Resolves when everything committed before the call is correlated: by the process that correlates, where one does, else right
 * here. Needs two connections of the pool.
 */
export async function awaitCorrelated(database: Pick<Database, 'pool'>, policy?: Policy): Promise<void> {
  const correlator = new Correlator(database, { log: SILENT, policy });
  correlator.start();
  try {
    await correlator.catchUp();
  } finally {
    await correlator.stop();
  }
}
