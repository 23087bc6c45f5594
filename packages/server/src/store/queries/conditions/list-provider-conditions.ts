import type { ProviderCondition, SourceType } from '@lastgasp/model';
import type { Queryable } from '../queryable.ts';

/** What is noted of a provider. */
export interface StoredCondition {
  readonly source: SourceType;
  readonly condition: ProviderCondition;
  readonly startsAt: Date;
  readonly endsAt: Date | null;
  readonly lagSeconds: number | null;
  readonly note: string | null;
  /** Found by the system; false where a person noted it or took it over. */
  readonly isAutomatic: boolean;
  readonly createdBy: string;
  readonly updatedBy: string;
}

interface ConditionRow {
  source_type: SourceType;
  condition: ProviderCondition;
  starts_at: Date;
  ends_at: Date | null;
  lag_seconds: number | null;
  note: string | null;
  is_automatic: boolean;
  created_by: string;
  updated_by: string;
}

/** What is noted of the providers, newest start first: what lasts, or all of it. */
export async function listProviderConditions(
  database: Queryable,
  { isAll = false }: { readonly isAll?: boolean } = {},
): Promise<readonly StoredCondition[]> {
  const { rows } = await database.query<ConditionRow>(
    `select source_type, condition, starts_at, ends_at, lag_seconds, note, is_automatic, created_by, updated_by
     from oms_provider_conditions
     where $1 or coalesce(ends_at, 'infinity') > now()
     order by starts_at desc, id desc`,
    [isAll],
  );
  return rows.map((row) => ({
    source: row.source_type,
    condition: row.condition,
    startsAt: row.starts_at,
    endsAt: row.ends_at,
    lagSeconds: row.lag_seconds,
    note: row.note,
    isAutomatic: row.is_automatic,
    createdBy: row.created_by,
    updatedBy: row.updated_by,
  }));
}
