import type { Queryable } from '../queryable.ts';

/** Who decides that a message is not to be taken, and why. */
export interface Discard {
  readonly by: string;
  readonly reason: string;
}

/** Marks a dead letter that is set aside as discarded now; false where there is none of that id that still is. */
export async function discardDeadLetter(
  client: Queryable,
  id: number,
  { by, reason }: Discard,
): Promise<boolean> {
  const { rowCount } = await client.query(
    `update oms_dead_letters set status = 'discarded', discarded_at = now(), discarded_by = $2, discard_reason = $3
     where id = $1 and status = 'set_aside'`,
    [id, by, reason],
  );
  return rowCount === 1;
}
