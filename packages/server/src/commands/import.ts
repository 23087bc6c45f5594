import { CommandFailure, type CommandModule, EXIT_CODES } from '../command-module.ts';
import { formatQualityReport } from '../network/format-quality-report.ts';
import { type ImportReport, importNetwork, NetworkBundleError } from '../operations/import-network.ts';

/** `import`: a network bundle into the registry, with a quality report. */
export const command: CommandModule = {
  register: (command, { openDatabase, output, exitWith }) => {
    command
      .command('network')
      .description('takes a network bundle into the registry; the same again changes nothing')
      .argument('<folder>', 'folder with substations.csv, feeders.csv, meters.csv and the optional files')
      .option('--dry-run', 'tell what would change, and change nothing')
      .option('--json', 'print the report as a JSON object')
      .action(async (folder: string, options: { dryRun?: boolean; json?: boolean }) => {
        if (/\.(xml|rdf)$/i.test(folder)) {
          throw new CommandFailure(
            `${folder}: CIM RDF/XML cannot be imported yet, only a folder with a CSV network bundle`,
          );
        }
        const database = await openDatabase({ max: 1 });
        const report = await runImport(() =>
          importNetwork(database, folder, {
            dryRun: options.dryRun === true,
            onProgress: ({ step, rows }) =>
              output.progress(rows === null ? step : `${step}: ${rows.toLocaleString('en-US')} rows`),
          }),
        );
        if (options.json === true) output.json(report);
        else for (const line of formatImportReport(report)) output.line(line);
        if (report.quality.rowsLeftOut > 0) exitWith(EXIT_CODES.partial);
      });
  },
};

async function runImport(run: () => Promise<ImportReport>): Promise<ImportReport> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof NetworkBundleError)
      throw new CommandFailure(error.message, EXIT_CODES.failed, { cause: error });
    throw error;
  }
}

/** The report for a person: the data's quality, then what the import did. */
function formatImportReport(report: ImportReport): string[] {
  const lines = [...formatQualityReport(report.quality), ''];
  for (const [table, { added, changed, unchanged }] of Object.entries(report.changes)) {
    const name = table.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
    lines.push(`${name}: ${count(added)} added, ${count(changed)} changed, ${count(unchanged)} unchanged`);
  }
  for (const [table, { count: gone, ids }] of Object.entries(report.gone)) {
    if (gone === 0) continue;
    const name = table.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
    const shown = ids.slice(0, 10).join(', ');
    lines.push(
      `${count(gone)} ${name} of these substations are not in the data and were kept: ${shown}${gone > 10 ? ', …' : ''}`,
    );
  }
  for (const { assetMrid, fromMeterNumber, toMeterNumber } of report.movedAssets)
    lines.push(
      `asset ${assetMrid} went from meter ${fromMeterNumber}, which is not in the data, to ${toMeterNumber}`,
    );
  if (report.rematchedEvents > 0)
    lines.push(`${count(report.rematchedEvents)} kept events found their place`);
  if (report.isDryRun) lines.push('dry run: nothing was changed');
  return lines;
}

function count(value: number): string {
  return value.toLocaleString('en-US');
}
