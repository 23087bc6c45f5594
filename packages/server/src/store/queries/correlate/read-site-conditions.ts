import { formatInstant, type Instant, type SiteConditions } from '@lastgasp/engine';
import type { Queryable } from '../queryable.ts';
import { microsOf } from './array-literal.ts';

type NotedCondition = SiteConditions['providers'][number];

interface WorkRow {
  device_key: number;
  starts_at: number;
  ends_at: number;
}

interface ConditionRow {
  source_type: NotedCondition['source'];
  condition: NotedCondition['condition'];
  starts_at: number;
  ends_at: number | null;
  lag_seconds: number | null;
}

/** Work that is announced and not cancelled, and what is noted of the providers, as far as it lasts until `since` or longer. */
export async function readSiteConditions(database: Queryable, since: Instant): Promise<SiteConditions> {
  const from = Number.isFinite(since) ? formatInstant(since) : '-infinity';
  const works = await database.query<WorkRow>(
    `select device_id::float8 as device_key, ${microsOf('starts_at')} as starts_at, ${microsOf('ends_at')} as ends_at
     from oms_planned_work
     where status = 'planned' and ends_at >= $1::timestamptz
     order by id`,
    [from],
  );
  const conditions = await database.query<ConditionRow>(
    `select source_type, condition, ${microsOf('starts_at')} as starts_at, ${microsOf('ends_at')} as ends_at, lag_seconds
     from oms_provider_conditions
     where coalesce(ends_at, 'infinity') >= $1::timestamptz
     order by id`,
    [from],
  );
  return {
    works: works.rows.map((row) => ({
      deviceKey: row.device_key,
      startsAt: row.starts_at,
      endsAt: row.ends_at,
    })),
    providers: conditions.rows.map((row) => ({
      source: row.source_type,
      condition: row.condition,
      startsAt: row.starts_at,
      endsAt: row.ends_at,
      lagSeconds: row.lag_seconds,
    })),
  };
}
