import type { Queryable } from '../queryable.ts';
import { runLong } from './store-rows.ts';

/** Brings what is fed through ties to the network and its switches as they are now. */
export async function refreshTransfers(client: Queryable): Promise<void> {
  await runLong(client, 'select refresh_transfers()');
}
