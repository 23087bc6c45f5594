import type { ProviderCondition, SourceType } from '@lastgasp/model';
import type { Queryable } from '../queryable.ts';
import type { KeptFigures } from './keep-provider-health.ts';

/** How a provider does, as it was last measured, and what is noted of it. */
export interface StoredHealth {
  readonly source: Exclude<SourceType, 'system'>;
  /** Null where it never was measured. */
  readonly measuredAt: Date | null;
  readonly lastReceivedAt: Date | null;
  readonly figures: KeptFigures | null;
  readonly conditions: readonly HealthCondition[];
}

/** A condition that lasts now. */
export interface HealthCondition {
  readonly condition: ProviderCondition;
  readonly startsAt: string;
  readonly lagSeconds: number | null;
  readonly isAutomatic: boolean;
  readonly notedBy: string;
  readonly note: string | null;
}

interface Row {
  source_type: StoredHealth['source'];
  measured_at: Date | null;
  last_received_at: Date | null;
  figures: KeptFigures | null;
  conditions: HealthCondition[];
}

const HEALTH = `
  select p.source_type, h.measured_at, h.figures,
    greatest(h.last_received_at,
      (select max(m.last_received_at) from (
        select last_received_at from oms_provider_minutes
        where source_type = p.source_type order by minute desc limit 20) m)) as last_received_at,
    coalesce((select jsonb_agg(jsonb_build_object('condition', c.condition, 'startsAt', c.starts_at, 'lagSeconds', c.lag_seconds,
        'isAutomatic', c.is_automatic, 'notedBy', c.updated_by, 'note', c.note) order by c.starts_at, c.id)
      from oms_provider_conditions c
      where c.source_type = p.source_type and c.starts_at <= now() and coalesce(c.ends_at, 'infinity') > now()), '[]') as conditions
  from unnest(array['scada', 'onu', 'kaifa', 'call_center']) with ordinality as p (source_type, nth)
  left join oms_provider_health h on h.source_type = p.source_type
  order by p.nth`;

/** How the four providers do. */
export async function readProviderHealth(database: Queryable): Promise<readonly StoredHealth[]> {
  const { rows } = await database.query<Row>(HEALTH);
  return rows.map((row) => ({
    source: row.source_type,
    measuredAt: row.measured_at,
    lastReceivedAt: row.last_received_at,
    figures: row.figures,
    conditions: row.conditions.map((condition) => ({
      ...condition,
      startsAt: new Date(condition.startsAt).toISOString(),
    })),
  }));
}
