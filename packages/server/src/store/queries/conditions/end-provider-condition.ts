import type { ProviderCondition } from '@lastgasp/model';
import type { Queryable } from '../queryable.ts';

/** Ends what is noted of a provider, now unless told; false where nothing of the kind lasts. Throws LGINV naming the field. */
export async function endProviderCondition(
  database: Queryable,
  ended: {
    readonly source: string;
    readonly condition: ProviderCondition;
    readonly endsAt: string | null;
    readonly endedBy: string;
  },
): Promise<boolean> {
  const { rows } = await database.query<{ ended: boolean }>(
    'select end_provider_condition($1, $2, coalesce($3::timestamptz, now()), $4) as ended',
    [ended.source, ended.condition, ended.endsAt, ended.endedBy],
  );
  return rows[0]?.ended === true;
}
