// npm run db:dump: writes sql/schema.sql from a new database that the migrations have just run on, on the configured
// server. With --check it writes nothing and ends with 1 where the file is not what it would write.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describeConfigError, readConfig } from '../packages/server/src/config.ts';
import { SQL_FOLDER } from '../packages/server/src/store/migration-files.ts';
import { dumpSchema } from '../packages/server/src/store/schema-dump.ts';
import { openThrowawayDatabase } from '../packages/server/src/store/throwaway-database.ts';

const file = join(SQL_FOLDER, 'schema.sql');
const isCheck = process.argv.includes('--check');
const config = readConfig(process.env);
if (!config.ok) throw new Error(config.error.map(describeConfigError).join('\n'));

const database = await openThrowawayDatabase(config.value, { applicationName: 'lastgasp schema dump' });
try {
  const schema = await dumpSchema(database.pool);
  if (!isCheck) await writeFile(file, schema);
  else if (schema !== (await readFile(file, 'utf8').catch(() => ''))) {
    process.stderr.write(
      'sql/schema.sql is not what the migrations lead to: run "npm run db:dump" and commit it.\n',
    );
    process.exitCode = 1;
  }
} finally {
  await database.close();
}
