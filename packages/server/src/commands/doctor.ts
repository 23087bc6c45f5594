import { type CommandModule, EXIT_CODES } from '../command-module.ts';
import { checkInstallation } from '../operations/check-installation.ts';
import { migrateDatabase } from '../store/migrate.ts';
import { readInstallation } from '../store/queries/doctor/read-installation.ts';
import { readSiteData } from '../store/queries/doctor/read-site-data.ts';
import { readCorrelatorLagSeconds } from '../store/queries/reads/read-correlator-lag.ts';

/** `doctor`: each criterion of a working installation as a line that passes or fails; exit 1 where one fails. */
export const command: CommandModule = {
  register: (command, { openDatabase, output, exitWith }) => {
    command.option('--json', 'print a JSON array').action(async (options: { json?: boolean }) => {
      const database = await openDatabase({ max: 1, migrate: 'never' });
      const installation = await readInstallation(database.pool);
      const { pending } = await migrateDatabase(database.url, { dryRun: true });
      const isComplete = installation.missingTables.length === 0 && pending.length === 0;
      const site = isComplete ? await readSiteData(database.pool) : null;
      const checks = checkInstallation({
        installation,
        pendingMigrations: pending,
        site,
        correlatorLagSeconds: isComplete ? await readCorrelatorLagSeconds(database.pool) : null,
        now: new Date(),
      });
      output.rows(checks, {
        json: options.json,
        columns: [
          { title: 'result', value: (one) => (one.ok ? 'pass' : 'FAIL') },
          { title: 'check', value: (one) => one.check },
          { title: 'found', value: (one) => one.detail },
        ],
      });
      if (site !== null && site.deadLetters > 0) {
        output.progress(`${site.deadLetters} messages are set aside: see "lastgasp dead-letters".`);
      }
      if (checks.some((one) => !one.ok)) exitWith(EXIT_CODES.failed);
    });
  },
};
