import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import type { TestProject } from 'vitest/node';
import { migrateDatabase } from '../src/store/migrate.ts';
import { startTestServer } from './test-server.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** A role on the tests' server that may create databases; the database it names is not written to. */
    readonly adminUrl: string;
    /** A database with the current schema and no rows, to be cloned. */
    readonly templateDatabase: string;
  }
}

/**
 * One server for all database tests: the one of `LASTGASP_TEST_DATABASE_URL` (PostgreSQL 15 or newer, a
 * superuser), else an embedded one in a temporary folder. The migrations run once, into a template that each
 * test file clones.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await startTestServer(process.env.LASTGASP_TEST_DATABASE_URL ?? null);
  const template = `lastgasp_template_${randomBytes(5).toString('hex')}`;
  try {
    await administrate(server.adminUrl, `create database ${template} encoding 'UTF8' template template0`);
    const url = new URL(server.adminUrl);
    url.pathname = `/${template}`;
    await migrateDatabase(url.href);
    // A template that nobody may connect to can always be cloned, also by two tests at once.
    await administrate(
      server.adminUrl,
      `alter database ${template} with is_template true allow_connections false`,
    );
  } catch (error) {
    await server.stop();
    throw error;
  }
  project.provide('adminUrl', server.adminUrl);
  project.provide('templateDatabase', template);

  return async () => {
    await administrate(server.adminUrl, `alter database ${template} with is_template false`);
    await administrate(server.adminUrl, `drop database ${template} with (force)`);
    await server.stop();
  };
}

async function administrate(adminUrl: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: adminUrl });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
