import type { PlannedWorkStatus } from '@lastgasp/model';
import type { Queryable } from '../queryable.ts';

/** What is to be other than it was announced; null stays. Instants in RFC 3339. */
export interface WorkChange {
  readonly startsAt: string | null;
  readonly endsAt: string | null;
  readonly description: string | null;
  readonly status: PlannedWorkStatus | null;
}

/** Changes announced work; false where it is like that already. Throws LGINV or LGNTF naming the field. */
export async function changePlannedWork(
  database: Queryable,
  workId: string,
  { startsAt, endsAt, description, status }: WorkChange,
  changedBy: string,
): Promise<boolean> {
  const { rows } = await database.query<{ changed: boolean }>(
    'select change_planned_work($1, $2, $3, $4, $5, $6) as changed',
    [workId, startsAt, endsAt, description, status, changedBy],
  );
  return rows[0]?.changed === true;
}
