import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { command as providers } from '../src/commands/providers.ts';
import { lookAtProviders } from '../src/health/watch-providers.ts';
import { IngestQueue } from '../src/ingest/ingest-queue.ts';
import { onuMessage } from './messages.ts';
import { runCommand } from './run-command.ts';
import { seedSmallNetwork } from './small-network.ts';
import { createTestDatabase, type TestDatabase } from './test-database.ts';

let database: TestDatabase;
beforeEach(async () => {
  database = await createTestDatabase();
  await seedSmallNetwork(database.pool);
});
afterEach(() => database.drop());

const NOW = new Date(Math.floor(Date.now() / 3_600_000) * 3_600_000);
const at = (minutes: number) => new Date(NOW.getTime() + minutes * 60_000);
const look = (minutes: number) => lookAtProviders(database.pool, { at: at(minutes) });
const conditions = async () =>
  (
    await database.pool.query(
      `select source_type, condition, starts_at, ends_at, lag_seconds, is_automatic, created_by, updated_by
       from oms_provider_conditions order by id`,
    )
  ).rows;

/** ONU, heard every second minute from one minute to another. */
const heard = (from: number, to: number, changes = '0, 1, 0') =>
  database.pool.query(
    `insert into oms_provider_minutes (source_type, minute, session, duplicate, stored, rejected, first_received_at, last_received_at)
     select 'onu', m, 1, ${changes}, m + interval '5 seconds', m + interval '20 seconds'
     from generate_series($1::timestamptz, $2, interval '2 minutes') m`,
    [at(from), at(to)],
  );

describe('what a provider sends', () => {
  it('is counted with the transaction that stores it: new, known and set aside, by the minute of receipt', async () => {
    const queue = new IngestQueue({ pool: database.pool });
    const receivedAt = (second: number) => new Date(Date.UTC(2026, 10, 23, 10, 0, second));
    const send = (body: unknown, second: number) =>
      queue.receive({
        provider: 'onu',
        body: JSON.stringify(body),
        receivedAt: receivedAt(second),
        transport: 'http',
      });
    const gasp = onuMessage('ONU_LastGaspAlert', '2026-11-23T10:00:00Z');
    await send([gasp, gasp], 5);
    await send(gasp, 59);
    await send({ ...gasp, onuId: 'x' }, 30);
    await send({ ...gasp, timestamp: '2026-11-23T10:00:01Z' }, 61);
    const { rows } = await database.pool.query(
      `select minute, sum(stored)::integer as stored, sum(duplicate)::integer as duplicate, sum(rejected)::integer as rejected,
         min(first_received_at) as first, max(last_received_at) as last
       from oms_provider_minutes where source_type = 'onu' group by minute order by minute`,
    );
    expect(rows).toEqual([
      {
        minute: receivedAt(0),
        stored: 1,
        duplicate: 2,
        rejected: 1,
        first: receivedAt(5),
        last: receivedAt(59),
      },
      {
        minute: receivedAt(60),
        stored: 1,
        duplicate: 0,
        rejected: 0,
        first: receivedAt(61),
        last: receivedAt(61),
      },
    ]);
  });

  it('is counted for all four, also by psql, and two batches of one provider do not wait for each other', async () => {
    const first = await database.pool.connect();
    const call = (n: number) => `{"ticketId": "T${n}", "timestamp": "2026-11-23T10:00:00Z", "customer": {}}`;
    await first.query('begin');
    await first.query('select * from ingest_callcenter_tickets(array[$1::json], array[now()])', [call(1)]);
    await database.pool.query('select insert_callcenter_ticket_from_json_with_meter_link($1)', [call(2)]);
    await first.query('commit');
    first.release();
    await database.pool.query(`select * from ingest_scada_events(array['{"eventType": "Alarm", "substationId": "4B", "feederId": "F20",
      "mainStationId": "1", "alarmType": "x", "timestamp": "2026-11-23T10:00:00Z", "voltage": 0}'::json], array[now()])`);
    const { rows } = await database.pool.query(
      `select source_type, sum(stored)::integer as stored from oms_provider_minutes group by 1 order by 1`,
    );
    expect(rows).toEqual([
      { source_type: 'call_center', stored: 2 },
      { source_type: 'scada', stored: 1 },
    ]);
  });
});

describe('a provider that falls silent', () => {
  const HISTORY = -40 * 60;

  it('is found with since when, judged so, and over when it speaks again; both are audited', async () => {
    await heard(HISTORY, -60);
    expect(await look(-55)).toEqual([]);
    const { rows: hours } = await database.pool.query(
      'select count(*)::integer as hours, max(longest_silence_seconds) as longest from oms_provider_hours',
    );
    expect(hours[0].hours).toBeGreaterThan(30);
    expect(hours[0].longest).toBeLessThan(180);

    expect(await look(-45)).toMatchObject([{ source: 'onu', condition: 'silent', change: 'found' }]);
    expect(await look(-44)).toEqual([]);
    const start = new Date(at(-60).getTime() + 20_000);
    expect(await conditions()).toMatchObject([
      {
        source_type: 'onu',
        condition: 'silent',
        starts_at: start,
        ends_at: null,
        is_automatic: true,
        created_by: 'lastgasp',
      },
    ]);

    await heard(-20, -20);
    expect(await look(-18)).toEqual([]);
    await heard(-18, -10);
    expect(await look(-9)).toMatchObject([{ condition: 'silent', change: 'over' }]);
    expect(await conditions()).toMatchObject([{ ends_at: at(-20), updated_by: 'lastgasp' }]);
    const { rows } = await database.pool.query(
      `select changed_by, before is null as is_new from oms_condition_changes order by id`,
    );
    expect(rows).toEqual([
      { changed_by: 'lastgasp', is_new: true },
      { changed_by: 'lastgasp', is_new: false },
    ]);
  });

  it('is not found where too little of its past is known, and no row of the past is counted twice', async () => {
    await heard(-10 * 60, -60);
    for (const minute of [-50, -40, -30]) expect(await look(minute)).toEqual([]);
    const { rows } = await database.pool.query(
      'select count(*)::integer as hours, count(distinct hour)::integer as different from oms_provider_hours',
    );
    expect(rows[0].hours).toBe(rows[0].different);
  });

  it('is said to be well by a person, and that stands until it has spoken and fallen silent again', async () => {
    await heard(HISTORY, -300);
    await look(-280);
    await runCommand(database, providers, [
      'end',
      'onu',
      'silent',
      '--by',
      'Rana',
      '--at',
      at(-280).toISOString(),
    ]);
    for (const minute of [-279, -250, -200]) expect(await look(minute)).toEqual([]);
    await heard(-190, -150);
    expect(await look(-149)).toEqual([]);
    expect(await look(-130)).toMatchObject([{ condition: 'silent', change: 'found' }]);
    expect((await conditions()).map((one) => one.updated_by)).toEqual(['Rana', 'lastgasp']);
  });

  it('may be taken over by a person: then only a person ends it', async () => {
    await heard(HISTORY, -300);
    await look(-280);
    await runCommand(database, providers, [
      'note',
      'onu',
      'silent',
      '--from',
      at(-320).toISOString(),
      '--note',
      'replaced',
      '--by',
      'Omar',
    ]);
    await heard(-200, -150);
    expect(await look(-149)).toEqual([]);
    expect(await conditions()).toMatchObject([
      { starts_at: at(-320), ends_at: null, is_automatic: false, created_by: 'lastgasp', updated_by: 'Omar' },
    ]);
  });
});

describe('lastgasp providers health', () => {
  it('tells how each does, and calls nobody well whose past is too short to tell', async () => {
    await heard(-40 * 60, -60);
    await look(-45);
    const { rows } = await database.pool.query(`select now() as at`);
    await database.pool.query(
      `insert into oms_provider_minutes (source_type, minute, session, stored, first_received_at, last_received_at)
       values ('kaifa', date_bin('1 minute', $1, 'epoch'), 1, 3, $1, $1)`,
      [rows[0].at],
    );
    const table = (await runCommand(database, providers, ['health'])).results.trimEnd().split('\n');
    expect(table.map((line) => line.split('\t').slice(0, 2))).toEqual([
      ['provider', 'is'],
      ['scada', 'never heard'],
      ['onu', 'silent'],
      ['kaifa', 'not known long enough'],
      ['call-center', 'never heard'],
    ]);
    const [, onu] = (await runCommand(database, providers, ['health', '--json'])).json();
    expect(onu).toMatchObject({
      provider: 'onu',
      conditions: [{ condition: 'silent', isAutomatic: true }],
      silentAfterSeconds: 600,
      usualMessagesPerMinute: 0.5,
    });
    expect(onu.conditions[0].note).toMatch(
      /^nothing was received for 15 min when this was found; of \d+ comparable hours \d+ had no such silence$/,
    );
  });
});

describe('a provider that speaks', () => {
  it('late is noted with its lag, and duplicates and rejects are conditions too', async () => {
    await heard(-40 * 60, -40);
    await look(-41);
    await database.pool.query(
      `update oms_provider_hours set delays = 60, median_delay_seconds = 30, stored = 60`,
    );
    await database.pool.query(
      `insert into oms_evidence (kind, source_type, event_at, received_at)
       select 'power_off', 'onu', $1::timestamptz - n * interval '1 minute', $1::timestamptz - interval '1 minute'
       from generate_series(11, 40) n`,
      [at(0)],
    );
    await heard(-30, -1, '10, 1, 9');
    const found = await look(0);
    expect(found?.map(({ condition }) => condition)).toEqual(['late', 'duplicating', 'unreliable']);
    const [late] = await conditions();
    expect(late).toMatchObject({ condition: 'late', is_automatic: true });
    expect(late.lag_seconds).toBeGreaterThan(1800);
    expect(late.lag_seconds).toBeLessThan(2400);
    expect(await look(0)).toEqual([]);
  });

  it('is looked at by one process at a time', async () => {
    const other = await database.pool.connect();
    await other.query(`begin; select pg_advisory_xact_lock(hashtextextended('lastgasp provider health', 0))`);
    expect(await look(0)).toBeNull();
    await other.query('rollback');
    other.release();
    expect(await look(0)).toEqual([]);
  });
});
