import type { ProviderCondition } from '@lastgasp/model';
import type { Queryable } from '../queryable.ts';

/** What is wrong with a provider, to be noted; instants in RFC 3339. */
export interface ConditionNote {
  readonly source: string;
  readonly condition: ProviderCondition;
  /** Now where it is null. */
  readonly startsAt: string | null;
  readonly endsAt: string | null;
  readonly lagSeconds: number | null;
  readonly note: string | null;
  readonly notedBy: string;
}

/** Notes a condition; the same note again changes nothing. Throws LGINV naming the field. */
export async function noteProviderCondition(database: Queryable, noted: ConditionNote): Promise<void> {
  await database.query(
    'select note_provider_condition($1, $2, coalesce($3::timestamptz, now()), $4, $5, $6, $7)',
    [
      noted.source,
      noted.condition,
      noted.startsAt,
      noted.endsAt,
      noted.lagSeconds,
      noted.note,
      noted.notedBy,
    ],
  );
}
