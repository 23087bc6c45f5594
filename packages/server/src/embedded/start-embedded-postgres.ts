import { Client } from 'pg';
import { EMBEDDED_ROLE } from './cluster.ts';
import { hasCode } from './error-code.ts';
import { openHome } from './home.ts';
import { Presence } from './presence.ts';
import { addressUrl } from './server-address.ts';

/** The database that everything is in; the other one, `postgres`, is for the supervisor. */
const DATABASE_NAME = 'lastgasp';

/** A hold on the embedded server. */
export interface EmbeddedPostgres {
  /** Address of the database, password included: never print it. It stays valid when the server restarts. */
  readonly url: string;
  /** Ends the hold; the last one stops the server. Calling twice does no harm. */
  readonly release: () => Promise<void>;
}

export interface EmbeddedPostgresOptions {
  /** Where the data lives; made where missing. */
  readonly dataFolder: string;
  /** Told what takes long or happens only once, a line each. */
  readonly log: (text: string) => void;
}

/**
 * Joins the PostgreSQL server of `dataFolder`, making and starting it where needed, and keeps it running until
 * `release`. Any number of processes may hold it at once; it survives the death of each of them, and a server
 * that dies is started again. Throws with the server's own words where it cannot run.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const home = await openHome(options.dataFolder, options.log);
  const presence = await Presence.join(home, options.log);
  try {
    await createDatabase(addressUrl(home, presence.address, 'postgres'));
  } catch (error) {
    await presence.leave();
    throw error;
  }
  return { url: addressUrl(home, presence.address, DATABASE_NAME), release: () => presence.leave() };
}

async function createDatabase(url: string): Promise<void> {
  const client = new Client({ connectionString: url, application_name: 'lastgasp start' });
  await client.connect();
  try {
    const found = await client.query('select from pg_database where datname = $1', [DATABASE_NAME]);
    if (found.rowCount === 0) await client.query(`create database ${DATABASE_NAME} owner ${EMBEDDED_ROLE}`);
  } catch (error) {
    // Another command made it at the same moment (duplicate_database, unique_violation).
    if (!hasCode(error, '42P04', '23505')) throw error;
  } finally {
    await client.end();
  }
}
