import {
  CONTRACT_FUNCTIONS,
  CONTRACT_INDEXES,
  CONTRACT_TABLES,
  CONTRACT_VIEWS,
} from '../store/contract-objects.ts';
import type { Installation } from '../store/queries/doctor/read-installation.ts';
import { type Check, check, count } from './check.ts';
import { checkSiteData, type SiteFacts } from './check-site-data.ts';

/** Oldest PostgreSQL whose features the schema uses. */
const OLDEST_VERSION = 150_000;

/** What the checks look at. */
export interface InstallationFacts {
  readonly installation: Installation;
  readonly pendingMigrations: readonly string[];
  readonly site: SiteFacts;
}

/**
 * Every criterion of a working installation as a line that passes or fails, in the order to mend them. What is not there
 * yet fails: a line never passes because there was nothing to look at.
 */
export function checkInstallation(facts: InstallationFacts): readonly Check[] {
  return [...checkServer(facts.installation), ...checkSchema(facts), ...checkSiteData(facts.site)];
}

function checkServer({ version, versionText, fsync }: Installation): readonly Check[] {
  return [
    check('database', version >= OLDEST_VERSION, {
      wanted: 'PostgreSQL 15 or newer',
      detail: `PostgreSQL ${versionText}`,
      next: 'upgrade the server, or leave DATABASE_URL out to use the one that comes along',
    }),
    check('commits survive a power cut', fsync, {
      wanted: 'fsync is on',
      detail: `fsync is ${fsync ? 'on' : 'off'}`,
      next: 'set fsync = on in postgresql.conf and restart PostgreSQL',
    }),
  ];
}

function checkSchema({ installation, pendingMigrations: pending }: InstallationFacts): readonly Check[] {
  // Migrations that ran do not run again: what somebody dropped since comes back from a backup.
  const mend =
    pending.length > 0
      ? 'lastgasp migrate'
      : 'restore the database from a backup; sql/schema.sql shows what belongs there';
  const presence = (what: string, expected: number, missing: readonly string[]): Check =>
    check(what, missing.length === 0, {
      wanted: `all ${expected} of the contract`,
      detail:
        missing.length === 0
          ? `${expected} of ${expected}`
          : `${expected - missing.length} of ${expected}; missing: ${missing.join(', ')}`,
      next: mend,
    });
  const trigger = (name: string, isThere: boolean, table: string): Check =>
    check(name, isThere, {
      wanted: `a trigger on ${table}`,
      detail: isThere ? 'there, and enabled' : 'not there, or disabled',
      next: mend,
    });
  const { validIndexes, invalidIndexes } = installation;
  const [firstInvalid] = invalidIndexes;
  return [
    check('schema', pending.length === 0, {
      wanted: 'no migration is pending',
      detail: pending.length === 0 ? 'none is pending' : `pending: ${pending.join(', ')}`,
      next: 'lastgasp migrate',
    }),
    presence('tables', CONTRACT_TABLES.length, installation.missingTables),
    presence('views', CONTRACT_VIEWS.length, installation.missingViews),
    presence('functions', CONTRACT_FUNCTIONS.length, installation.missingFunctions),
    check('indexes', validIndexes >= CONTRACT_INDEXES && firstInvalid === undefined, {
      wanted: `at least ${CONTRACT_INDEXES}, all of them valid`,
      detail:
        firstInvalid === undefined
          ? count(validIndexes)
          : `${count(validIndexes)}, and not valid: ${invalidIndexes.join(', ')}`,
      next: firstInvalid === undefined ? mend : `lastgasp sql "reindex index concurrently ${firstInvalid}"`,
    }),
    trigger('updated_at of meters is kept', installation.hasUpdateTrigger, 'oms_meters'),
    trigger('the audit trail is append-only', installation.hasAppendOnlyTrigger, 'oms_meter_status_events'),
  ];
}
