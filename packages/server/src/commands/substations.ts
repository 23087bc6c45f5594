import type { CommandModule } from '../command-module.ts';
import { listSubstations } from '../store/queries/reads/list-substations.ts';
import { METER_COUNT_COLUMNS } from '../terminal/meter-count-columns.ts';

/** `substations`: each substation with the state of its meters. */
export const command: CommandModule = {
  register: (command, { openDatabase, output }) => {
    command.option('--json', 'print a JSON array').action(async (options: { json?: boolean }) => {
      const { pool } = await openDatabase({ max: 1 });
      output.rows(await listSubstations(pool), {
        json: options.json,
        columns: [
          { title: 'substation', value: (substation) => substation.id },
          { title: 'name', value: (substation) => substation.name },
          { title: 'region', value: (substation) => substation.regionCode },
          ...METER_COUNT_COLUMNS,
        ],
        whenEmpty: 'No substation is registered. "lastgasp import network <folder>" loads a network.',
      });
    });
  },
};
