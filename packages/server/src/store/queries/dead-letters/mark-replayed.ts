import type { Queryable } from '../queryable.ts';

/** Marks a dead letter as taken now; again does no harm. */
export async function markReplayed(client: Queryable, id: number): Promise<void> {
  await client.query(
    `update oms_dead_letters set status = 'replayed', replayed_at = coalesce(replayed_at, now()) where id = $1`,
    [id],
  );
}
