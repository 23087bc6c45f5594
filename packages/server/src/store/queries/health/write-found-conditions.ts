import type { ConditionChanges } from '@lastgasp/engine';
import type { Queryable } from '../queryable.ts';
import type { MeasuredProvider } from './read-provider-figures.ts';

/** Who found it, in `created_by` and `updated_by` of a condition that no person noted. */
export const FOUND_BY = 'lastgasp';

/** Notes, changes and ends what the system found; a trigger writes each down and wakes the correlator. */
export async function writeFoundConditions(
  client: Queryable,
  source: MeasuredProvider['source'],
  { note, relag, end }: ConditionChanges,
): Promise<void> {
  for (const { condition, since, lagSeconds, reason } of note) {
    await client.query(
      `insert into oms_provider_conditions (source_type, condition, starts_at, lag_seconds, note, is_automatic, created_by, updated_by)
       values ($1, $2, to_timestamp($3), $4, $5, true, $6, $6)
       on conflict do nothing`,
      [source, condition, since, lagSeconds, reason, FOUND_BY],
    );
  }
  for (const { condition, lagSeconds } of relag) {
    await client.query(
      `update oms_provider_conditions set lag_seconds = $3, updated_by = $4
       where source_type = $1 and condition = $2 and ends_at is null and is_automatic`,
      [source, condition, lagSeconds, FOUND_BY],
    );
  }
  for (const { condition, at } of end) {
    await client.query(
      `update oms_provider_conditions set ends_at = greatest(starts_at, to_timestamp($3)), updated_by = $4
       where source_type = $1 and condition = $2 and ends_at is null and is_automatic`,
      [source, condition, at, FOUND_BY],
    );
  }
}
