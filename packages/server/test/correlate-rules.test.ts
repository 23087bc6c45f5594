import { defaultPolicy, isClockSuspect, minutes, outageEventId } from '@lastgasp/engine';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from './test-database.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

it('the id of an outage is the same in the engine and in the database', async () => {
  const starts = [
    '2026-11-23T10:00:00Z',
    '2026-11-23T10:00:00.500Z',
    '2026-11-23T10:00:00.847Z',
    '2026-11-23T10:00:00.847100Z',
    '2026-11-23T10:00:00.001Z',
    '2026-11-23T10:00:00.100200Z',
    '2026-11-23T10:00:00.000001Z',
    '1999-12-31T23:59:59.999999Z',
  ];
  for (const start of starts) {
    const { rows } = await database.pool.query<{ id: string; micros: number }>(
      `select oms_outage_event_id('F-1', $1::timestamptz) as id, (extract(epoch from $1::timestamptz) * 1000000)::float8 as micros`,
      [start],
    );
    expect(outageEventId('F-1', rows[0]?.micros as number)).toBe(rows[0]?.id);
  }
});

/** Ten years back, from where on no message is that late. */
const YEARS = minutes(3650 * 24 * 60);

it('a clock is suspect at the same limits in the engine and in the database', async () => {
  for (const ahead of [
    -minutes(1),
    minutes(10),
    minutes(10) + 1,
    minutes(600),
    -YEARS,
    -YEARS - 1,
    -YEARS * 5,
  ]) {
    const { rows } = await database.pool.query<{ suspect: boolean }>(
      `select oms_clock_suspect(now() + $1::bigint * interval '1 microsecond', now()) as suspect`,
      [ahead],
    );
    expect(isClockSuspect({ eventAt: ahead, receivedAt: 0 }, defaultPolicy)).toBe(rows[0]?.suspect);
  }
});
