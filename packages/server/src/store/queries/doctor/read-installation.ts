import { CONTRACT_FUNCTIONS, CONTRACT_TABLES, CONTRACT_VIEWS } from '../../contract-objects.ts';
import type { Queryable } from '../queryable.ts';

/** What the database is and holds, as far as the contract asks. */
export interface Installation {
  readonly version: number;
  readonly versionText: string;
  readonly fsync: boolean;
  readonly missingTables: readonly string[];
  readonly missingViews: readonly string[];
  readonly missingFunctions: readonly string[];
  readonly validIndexes: number;
  readonly invalidIndexes: readonly string[];
  readonly hasUpdateTrigger: boolean;
  readonly hasAppendOnlyTrigger: boolean;
}

/** Looks the contract's objects up in the catalog. */
export async function readInstallation(client: Queryable): Promise<Installation> {
  const { rows } = await client.query(
    `select current_setting('server_version_num')::int as version, current_setting('server_version') as version_text,
       current_setting('fsync') = 'on' as fsync,
       array(select t from unnest($1::text[]) t where to_regclass('public.' || t) is null) as missing_tables,
       array(select v from unnest($2::text[]) v where to_regclass('public.' || v) is null) as missing_views,
       array(select f from unnest($3::text[]) f where to_regprocedure('public.' || f) is null) as missing_functions,
       (select count(*)::int from pg_index i join pg_class c on c.oid = i.indexrelid
         where c.relnamespace = 'public'::regnamespace and i.indisvalid) as valid_indexes,
       array(select c.relname::text from pg_index i join pg_class c on c.oid = i.indexrelid
         where c.relnamespace = 'public'::regnamespace and not i.indisvalid) as invalid_indexes,
       exists (select from pg_trigger g join pg_proc p on p.oid = g.tgfoid where g.tgrelid = to_regclass('public.oms_meters')
         and p.proname = 'tg_set_updated_at' and g.tgenabled <> 'D') as update_trigger,
       exists (select from pg_trigger g join pg_proc p on p.oid = g.tgfoid where g.tgrelid = to_regclass('public.oms_meter_status_events')
         and p.proname = 'tg_refuse_change' and g.tgenabled <> 'D') as append_only_trigger`,
    [CONTRACT_TABLES, CONTRACT_VIEWS, CONTRACT_FUNCTIONS],
  );
  const row = rows[0];
  return {
    version: row.version,
    versionText: row.version_text,
    fsync: row.fsync,
    missingTables: row.missing_tables,
    missingViews: row.missing_views,
    missingFunctions: row.missing_functions,
    validIndexes: row.valid_indexes,
    invalidIndexes: row.invalid_indexes,
    hasUpdateTrigger: row.update_trigger,
    hasAppendOnlyTrigger: row.append_only_trigger,
  };
}
