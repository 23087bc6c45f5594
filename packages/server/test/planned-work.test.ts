import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { command as outages } from '../src/commands/outages.ts';
import { command as planned } from '../src/commands/planned.ts';
import { awaitCorrelated } from '../src/correlate/await-correlated.ts';
import { readSiteTotals } from '../src/store/queries/reads/read-site-totals.ts';
import { type Arrival, receive } from './correlation-story.ts';
import { kaifaEnvelope, scadaAlarm, scadaRestoration } from './messages.ts';
import { runCommand } from './run-command.ts';
import { seedSmallNetwork } from './small-network.ts';
import { useSqlSession } from './sql-session.ts';
import { createTestDatabase, type TestDatabase } from './test-database.ts';

/** So many minutes from now, in RFC 3339. */
const inMinutes = (count: number): string => new Date(Date.now() + count * 60_000).toISOString();

describe('announcing work', () => {
  const { rows, value } = useSqlSession();
  const announce = (changes: Record<string, unknown> = {}) => {
    const work = {
      id: 'PW-1',
      device: 'F00K123',
      from: inMinutes(60),
      to: inMinutes(180),
      what: 'new jumpers',
      by: 'planner',
      ...changes,
    };
    return value(
      'select announce_planned_work($1, $2, $3, $4, $5, $6)',
      work.id,
      work.device,
      work.from,
      work.to,
      work.what,
      work.by,
    );
  };
  const change = (id: string, changes: Record<string, unknown>) =>
    value(
      'select change_planned_work($1, starts_at => $2, ends_at => $3, description => $4, status => $5, changed_by => $6)',
      id,
      changes.from ?? null,
      changes.to ?? null,
      changes.what ?? null,
      changes.status ?? null,
      changes.by ?? 'shift lead',
    );

  it.each([
    [{ id: ' ' }, 'LGINV', 'work_id: required'],
    [{ device: null }, 'LGINV', 'device_id: required'],
    [{ device: 'X' }, 'LGNTF', 'device_id: no device, feeder or substation X in the registry'],
    [{ from: null }, 'LGINV', 'starts_at: required'],
    [{ to: 'infinity' }, 'LGINV', 'ends_at: required'],
    [{ to: inMinutes(60 * 24 * 30) }, 'LGINV', 'ends_at: must be at most 14 days after starts_at'],
    [{ to: inMinutes(-1) }, 'LGINV', 'ends_at: must be after starts_at'],
  ])('that is wrong, %j, says so with the field', async (changes, code, message) => {
    await expect(announce(changes)).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message),
    });
  });

  it('at what opens nothing is refused', async () => {
    await rows(`insert into network_devices (device_id, kind) values ('L-1', 'line')`);
    await rows(`insert into network_devices (device_id, kind, normally_open) values ('TIE', 'switch', true)`);
    await expect(announce({ device: 'L-1' })).rejects.toThrow('device_id: L-1 is a line');
    await expect(announce({ device: 'TIE' })).rejects.toThrow('device_id: TIE is normally open');
  });

  it('twice is one announcement, and otherwise than before is refused', async () => {
    const work = { from: inMinutes(60), to: inMinutes(90) };
    const id = await announce(work);
    expect(await announce(work)).toBe(id);
    await expect(announce({ ...work, what: 'something else' })).rejects.toThrow(
      'work_id: PW-1 is announced already',
    );
  });

  it('can be moved, cancelled and taken up again, and every change says who made it', async () => {
    await announce();
    expect(await change('PW-1', { to: inMinutes(240) })).toBe(true);
    expect(await change('PW-1', { status: 'cancelled', by: 'weather desk' })).toBe(true);
    expect(await change('PW-1', { status: 'cancelled' })).toBe(false);
    expect(await change('PW-1', { status: 'planned' })).toBe(true);
    await expect(change('PW-9', {})).rejects.toMatchObject({ code: 'LGNTF' });
    await expect(change('PW-1', { status: 'done' })).rejects.toThrow('status: must be planned or cancelled');
    await expect(change('PW-1', { from: inMinutes(999) })).rejects.toThrow(
      'ends_at: must be after starts_at',
    );
    expect(
      await rows(
        `select changed_by, before ->> 'status' as before, after ->> 'status' as after from oms_condition_changes order by id`,
      ),
    ).toEqual([
      { changed_by: 'planner', before: null, after: 'planned' },
      { changed_by: 'shift lead', before: 'planned', after: 'planned' },
      { changed_by: 'weather desk', before: 'planned', after: 'cancelled' },
      { changed_by: 'shift lead', before: 'cancelled', after: 'planned' },
    ]);
    await expect(rows('delete from oms_planned_work')).rejects.toMatchObject({ code: 'LGAPP' });
    await expect(rows('update oms_condition_changes set changed_by = $1', 'x')).rejects.toMatchObject({
      code: 'LGAPP',
    });
  });

  it('needs the right to call the function and none to the table', async () => {
    await rows('create role lastgasp_test_planner');
    await rows('grant usage on schema public to lastgasp_test_planner');
    await rows('set local role lastgasp_test_planner');
    await expect(announce()).rejects.toThrow('permission denied for function');
    await rows('reset role');
    await rows(
      'grant execute on function announce_planned_work(text, text, timestamptz, timestamptz, text, text) to lastgasp_test_planner',
    );
    await rows('set local role lastgasp_test_planner');
    await announce();
    await expect(rows('select from oms_planned_work')).rejects.toThrow('permission denied for table');
    await rows('reset role');
  });
});

describe('what is out in the time of announced work', () => {
  let database: TestDatabase;
  beforeEach(async () => {
    database = await createTestDatabase();
    await seedSmallNetwork(database.pool);
  });
  afterEach(() => database.drop());

  const announce = (device: string, from: number, to: number, id = 'PW-1') =>
    database.pool.query('select announce_planned_work($1, $2, $3, $4)', [
      id,
      device,
      inMinutes(from),
      inMinutes(to),
    ]);
  let messages = 0;
  const kaifa = (minute: number, type: string, ...assets: string[]): Arrival => ({
    provider: 'kaifa',
    body: kaifaEnvelope(
      `planned-${++messages}`,
      assets.map((asset) => ({ mrid: `planned-${messages}-${asset}`, asset, type, at: inMinutes(minute) })),
    ),
    receivedAt: inMinutes(minute),
  });
  const gasps = (minute: number) => kaifa(minute, '3.26.0.85', 'asset-1', 'asset-2', 'asset-3', 'asset-4');
  const breaths = (minute: number) => kaifa(minute, '3.26.0.216', 'asset-1', 'asset-2', 'asset-3', 'asset-4');
  const trip = (minute: number, feederId = 'F00K123'): Arrival => ({
    provider: 'scada',
    body: scadaAlarm(inMinutes(minute), { feederId }),
    receivedAt: inMinutes(minute),
  });

  /** Each stored outage that stands, as `F00K123 detected planned`. */
  async function after(...arrivals: readonly Arrival[]): Promise<string[]> {
    await receive(database.pool, arrivals);
    await awaitCorrelated(database);
    const { rows } = await database.pool.query<{ line: string }>(
      `select concat_ws(' ', d.device_id, o.status, case when o.planned then 'planned' end) as line
       from oms_outage_events o join network_devices d on d.id = o.device_id
       where o.status <> 'cancelled' order by 1`,
    );
    return rows.map(({ line }) => line);
  }

  it('is told as planned, in the database, the list and the totals', async () => {
    await announce('F00K123', -30, 60);
    expect(await after(gasps(-20), trip(-20))).toEqual(['F00K123 detected planned']);
    expect((await runCommand(database, outages, ['--json'])).json()).toMatchObject([
      { planned: true, customersOut: 16 },
    ]);
    expect((await runCommand(database, outages, [], true)).results).toContain('detected, planned');
    expect(await readSiteTotals(database.pool)).toMatchObject({
      openOutages: {},
      plannedOutages: 1,
      customersOutNow: 16,
    });
    const { rows } = await database.pool.query(
      `select description, (select bool_and(planned) from oms_outage_decisions) as is_decided,
         (select planned from oms_active_outages) as is_listed from oms_outage_events`,
    );
    expect(rows).toEqual([
      {
        description: expect.stringMatching(/ Announced work explains it\.$/),
        is_decided: true,
        is_listed: true,
      },
    ]);
  });

  it('is planned from the moment that a trip is stored, before anybody correlates', async () => {
    await announce('F00K123', -30, 60);
    await receive(database.pool, [trip(-20), trip(-20, 'F00K124')]);
    const { rows } = await database.pool.query(
      `select d.device_id, o.planned from oms_outage_events o join network_devices d on d.id = o.device_id order by 1`,
    );
    expect(rows).toEqual([
      { device_id: 'F00K123', planned: true },
      { device_id: 'F00K124', planned: false },
    ]);
  });

  it('is planned below the substation whose work it is, and not beside its own', async () => {
    await announce('4A00000K123', -30, 60);
    const beside: Arrival = {
      provider: 'scada',
      body: scadaAlarm(inMinutes(-20), { substationId: '4B', feederId: 'F20' }),
      receivedAt: inMinutes(-20),
    };
    expect(await after(trip(-20), trip(-20, 'F00K124'), beside)).toEqual([
      '4A00000K123 detected planned',
      'F20 detected',
    ]);
  });

  it('is nothing where nobody says anything, and an outage as ever beside it', async () => {
    await announce('F00K123', -30, 60);
    expect(await after()).toEqual([]);
    expect(await after(trip(-20, 'F00K124'))).toEqual(['F00K124 detected']);
  });

  it('is an unplanned outage once the time is over, on the same row, and the timeline says so', async () => {
    await announce('F00K123', -90, 60);
    expect(await after(gasps(-80), trip(-80))).toEqual(['F00K123 detected planned']);
    await database.pool.query(`select change_planned_work('PW-1', ends_at => $1)`, [inMinutes(-30)]);
    expect(await after()).toEqual(['F00K123 detected']);
    const { rows } = await database.pool.query(
      `select t.event_type, t.description from oms_event_timeline t order by t.id desc limit 1`,
    );
    expect(rows).toEqual([
      {
        event_type: 'corrected',
        description: expect.stringContaining('No announced work explains it any more'),
      },
    ]);
  });

  it('follows an announcement that comes late, one that is cancelled, and one taken up again', async () => {
    expect(await after(gasps(-20), trip(-20))).toEqual(['F00K123 detected']);
    await announce('F00K123', -30, 60);
    expect(await after()).toEqual(['F00K123 detected planned']);
    await database.pool.query(`select change_planned_work('PW-1', status => 'cancelled')`);
    expect(await after()).toEqual(['F00K123 detected']);
    await database.pool.query(`select change_planned_work('PW-1', status => 'planned')`);
    expect(await after()).toEqual(['F00K123 detected planned']);
  });

  it('stays planned when supply is back in time', async () => {
    await announce('F00K123', -60, 60);
    const back: Arrival = {
      provider: 'scada',
      body: scadaRestoration(inMinutes(-10)),
      receivedAt: inMinutes(-10),
    };
    expect(await after(gasps(-50), trip(-50), breaths(-10), back)).toEqual(['F00K123 restored planned']);
  });
});

describe('lastgasp planned', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase();
    await seedSmallNetwork(database.pool);
  });
  afterAll(() => database.drop());
  const run = (...args: readonly string[]) => runCommand(database, planned, args);

  it('announces, lists, moves and cancels', async () => {
    const times = ['--from', '2037-03-01T08:00:00+03:00', '--to', '2037-03-01T12:00:00+03:00'];
    const added = await run('add', 'PW-7', '--device', 'F00K123', ...times, '--by', 'Lina', '--json');
    expect(added.json()).toMatchObject({
      workId: 'PW-7',
      device: { id: 'F00K123' },
      customers: 16,
      startsAt: '2037-03-01T05:00:00.000Z',
      status: 'planned',
      createdBy: 'Lina',
    });
    expect((await run('list', '--json')).json()).toHaveLength(1);
    expect((await run('change', 'PW-7', '--to', '2037-03-01T13:00:00+03:00')).results).toContain(
      'until 2037-03-01T10:00:00.000Z',
    );
    expect((await run('cancel', 'PW-7')).results).toContain('PW-7 is cancelled');
    expect((await run('list', '--json')).json()).toEqual([]);
    expect((await run('list', '--all')).results).toContain('PW-7\tbreaker F00K123');
    await expect(run('change', 'PW-7')).rejects.toThrow('give --from');
    await expect(run('cancel', 'PW-8')).rejects.toThrow('work_id: no work PW-8 was announced');
    await expect(
      run('add', 'PW-9', '--device', 'F20', '--from', 'noon', '--to', '2037-03-01T12:00:00Z'),
    ).rejects.toThrow('RFC 3339');
  });
});
