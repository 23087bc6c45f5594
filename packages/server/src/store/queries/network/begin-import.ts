import type { Queryable } from '../queryable.ts';

/** One import at a time: two that both add a row would otherwise end in a unique violation. */
const IMPORT_LOCK = 1_818_714_984;

/**
 * Prepares the transaction of an import: waits for another import to end, defers the matching of kept events
 * to the end, and lets statements and joins be as large as the network is.
 */
export async function beginImport(client: Queryable): Promise<void> {
  await client.query(`
    set local statement_timeout = 0;
    set local idle_in_transaction_session_timeout = 0;
    set local work_mem = '128MB';
    set local lastgasp.defer_rematch = 'on'`);
  await client.query('select pg_advisory_xact_lock($1)', [IMPORT_LOCK]);
}
