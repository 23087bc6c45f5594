import type { CommandModule } from '../command-module.ts';
import { migrateDatabase } from '../store/migrate.ts';

/** `migrate`: brings the configured database to the schema of this version, or tells what that would take. */
export const command: CommandModule = {
  register: (command, { openDatabase, output }) => {
    command
      .option('--dry-run', 'only list what would run')
      .option('--json', 'print a JSON array')
      .action(async (options: { dryRun?: boolean; json?: boolean }) => {
        const database = await openDatabase({ max: 1, migrate: 'never' });
        const { applied, pending } = await migrateDatabase(database.url, { dryRun: options.dryRun ?? false });
        const rows = [
          ...applied.map((migration) => ({ migration, state: 'applied' })),
          ...pending.map((migration) => ({ migration, state: 'pending' })),
        ];
        output.rows(rows, {
          json: options.json,
          columns: [
            { title: 'migration', value: (row) => row.migration },
            { title: 'state', value: (row) => row.state },
          ],
        });
        if (rows.length === 0) output.progress('The schema is current.');
      });
  },
};
