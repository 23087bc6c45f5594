import type { Queryable } from '../queryable.ts';
import { runLong } from './store-rows.ts';

/** Matches kept events with the registry again; gives how many found their place. */
export async function rematchKeptEvents(client: Queryable): Promise<number> {
  const [found] = await runLong<{ matched: number }>(
    client,
    'select rematch_unmatched_identifiers() as matched',
  );
  return found?.matched ?? 0;
}
