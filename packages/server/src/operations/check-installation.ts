import {
  CONTRACT_FUNCTIONS,
  CONTRACT_INDEXES,
  CONTRACT_TABLES,
  CONTRACT_VIEWS,
} from '../store/contract-objects.ts';
import type { Installation } from '../store/queries/doctor/read-installation.ts';
import type { SiteData } from '../store/queries/doctor/read-site-data.ts';

/** One criterion of a working installation, and what was found. */
export interface Check {
  readonly check: string;
  readonly ok: boolean;
  readonly detail: string;
}

/** Oldest PostgreSQL whose features the schema uses. */
const OLDEST_VERSION = 150_000;

/** A provider that was silent for longer has something wrong between it and us: each sends many a day. */
const SILENCE_HOURS = 24;

/** Evidence that waits longer means that nobody correlates. */
const CORRELATION_LAG_SECONDS = 60;

/** Real registries always have a few meters nobody can place; more than these make outages uncountable. */
const LINKED_SHARE = 0.95;

export interface InstallationFacts {
  readonly installation: Installation;
  readonly pendingMigrations: readonly string[];
  /** Null where the tables are not there to be counted. */
  readonly site: SiteData | null;
  /** Null where no correlator has run on this database. */
  readonly correlatorLagSeconds: number | null;
  readonly now: Date;
}

/** Every criterion of a working installation as a line that passes or fails, in the order to mend them. */
export function checkInstallation(facts: InstallationFacts): readonly Check[] {
  const { installation, site } = facts;
  return [
    check(
      'database is PostgreSQL 15 or newer',
      installation.version >= OLDEST_VERSION,
      installation.versionText,
    ),
    check('commits survive a power cut', installation.fsync, `fsync is ${installation.fsync ? 'on' : 'off'}`),
    check(
      'schema is current',
      facts.pendingMigrations.length === 0,
      facts.pendingMigrations.length === 0
        ? 'no migration is pending'
        : `run "lastgasp migrate" for ${facts.pendingMigrations.join(', ')}`,
    ),
    presence('tables', CONTRACT_TABLES.length, installation.missingTables),
    presence('views', CONTRACT_VIEWS.length, installation.missingViews),
    presence('functions', CONTRACT_FUNCTIONS.length, installation.missingFunctions),
    check(
      `at least ${CONTRACT_INDEXES} indexes, all of them valid`,
      installation.validIndexes >= CONTRACT_INDEXES && installation.invalidIndexes.length === 0,
      installation.invalidIndexes.length === 0
        ? `${installation.validIndexes} indexes`
        : `not valid: ${installation.invalidIndexes.join(', ')}`,
    ),
    check('updated_at of meters is kept by trigger', installation.hasUpdateTrigger, 'oms_meters'),
    check('the audit trail is append-only', installation.hasAppendOnlyTrigger, 'oms_meter_status_events'),
    ...(site === null ? [] : checkSite(site, facts.correlatorLagSeconds, facts.now)),
  ];
}

function checkSite(site: SiteData, correlatorLagSeconds: number | null, now: Date): readonly Check[] {
  const hasEvents = Object.values(site.lastReceivedAt).some((at) => at !== null);
  const heard = (name: string, at: Date | null): Check =>
    check(
      `${name} was heard in the last ${SILENCE_HOURS} hours`,
      at !== null && now.getTime() - at.getTime() < SILENCE_HOURS * 3_600_000,
      at === null ? 'never heard' : `last event received ${at.toISOString()}`,
    );
  return [
    check('substations are registered', site.substations > 0, String(site.substations)),
    check('feeders are registered', site.feeders > 0, String(site.feeders)),
    check('meters are registered', site.meters > 0, String(site.meters)),
    check(
      'meters are linked to feeders',
      site.meters > 0 && site.linkedMeters >= LINKED_SHARE * site.meters,
      `${site.linkedMeters} of ${site.meters}`,
    ),
    heard('SCADA', site.lastReceivedAt.scada),
    heard('ONU', site.lastReceivedAt.onu),
    heard('KAIFA', site.lastReceivedAt.kaifa),
    heard('Call Center', site.lastReceivedAt.callCenter),
    check(
      'evidence is correlated as it comes',
      correlatorLagSeconds === null ? !hasEvents : correlatorLagSeconds < CORRELATION_LAG_SECONDS,
      correlatorLagSeconds === null
        ? hasEvents
          ? 'no correlator has run'
          : 'nothing came yet'
        : `${correlatorLagSeconds.toFixed(1)} s behind`,
    ),
  ];
}

const check = (name: string, passed: boolean, detail: string): Check => ({ check: name, ok: passed, detail });

const presence = (what: string, expected: number, missing: readonly string[]): Check =>
  check(
    `all ${expected} ${what} of the contract are there`,
    missing.length === 0,
    missing.length === 0 ? `${expected} of ${expected}` : `missing: ${missing.join(', ')}`,
  );
