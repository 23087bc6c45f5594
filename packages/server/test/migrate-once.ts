// Migrates the database in the first argument from the sql folder in the second; to be killed half-way by a test.
import { migrateDatabase } from '../src/store/migrate.ts';

const [, , url = '', folder = ''] = process.argv;
await migrateDatabase(url, { folder });
