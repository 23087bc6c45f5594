import { readEvidenceLag } from '../correlate/read-evidence-lag.ts';
import type { Queryable } from '../queryable.ts';

/**
 * Seconds since the oldest evidence was received that the correlator has not read; 0 where it has read all,
 * null where no correlator has ever run on this database.
 */
export async function readCorrelatorLagSeconds(database: Queryable): Promise<number | null> {
  const { rows } = await database.query('select from oms_evidence_positions');
  return rows.length === 0 ? null : (await readEvidenceLag(database)).ageSeconds;
}
