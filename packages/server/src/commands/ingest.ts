import { describeRejection } from '@lastgasp/model';
import { CommandFailure, type CommandModule, EXIT_CODES } from '../command-module.ts';
import { awaitCorrelated } from '../correlate/await-correlated.ts';
import { IngestQueue } from '../ingest/ingest-queue.ts';
import { ingestRecordedEvents } from '../operations/ingest-recorded-events.ts';
import { readPolicy } from '../read-policy.ts';
import { counted } from '../terminal/counted.ts';
import { findFileFault } from '../terminal/find-file-fault.ts';

/** `ingest`: recorded provider messages through the same path as live ones, until everything is committed and correlated. */
export const command: CommandModule = {
  register: (command, { config, openDatabase, output, exitWith }) => {
    command
      .argument('<file>', 'recorded events, one JSON object {receivedAt, source, body} a line')
      .option('--json', 'print a JSON object')
      .action(async (file: string, options: { json?: boolean }) => {
        const fault = await findFileFault(file);
        if (fault !== null) throw new CommandFailure(fault);
        const policy = await readPolicy(config.policyFile);
        const database = await openDatabase({ max: 4 });
        const queue = new IngestQueue({
          pool: database.pool,
          onBatch: ({ lines }) => {
            for (const { message, figures } of lines) {
              output.progress(
                `${message}: ${Object.entries(figures)
                  .map(([name, value]) => `${name} ${value}`)
                  .join(', ')}`,
              );
            }
          },
        });
        const report = await ingestRecordedEvents(queue, file, (lines) =>
          output.progress(`${counted(lines, 'line')} read`),
        );
        await queue.close();
        await awaitCorrelated(database, policy);

        const rows = Object.entries({ ...report.byProvider, total: report.total })
          .map(([source, totals]) => ({ source, ...totals }))
          .filter((row) => row.received > 0 || row.source === 'total');
        for (const { line, rejection, deadLetterId } of report.firstRejections) {
          output.progress(
            `line ${line} set aside as dead letter ${deadLetterId}: ${describeRejection(rejection)}`,
          );
        }
        if (options.json === true)
          output.json({ lines: report.lines, ...report.total, byProvider: report.byProvider });
        else
          output.rows(rows, {
            columns: [
              { title: 'source', value: (row) => row.source },
              { title: 'received', value: (row) => row.received, align: 'right' },
              { title: 'stored', value: (row) => row.stored, align: 'right' },
              { title: 'duplicate', value: (row) => row.duplicate, align: 'right' },
              { title: 'set aside', value: (row) => row.rejected, align: 'right' },
            ],
          });
        if (report.total.rejected > 0) exitWith(EXIT_CODES.partial);
      });
  },
};
