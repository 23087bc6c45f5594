import type { CommandModule } from '../command-module.ts';
import { runStatement } from '../store/run-statement.ts';

/** `sql`: runs one statement on the configured database and prints its rows. */
export const command: CommandModule = {
  register: (command, { openDatabase, output }) => {
    command
      .argument('<query>', 'one SQL statement')
      .option('--json', 'print a JSON array of row objects')
      .action(async (query: string, options: { json?: boolean }) => {
        // A person's query may take its time; Ctrl+C ends it.
        const database = await openDatabase({ max: 1, statementTimeoutMs: 0, acceptOldSchema: true });
        const result = await runStatement(database.pool, query);
        if (options.json === true) {
          output.json(
            result.rows.map((row) =>
              Object.fromEntries(result.columns.map(({ name }, index) => [name, row[index]])),
            ),
          );
        } else if (result.columns.length > 0) {
          output.rows(result.rows, {
            columns: result.columns.map(({ name, isNumber }, index) => ({
              title: name,
              value: (row) => row[index],
              align: isNumber ? 'right' : 'left',
            })),
          });
        }
        if (result.columns.length === 0) output.progress(result.summary);
      });
  },
};
