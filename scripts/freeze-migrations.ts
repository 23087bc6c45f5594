// npm run db:freeze: writes the includes of every migration out, at a release. From then on a function is changed by
// editing its file and including it in a new migration; docs/decisions/0002-migrations.md says why.
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freezeMigration, readMigrations, SQL_FOLDER } from '../packages/server/src/store/migration-files.ts';

const before = await readMigrations();
const folder = join(SQL_FOLDER, 'migrations');
for (const name of (await readdir(folder)).filter((file) => file.endsWith('.sql'))) {
  await writeFile(join(folder, name), `${await freezeMigration(SQL_FOLDER, name)}\n`);
}
const after = await readMigrations();
for (const [index, migration] of before.entries()) {
  if (after[index]?.sha256 !== migration.sha256) throw new Error(`${migration.name} has changed its hash`);
  process.stdout.write(`${migration.name} ${migration.sha256}\n`);
}
