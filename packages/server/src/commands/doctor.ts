import { type CommandModule, EXIT_CODES } from '../command-module.ts';
import type { Config } from '../config.ts';
import { checkInstallation } from '../operations/check-installation.ts';
import { migrateDatabase } from '../store/migrate.ts';
import { readInstallation } from '../store/queries/doctor/read-installation.ts';
import { readSiteData, type SiteData } from '../store/queries/doctor/read-site-data.ts';
import { readCorrelatorLagSeconds } from '../store/queries/reads/read-correlator-lag.ts';
import { counted } from '../terminal/counted.ts';
import { siteTimesFor } from '../terminal/format-site-time.ts';

/** `doctor`: each criterion of a working installation as a line that passes or fails; exit 1 where one fails. */
export const command: CommandModule = {
  register: (command, { config, openDatabase, output, exitWith }) => {
    command.option('--json', 'print a JSON array').action(async (options: { json?: boolean }) => {
      const database = await openDatabase({ max: 1, migrate: 'never' });
      const installation = await readInstallation(database.pool);
      const { pending } = await migrateDatabase(database.url, { dryRun: true });
      const isComplete = installation.missingTables.length === 0 && pending.length === 0;
      const data = isComplete ? await readSiteData(database.pool) : null;
      const times = siteTimesFor(output.isTerminal && options.json !== true, config.siteTimeZone);
      const checks = checkInstallation({
        installation,
        pendingMigrations: pending,
        site: {
          data,
          correlatorLagSeconds: isComplete ? await readCorrelatorLagSeconds(database.pool) : null,
          now: new Date(),
          url: addressOf(config),
          time: (at) => times.format(at.toISOString()) ?? '',
        },
      });
      output.rows(checks, {
        json: options.json,
        columns: [
          { title: 'result', value: (one) => (one.ok ? 'pass' : 'FAIL') },
          { title: 'check', value: (one) => one.check },
          { title: 'wanted', value: (one) => one.wanted },
          { title: times.title('found'), value: (one) => one.detail },
          { title: 'next', value: (one) => one.next },
        ],
      });
      if (data !== null) for (const note of notesOn(data)) output.progress(note);
      if (checks.some((one) => !one.ok)) exitWith(EXIT_CODES.failed);
    });
  },
};

/** Where a server of this configuration is reached from this machine. */
function addressOf({ host, port }: Pick<Config, 'host' | 'port'>): string {
  const name = ['0.0.0.0', '::'].includes(host) ? 'localhost' : host;
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}`;
}

/** What each kind of identifier is to an operator. */
const IDENTIFIER_WORDS: Readonly<Record<string, string>> = {
  substation_id: 'substations',
  feeder_id: 'feeders',
  onu_id: 'ONUs',
  meter_number: 'meter numbers',
  asset_mrid: 'meters by asset mRID',
  usage_point_mrid: 'meters by usage point mRID',
  phone: 'phones',
  address: 'addresses',
};

/** What each source of a message that was set aside is to an operator. */
const SOURCE_WORDS: Readonly<Record<string, string>> = {
  scada: 'SCADA',
  onu: 'ONU',
  kaifa: 'KAIFA',
  call_center: 'Call Center',
  unknown: 'of no known provider',
};

/** What is no fault of the installation, but wants a look. */
function notesOn({ deadLetters, unmatchedIdentifiers }: SiteData): string[] {
  const unknown = Object.entries(unmatchedIdentifiers).map(
    ([kind, identifiers]) => `${identifiers} ${IDENTIFIER_WORDS[kind] ?? kind}`,
  );
  const letters = Object.values(deadLetters).reduce((sum, one) => sum + one, 0);
  const sources = Object.entries(deadLetters).map(
    ([source, one]) => `${one} ${SOURCE_WORDS[source] ?? source}`,
  );
  return [
    ...(letters === 0
      ? []
      : [
          `${counted(letters, 'message')} ${letters === 1 ? 'is' : 'are'} set aside (${sources.join(', ')}): see "lastgasp dead-letters list".`,
        ]),
    ...(unknown.length === 0
      ? []
      : [
          `Named in messages, but not in the registry: ${unknown.join(', ')}. They are kept, and found once imported.`,
        ]),
  ];
}
