import type { Queryable } from '../queryable.ts';

/**
 * Makes a session fit to correlate: told of new evidence and of changes of the registry, and with plans that probe by keys. Left
 * alone, a plan made while a table was small reads it from end to end for each of 20,000 meters (measured: 90 s instead of 60 ms).
 */
export async function prepareSession(session: Queryable): Promise<void> {
  await session.query('set enable_seqscan = off');
  // A process that is frozen within a transaction holds its locks until the database ends the session.
  await session.query(`set idle_in_transaction_session_timeout = '30s'`);
  await session.query('listen lastgasp_evidence');
  await session.query('listen lastgasp_registry');
}

/** What tells the process that correlates that somebody waits for silence to be counted until now. */
const UNTIL_NOW = 'until now';

/** Asks the process that correlates, whichever it is, to count silence until now although no evidence comes. */
export async function askUntilNow(client: Queryable): Promise<void> {
  await client.query(`select pg_notify('lastgasp_evidence', '${UNTIL_NOW}')`);
}

/** Whether a notification that a prepared session got is such a request. */
export function asksUntilNow({ payload }: { readonly payload?: string | undefined }): boolean {
  return payload === UNTIL_NOW;
}
