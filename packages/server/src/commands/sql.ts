import { text } from 'node:stream/consumers';
import { CommandFailure, type CommandModule, EXIT_CODES } from '../command-module.ts';
import { isSeveralStatements, runStatement, type StatementResult } from '../store/run-statement.ts';
import type { Output } from '../terminal/output.ts';

/** `sql`: runs one query on the configured database and prints its rows. */
export const command: CommandModule = {
  register: (command, { openDatabase, output }) => {
    command
      .argument('<query>', 'one SQL query; - reads it from standard input')
      .option('--json', 'print a JSON array of row objects')
      .addHelpText('after', '\nExample: lastgasp sql - --json < query.sql')
      .action(async (query: string, options: { json?: boolean }) => {
        const statement = query === '-' ? await text(process.stdin) : query;
        if (statement.trim() === '') throw new CommandFailure('the query is empty', EXIT_CODES.usage);
        // A person's query may take its time; Ctrl+C ends it.
        const { pool } = await openDatabase({ max: 1, statementTimeoutMs: 0, acceptOldSchema: true });
        const result = await runStatement(pool, statement).catch((cause: unknown) => {
          if (!isSeveralStatements(cause)) throw cause;
          throw new CommandFailure(
            'lastgasp sql runs one query, and this text holds several; none of them ran. Call it once for each.',
            EXIT_CODES.usage,
            { cause },
          );
        });
        printResult(result, output, options.json === true);
      });
  },
};

function printResult({ columns, rows, summary }: StatementResult, output: Output, asJson: boolean): void {
  if (asJson) {
    output.json(rows.map((row) => Object.fromEntries(columns.map(({ name }, index) => [name, row[index]]))));
  } else if (columns.length > 0) {
    output.rows(rows, {
      columns: columns.map(({ name, isNumber }, index) => ({
        title: name,
        value: (row) => row[index],
        align: isNumber ? 'right' : 'left',
      })),
    });
  }
  if (columns.length === 0) output.progress(summary);
}
