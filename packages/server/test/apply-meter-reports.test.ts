import { seededRandom } from '@lastgasp/engine';
import type { PoolClient } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runs } from './runs.ts';
import { seedSmallNetwork } from './small-network.ts';
import { createTestDatabase, type TestDatabase } from './test-database.ts';

const SEED = 20261124;
const STORMS = runs({ usual: 24, long: 60 });
const KINDS = ['power_off', 'power_on', 'heard', 'not_heard', 'phase_voltage'] as const;

interface Report {
  readonly sourceEventId: number;
  readonly meterId: number;
  readonly kind: (typeof KINDS)[number];
  readonly eventAt: string;
  readonly receivedAt: string;
  readonly sourceRef: string | null;
}

interface Batch {
  readonly sourceType: string;
  readonly reports: readonly Report[];
  readonly metadata: string | null;
}

let database: TestDatabase;
let meterIds: number[];

beforeAll(async () => {
  database = await createTestDatabase();
  await seedSmallNetwork(database.pool);
  const { rows } = await database.pool.query('select id::int from oms_meters order by id limit 4');
  meterIds = rows.map(({ id }) => id);
});
afterAll(() => database.drop());

async function apply(client: PoolClient, { sourceType, reports, metadata }: Batch): Promise<number> {
  const { rows } = await client.query(
    'select apply_meter_reports($1, $2::bigint[], $3::bigint[], $4::text[], $5::timestamptz[], $6::timestamptz[], $7::text[], $8::jsonb) as taken',
    [
      sourceType,
      reports.map(({ sourceEventId }) => sourceEventId),
      reports.map(({ meterId }) => meterId),
      reports.map(({ kind }) => kind),
      reports.map(({ eventAt }) => eventAt),
      reports.map(({ receivedAt }) => receivedAt),
      reports.some(({ sourceRef }) => sourceRef !== null) ? reports.map(({ sourceRef }) => sourceRef) : null,
      metadata,
    ],
  );
  return rows[0].taken;
}

/** The order in which a batch counts its reports: by event time, and of one instant bad news before good, then as they came. */
function inOrderOfEvents(reports: readonly Report[]): Report[] {
  const isGood = ({ kind }: Report) => Number(kind !== 'power_off' && kind !== 'not_heard');
  return [...reports].sort((a, b) => Date.parse(a.eventAt) - Date.parse(b.eventAt) || isGood(a) - isGood(b));
}

const oneByOne = (batch: Batch): Batch[] =>
  inOrderOfEvents(batch.reports).map((report) => ({ ...batch, reports: [report] }));

/** Everything that reports leave, each table in the order in which it was written for a meter; all undone afterwards. */
async function traceOf(batches: readonly Batch[]): Promise<Record<string, unknown>> {
  const client = await database.pool.connect();
  try {
    await client.query('begin');
    let taken = 0;
    for (const batch of batches) taken += await apply(client, batch);
    const rows = async (sql: string) => (await client.query(sql)).rows;
    return {
      taken,
      meters: await rows(
        `select meter_number, power_status, power_reported_at, power_reported_rank, last_power_change, communication_status,
           last_communication, last_communication_rank, last_status_change, updated_at = now() as touched
         from oms_meters order by id`,
      ),
      trail: await rows(
        `select meter_id, event_type, source_type, source_event_id, previous_status, new_status, event_timestamp, applied,
           confidence_score, metadata
         from oms_meter_status_events order by meter_id, id`,
      ),
      evidence: await rows(
        `select meter_id, kind, source_type, source_event_id, substation_id, event_at, received_at, clock_suspect
         from oms_evidence order by meter_id, id`,
      ),
    };
  } finally {
    await client.query('rollback');
    client.release();
  }
}

/** Batches of 1 to 40 reports about four meters and one that nobody knows, on few instants, so that ties and late ones abound. */
function makeStorm(random: () => number): Batch[] {
  const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)] as T;
  const startAt = Date.UTC(2026, 10, 23, 10);
  const instants = 2 + Math.floor(random() * 40);
  const withPhases = random() < 0.5;
  const late = random();
  let next = 1;
  return Array.from({ length: 1 + Math.floor(random() * 4) }, (_, nth) => {
    const size = 1 + Math.floor(random() * 40);
    const withRefs = random() < 0.3;
    return {
      sourceType: pick(['kaifa', 'kaifa', 'onu', 'scada', 'system', 'call_center']),
      metadata: random() < 0.3 ? '{"by": "hand"}' : null,
      reports: Array.from({ length: size }, () => {
        const back = random() < late ? 0 : nth * 10_000;
        const eventAt = startAt + back + Math.floor(random() * instants) * 1000;
        return {
          sourceEventId: next++,
          meterId: random() < 0.03 ? 999_999 : pick(meterIds),
          kind: pick(withPhases ? KINDS : KINDS.slice(0, 2)),
          eventAt: new Date(eventAt).toISOString(),
          // A clock that is eleven minutes ahead is not believed; of one instant some are, some are not.
          receivedAt: new Date(eventAt + (random() < 0.15 ? -660_000 : 1000)).toISOString(),
          sourceRef: withRefs && random() < 0.7 ? `ref-${next}` : null,
        };
      }),
    };
  });
}

test('a batch leaves what its reports leave one by one in the order of their event times', async () => {
  const random = seededRandom(SEED);
  const seen = { tooLate: 0, suspect: 0, communication: 0, restored: 0 };
  for (let storm = 0; storm < STORMS; storm++) {
    const batches = makeStorm(random);
    const together = await traceOf(batches);
    expect(together, `storm ${storm}`).toEqual(await traceOf(batches.flatMap(oneByOne)));
    for (const row of together.trail as Record<string, unknown>[]) {
      if (row.applied === false) seen.tooLate++;
      if (row.confidence_score === '0.1000') seen.suspect++;
      if (String(row.event_type).startsWith('communication')) seen.communication++;
      if (row.applied === true && row.previous_status === 'off' && row.new_status === 'on') seen.restored++;
    }
  }
  for (const count of Object.values(seen)) expect(count).toBeGreaterThan(STORMS);
}, 120_000);

test('reports in the order of their event times leave the same in batches of any size', async () => {
  const random = seededRandom(SEED + 1);
  for (let storm = 0; storm < STORMS / 3; storm++) {
    const reports = inOrderOfEvents(makeStorm(random).flatMap((batch) => batch.reports));
    const split = (size: () => number): Batch[] => {
      const batches: Batch[] = [];
      for (let from = 0; from < reports.length; ) {
        const to = from + size();
        batches.push({ sourceType: 'kaifa', metadata: null, reports: reports.slice(from, to) });
        from = to;
      }
      return batches;
    };
    const whole = await traceOf(split(() => reports.length));
    expect(await traceOf(split(() => 1 + Math.floor(random() * 12))), `storm ${storm}`).toEqual(whole);
    expect(await traceOf(split(() => 1)), `storm ${storm}`).toEqual(whole);
  }
}, 120_000);

test('the row of a meter is written once a batch, however often the batch tells of it', async () => {
  const client = await database.pool.connect();
  await client.query('begin');
  const reports = Array.from({ length: 60 }, (_, index): Report => {
    const at = new Date(Date.UTC(2026, 10, 23, 10, 0, index)).toISOString();
    return {
      sourceEventId: index,
      meterId: meterIds[index % 3] as number,
      kind: index % 2 === 0 ? 'power_off' : 'power_on',
      eventAt: at,
      receivedAt: at,
      sourceRef: null,
    };
  });
  const written = async (): Promise<number> =>
    (await client.query(`select pg_stat_get_xact_tuples_updated('oms_meters'::regclass)::int as count`))
      .rows[0].count;
  const writtenBefore = await written();
  await apply(client, { sourceType: 'kaifa', reports, metadata: null });
  const writes = (await written()) - writtenBefore;
  const { rows } = await client.query(
    'select applied, count(*)::int from oms_meter_status_events group by 1',
  );
  await client.query('rollback');
  client.release();
  expect(writes).toBe(3);
  expect(rows).toEqual([{ applied: true, count: 60 }]);
});

test('a batch that waited for another about the same meters meets the state that the other left', async () => {
  const [meterId] = meterIds as [number];
  const at = (second: number) => new Date(Date.UTC(2026, 10, 23, 10, 0, second)).toISOString();
  const batch = (...reports: [number, Report['kind'], number][]): Batch => ({
    sourceType: 'kaifa',
    metadata: null,
    reports: reports.map(([sourceEventId, kind, second]) => ({
      sourceEventId,
      meterId,
      kind,
      eventAt: at(second),
      receivedAt: at(second),
      sourceRef: null,
    })),
  });
  const [first, second] = [await database.pool.connect(), await database.pool.connect()];
  try {
    await first.query('begin');
    await apply(first, batch([1, 'power_off', 10], [2, 'power_on', 30]));
    const { rows: backend } = await second.query('select pg_backend_pid() as pid');
    const waiting = apply(second, batch([3, 'power_off', 20], [4, 'power_off', 40]));
    await expect
      .poll(
        async () => {
          const { rows } = await database.pool.query(
            'select wait_event_type from pg_stat_activity where pid = $1',
            [backend[0].pid],
          );
          return rows[0].wait_event_type;
        },
        { timeout: 20_000 },
      )
      .toBe('Lock');
    await first.query('commit');
    await waiting;
  } finally {
    first.release();
    second.release();
  }
  const { rows: trail } = await database.pool.query(
    'select source_event_id as event, previous_status as was, new_status as is, applied from oms_meter_status_events where meter_id = $1 order by source_event_id',
    [meterId],
  );
  expect(trail.map(({ event, is, applied }) => [event, is, applied])).toEqual([
    ['1', 'off', true],
    ['2', 'on', true],
    ['3', 'off', false],
    ['4', 'off', true],
  ]);
  expect(trail[3].was).toBe('on');
  const { rows } = await database.pool.query(
    'select power_status, power_reported_at, last_power_change from oms_meters where id = $1',
    [meterId],
  );
  expect(rows).toEqual([
    { power_status: 'off', power_reported_at: new Date(at(40)), last_power_change: new Date(at(40)) },
  ]);
});
