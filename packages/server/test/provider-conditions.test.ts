import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { command as providers } from '../src/commands/providers.ts';
import { awaitCorrelated } from '../src/correlate/await-correlated.ts';
import { lookAtProviders } from '../src/health/watch-providers.ts';
import { type Arrival, receive } from './correlation-story.ts';
import { kaifaEnvelope, scadaAlarm } from './messages.ts';
import { runCommand } from './run-command.ts';
import { seedSmallNetwork } from './small-network.ts';
import { useSqlSession } from './sql-session.ts';
import { createTestDatabase, type TestDatabase } from './test-database.ts';

const inMinutes = (count: number): string => new Date(Date.now() + count * 60_000).toISOString();

describe('noting that a provider is sick', () => {
  const { rows, value } = useSqlSession();
  const note = (source: unknown, condition: unknown, named = '', ...values: unknown[]) =>
    value(`select note_provider_condition($1, $2${named})`, source, condition, ...values);

  it.each([
    [['hes', 'silent'], 'source_type: must be scada, onu, kaifa or call_center, got hes'],
    [['system', 'silent'], 'source_type: must be'],
    [['kaifa', 'tired'], 'condition: must be silent, late, duplicating or unreliable, got tired'],
    [['kaifa', 'silent', ', starts_at => null'], 'starts_at: required'],
    [['kaifa', 'silent', `, ends_at => now() - interval '1 hour'`], 'ends_at: must not be before starts_at'],
    [['kaifa', 'silent', ', lag_seconds => 60'], 'lag_seconds: only a late provider has a lag'],
    [['kaifa', 'late', ', lag_seconds => 0'], 'lag_seconds: must be from 1'],
  ])('wrongly, %j, says so with the field', async ([source, condition, named], message) => {
    await expect(note(source, condition, named)).rejects.toMatchObject({
      code: 'LGINV',
      message: expect.stringContaining(message),
    });
  });

  it('twice is one note; it is ended once, and both say who did it', async () => {
    const since = inMinutes(-30);
    const noted = await note('kaifa', 'silent', ', starts_at => $3, noted_by => $4', since, 'Omar');
    expect(await note('kaifa', 'silent', ', starts_at => $3', since)).toBe(noted);
    await expect(note('kaifa', 'silent')).rejects.toThrow('condition: kaifa is noted as silent since');
    await expect(
      value(`select end_provider_condition('kaifa', 'silent', $1)`, inMinutes(-60)),
    ).rejects.toThrow('ends_at: it began at');
    expect(await value(`select end_provider_condition('kaifa', 'silent', ended_by => 'Rana')`)).toBe(true);
    expect(await value(`select end_provider_condition('kaifa', 'silent')`)).toBe(false);
    expect(await rows('select subject, changed_by from oms_condition_changes order by id')).toEqual([
      { subject: 'oms_provider_conditions', changed_by: 'Omar' },
      { subject: 'oms_provider_conditions', changed_by: 'Rana' },
    ]);
  });
});

describe('a trip that the head-end says nothing of', () => {
  let database: TestDatabase;
  beforeEach(async () => {
    database = await createTestDatabase();
    await seedSmallNetwork(database.pool);
    await database.pool.query(
      `insert into oms_meters (meter_number, feeder_id, asset_mrid)
       select 'Q' || n, f.id, 'asset-q' || n from network_feeders f, generate_series(1, 40) n where f.feeder_id = 'F20'`,
    );
  });
  afterEach(() => database.drop());

  const assets = Array.from({ length: 40 }, (_, i) => `asset-q${i + 1}`);
  const kaifa = (minute: number, type: string): Arrival => ({
    provider: 'kaifa',
    body: kaifaEnvelope(
      `sick-${minute}`,
      // No two clocks agree; one stamp for all would be the concentrator's.
      assets.map((asset, i) => ({
        mrid: `sick-${minute}-${asset}`,
        asset,
        type,
        at: inMinutes(minute + (i % 5) / 200),
      })),
    ),
    receivedAt: inMinutes(minute),
  });
  const trip: Arrival = {
    provider: 'scada',
    body: scadaAlarm(inMinutes(-30), { substationId: '4B', feederId: 'F20' }),
    receivedAt: inMinutes(-30),
  };
  async function openAfter(...arrivals: readonly Arrival[]): Promise<number> {
    await receive(database.pool, arrivals);
    await awaitCorrelated(database);
    const { rows } = await database.pool.query('select from oms_active_outages');
    return rows.length;
  }

  it('is a test while the head-end is well, and an outage where it is noted as silent then', async () => {
    // The meters gasped and came back an hour before, so that their silence says something.
    expect(await openAfter(kaifa(-120, '3.26.0.85'), kaifa(-115, '3.26.0.216'), trip)).toBe(0);
    await database.pool.query(`select note_provider_condition('kaifa', 'silent', $1, $2)`, [
      inMinutes(-45),
      inMinutes(-10),
    ]);
    expect(await openAfter()).toBe(1);
  });

  it('is an outage too where the head-end is found silent by its own rhythm, and a test again once a person says it is well', async () => {
    expect(await openAfter(kaifa(-120, '3.26.0.85'), kaifa(-115, '3.26.0.216'), trip)).toBe(0);
    await database.pool.query(
      `insert into oms_provider_minutes (source_type, minute, session, stored, first_received_at, last_received_at)
       select 'kaifa', m, 1, 1, m, m from generate_series($1::timestamptz, $2, interval '2 minutes') m`,
      [inMinutes(-40 * 60), inMinutes(-45)],
    );
    expect(await lookAtProviders(database.pool)).toMatchObject([{ source: 'kaifa', condition: 'silent' }]);
    expect(await openAfter()).toBe(1);
    await runCommand(database, providers, ['end', 'kaifa', 'silent', '--at', inMinutes(-44)]);
    expect(await lookAtProviders(database.pool)).toEqual([]);
    expect(await openAfter()).toBe(0);
  });
});

describe('lastgasp providers', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(() => database.drop());
  const run = (...args: readonly string[]) => runCommand(database, providers, args);

  it('notes, lists and ends', async () => {
    expect((await run('list', '--json')).json()).toEqual([]);
    await run('note', 'call-center', 'late', '--lag', '60', '--note', 'calls by batch', '--by', 'Omar');
    expect((await run('list', '--json')).json()).toMatchObject([
      {
        source: 'call_center',
        condition: 'late',
        lagSeconds: 3600,
        endsAt: null,
        isAutomatic: false,
        createdBy: 'Omar',
      },
    ]);
    await run('end', 'call-center', 'late');
    expect((await run('list', '--json')).json()).toEqual([]);
    expect((await run('list', '--all')).results).toContain('call_center\tlate');
    await expect(run('end', 'call-center', 'late')).rejects.toThrow('call-center is not noted as late');
    await expect(run('note', 'post', 'late')).rejects.toThrow('"post" is no provider');
    await expect(run('note', 'onu', 'ill')).rejects.toThrow('"ill" is no condition');
    await expect(run('note', 'onu', 'late', '--lag', 'long')).rejects.toThrow('--lag long');
  });
});
