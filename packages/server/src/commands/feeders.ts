import type { CommandModule } from '../command-module.ts';
import { listFeeders } from '../store/queries/reads/list-feeders.ts';
import { METER_COUNT_COLUMNS } from '../terminal/meter-count-columns.ts';

/** `feeders`: each feeder with the state of its meters. */
export const command: CommandModule = {
  register: (command, { openDatabase, output }) => {
    command
      .option('--substation <code>', 'only of this substation')
      .option('--json', 'print a JSON array')
      .action(async (options: { substation?: string; json?: boolean }) => {
        const { pool } = await openDatabase({ max: 1 });
        output.rows(await listFeeders(pool, options.substation), {
          json: options.json,
          columns: [
            { title: 'feeder', value: (feeder) => feeder.id },
            { title: 'name', value: (feeder) => feeder.name },
            { title: 'substation', value: (feeder) => feeder.substationId },
            ...METER_COUNT_COLUMNS,
            { title: 'fed from elsewhere', value: (feeder) => feeder.transferredOutMeters, align: 'right' },
            { title: 'fed for others', value: (feeder) => feeder.transferredInMeters, align: 'right' },
          ],
          whenEmpty: 'No feeder is registered. "lastgasp import network <folder>" loads a network.',
        });
      });
  },
};
