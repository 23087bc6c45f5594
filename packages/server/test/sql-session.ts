import type { PoolClient } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { seedSmallNetwork } from './small-network.ts';
import { createTestDatabase, type TestDatabase } from './test-database.ts';

/** A psql prompt on the small network, and the four providers' functions as one would call them there. */
export interface SqlSession {
  // biome-ignore lint/suspicious/noExplicitAny: a test names the columns it looks at
  readonly rows: (sql: string, ...parameters: unknown[]) => Promise<any[]>;
  /** The first column of the first row. */
  readonly value: (sql: string, ...parameters: unknown[]) => Promise<unknown>;
  readonly scada: (message: object) => Promise<Record<string, unknown>>;
  readonly onu: (message: object) => Promise<unknown>;
  readonly kaifa: (message: object) => Promise<unknown>;
  readonly call: (message: object) => Promise<unknown>;
  readonly power: (meterNumber: string) => Promise<unknown>;
}

/** Each test of the file in a transaction of its own that is rolled back; a statement that fails undoes only itself. */
export function useSqlSession(): SqlSession {
  let database: TestDatabase;
  let client: PoolClient;

  beforeAll(async () => {
    database = await createTestDatabase();
    await seedSmallNetwork(database.pool);
  });
  afterAll(() => database.drop());
  beforeEach(async () => {
    client = await database.pool.connect();
    await client.query('begin');
  });
  afterEach(async () => {
    await client.query('rollback');
    client.release();
  });

  const rows: SqlSession['rows'] = async (sql, ...parameters) => {
    await client.query('savepoint statement');
    try {
      return (await client.query(sql, parameters)).rows;
    } catch (error) {
      await client.query('rollback to statement');
      throw error;
    }
  };
  const value: SqlSession['value'] = async (sql, ...parameters) =>
    Object.values((await rows(sql, ...parameters))[0] ?? {})[0];
  return {
    rows,
    value,
    scada: (message) =>
      value('select insert_scada_event_with_meter_check($1)', JSON.stringify(message)) as Promise<
        Record<string, unknown>
      >,
    onu: (message) => value('select insert_onu_event_from_json_with_meter_sync($1)', JSON.stringify(message)),
    kaifa: (message) =>
      value('select insert_kaifa_event_from_json_with_meter_sync($1)', JSON.stringify(message)),
    call: (message) =>
      value('select insert_callcenter_ticket_from_json_with_meter_link($1)', JSON.stringify(message)),
    power: (meterNumber) => value('select power_status from oms_meters where meter_number = $1', meterNumber),
  };
}
