import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hashSecret, parseApiKey } from '../src/access/api-key.ts';
import { KeyRing } from '../src/access/key-ring.ts';
import type { CommandModule } from '../src/command-module.ts';
import { command as feeders } from '../src/commands/feeders.ts';
import { command as keys } from '../src/commands/keys.ts';
import { command as meter } from '../src/commands/meter.ts';
import { command as outage } from '../src/commands/outage.ts';
import { command as outages } from '../src/commands/outages.ts';
import { command as serve } from '../src/commands/serve.ts';
import { command as substations } from '../src/commands/substations.ts';
import { noteChange, openOutage } from './outage-rows.ts';
import { runCommand } from './run-command.ts';
import { seedSmallNetwork } from './small-network.ts';
import { createTestDatabase, type TestDatabase } from './test-database.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
  await seedSmallNetwork(database.pool);
  await openOutage(database.pool, 'O-1', { meters: ['M12345678', 'M3'], startedAt: '2026-11-23T08:00:00Z' });
  await openOutage(database.pool, 'O-2', {
    feeder: 'F20',
    meters: ['P1'],
    startedAt: '2026-11-23T09:00:00Z',
  });
  await openOutage(database.pool, 'O-3', {
    feeder: 'F20',
    meters: ['P2'],
    startedAt: '2026-11-23T10:00:00Z',
  });
  await noteChange(database.pool, 'O-3', 'restored', 'Supply is back.');
  await database.pool.query(`
    insert into oms_meter_status_events (meter_id, event_type, source_type, previous_status, new_status, event_timestamp, applied)
    select id, 'power_off', 'onu', 'on', 'off', '2026-11-23T08:00:05Z', true from oms_meters where meter_number = 'M12345678'`);
});
afterAll(() => database.drop());

const run = (module: CommandModule, args: readonly string[], isTerminal = false) =>
  runCommand(database, module, args, isTerminal);

describe('lastgasp outages', () => {
  it('lists the open ones as an array, newest start first', async () => {
    expect((await run(outages, ['--json'])).json()).toMatchObject([
      { id: 'O-2' },
      { id: 'O-1', customersOut: 13 },
    ]);
  });

  it('prints tab-separated lines in a pipe, times in UTC', async () => {
    const { results } = await run(outages, ['--feeder', 'F00K123']);
    const [head, line] = results.split('\n');
    expect(head).toBe(
      'number\tstatus\tdevice\tfeeder\tsubstation\tcustomers\tout now\tconfidence\tsources\tsince\tended\tplanned\tid',
    );
    expect(line).toBe(
      '1\tdetected\tfuse D-O-1\tF00K123\t4A00000K123\t13\t13\t0.75\t\t2026-11-23T08:00:00.000Z\t\t\tO-1',
    );
  });

  it("prints a table on a terminal, times in the site's zone, which is named once", async () => {
    const { results } = await run(outages, ['--all'], true);
    expect(results).toContain('2026-11-23 11:00:00');
    expect(results.match(/Asia\/Amman/g)).toHaveLength(1);
    expect(results).toContain('restored');
  });

  it('tells customers whom the outage interrupted from those who are out now, numbers to the right', async () => {
    const ended = (await run(outages, ['--ended'], true)).results.split('\n');
    expect(ended[1]).toMatch(/│ number │ .* │ customers │ out now │ confidence │/);
    expect(ended.find((line) => line.includes('restored'))).toMatch(/│ {6}3 │ .* │ {9}1 │ {7}0 │ {7}0\.75 │/);
  });

  it('answers as of a past instant, by what was learnt then or what had happened by then', async () => {
    const past = ['--as-of', '2026-11-23T08:05:00Z'];
    expect((await run(outages, [...past, '--by', 'event', '--json'])).json()).toMatchObject([{ id: 'O-1' }]);
    expect((await run(outages, [...past, '--json'])).json()).toEqual([]);
    expect((await run(outage, ['O-1', ...past, '--by', 'event', '--json'])).json()).toMatchObject({
      id: 'O-1',
    });
    await expect(run(outage, ['O-1', ...past])).rejects.toThrow('There was then no outage O-1');
    await expect(run(outages, ['--as-of', 'noon'])).rejects.toThrow('--as-of must be an RFC 3339 instant');
    await expect(run(meter, ['M3', '--by', 'event'])).rejects.toThrow('--by tells nothing without as-of');
  });

  it('narrows to status, end and number, and says what to do where none fits', async () => {
    expect((await run(outages, ['--status', 'restored', '--json'])).json()).toMatchObject([{ id: 'O-3' }]);
    expect((await run(outages, ['--ended', '--json'])).json()).toMatchObject([{ id: 'O-3' }]);
    expect((await run(outages, ['--all', '--limit', '2', '--json'])).json()).toHaveLength(2);
    expect((await run(outages, ['--feeder', 'F00K124'], true)).notes).toContain('--all');
    expect((await run(outages, ['--feeder', 'F00K124', '--json'])).json()).toEqual([]);
  });

  it.each([[['--status', 'gone']], [['--limit', '0']], [['--all', '--ended']]])(
    'refuses %j as a mistake in the call',
    async (args) => {
      await expect(run(outages, args)).rejects.toMatchObject({ exitCode: 2 });
    },
  );
});

describe('lastgasp outage', () => {
  it('shows one by id and by number', async () => {
    const shown = await run(outage, ['O-1']);
    expect(shown.results).toContain('outage: 1 (O-1)');
    expect(shown.results).toContain('customers: 13, 13 of them out now');
    expect(shown.results).toContain('The outage was detected.');
    const json = (await run(outage, ['O-1', '--json'])).json();
    expect((await run(outage, [String(json.number), '--json'])).json()).toEqual(json);
  });

  it("names the site's zone once on a terminal, and gives UTC to programs", async () => {
    const { results } = await run(outage, ['1'], true);
    expect(results).toContain('since: 2026-11-23 11:00:00');
    expect(results.match(/Asia\/Amman/g)).toHaveLength(1);
    expect((await run(outage, ['1'])).results).not.toContain('Asia/Amman');
    expect((await run(outage, ['1', '--json'])).json().startedAt).toBe('2026-11-23T08:00:00.000Z');
  });

  it('fails with a clear message where there is none', async () => {
    await expect(run(outage, ['O-9'])).rejects.toMatchObject({
      exitCode: 1,
      message: expect.stringContaining('There is no outage O-9.'),
    });
  });
});

describe('lastgasp meter', () => {
  it('shows place, states, outage and history, the customer masked', async () => {
    const { results } = await run(meter, ['M12345678']);
    expect(results).toContain('power inferred: off, outage O-1 (detected)');
    expect(results).toContain('+962 79 *** **56');
    expect(results).not.toContain('0790123456');
    expect(results).toContain('2026-11-23T08:00:05.000Z\tpower_off\tonu\ton\toff');
    expect((await run(meter, ['M12345678', '--json'])).json()).toMatchObject({
      meterNumber: 'M12345678',
      history: [{ type: 'power_off' }],
    });
  });

  it('fails where there is none, and refuses a wrong number of rows', async () => {
    await expect(run(meter, ['M0'])).rejects.toMatchObject({ exitCode: 1 });
    await expect(run(meter, ['M12345678', '--history', '0'])).rejects.toMatchObject({ exitCode: 2 });
  });
});

it('lastgasp substations and feeders list the state of their meters', async () => {
  expect((await run(substations, ['--json'])).json()).toMatchObject([
    { id: '4A00000K123', totalMeters: 9, inferredOffMeters: 2 },
    { id: '4B', totalMeters: 2, inferredOffMeters: 1 },
  ]);
  expect((await run(substations, [])).results.split('\n')[2]).toBe('4B\tMarka\t\t2\t0\t0\t2\t0\t1');
  expect((await run(feeders, ['--substation', '4B'])).results.split('\n')[1]).toBe(
    'F20\tFeeder 20\t4B\t2\t0\t0\t2\t0\t1\t0\t0',
  );
  expect((await run(feeders, ['--json'])).json()).toHaveLength(3);
});

describe('lastgasp keys', () => {
  const ring = () => new KeyRing(database.pool, { onError: () => undefined });

  it('makes a key that opens the door, and keeps only the hash of its secret', async () => {
    const { results } = await run(keys, [
      'create',
      '--name',
      'RTU',
      '--scope',
      'ingest:scada',
      '--scope',
      'read',
    ]);
    const key = parseApiKey(results.trim());
    expect(await ring().identify(results.trim())).toMatchObject({
      name: 'RTU',
      scopes: ['ingest:scada', 'read'],
    });
    const { rows } = await database.pool.query(
      'select secret_sha256, oms_api_keys::text as row from oms_api_keys where key_id = $1',
      [key?.keyId],
    );
    expect(rows[0].secret_sha256).toEqual(hashSecret(key?.secret as string));
    expect(rows[0].row).not.toContain(key?.secret);
  });

  it('rotates a key so that both work, revokes one, and lists them without secrets', async () => {
    const first = (await run(keys, ['create', '--name', 'HES', '--scope', 'ingest:kaifa', '--json'])).json();
    const second = (await run(keys, ['rotate', first.keyId, '--grace', '1h', '--json'])).json();
    expect(second).toMatchObject({
      name: 'HES',
      scopes: ['ingest:kaifa'],
      replaces: first.keyId,
      state: 'live',
    });
    expect(await ring().identify(first.key)).not.toBeNull();
    expect(await ring().identify(second.key)).not.toBeNull();

    await run(keys, ['revoke', first.keyId]);
    expect(await ring().identify(first.key)).toBeNull();
    const list = await run(keys, ['list', '--json']);
    expect(list.json()).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ keyId: first.keyId, state: 'revoked' }),
        expect.objectContaining({ keyId: second.keyId, state: 'live' }),
      ]),
    );
    expect(list.results).not.toContain(parseApiKey(second.key)?.secret);
    await expect(run(keys, ['rotate', first.keyId])).rejects.toMatchObject({ exitCode: 1 });
    await expect(run(keys, ['revoke', 'nobody'])).rejects.toMatchObject({ exitCode: 1 });
  });

  it('ends a key by itself when it was given a span', async () => {
    const made = (
      await run(keys, ['create', '--name', 'x', '--scope', 'read', '--expires', '90d', '--json'])
    ).json();
    expect(Date.parse(made.expiresAt) - Date.parse(made.createdAt)).toBe(90 * 86_400_000);
  });

  it.each([
    [['create', '--name', 'x', '--scope', 'everything']],
    [['create', '--name', ' ', '--scope', 'read']],
    [['create', '--name', 'x', '--scope', 'read', '--expires', 'soon']],
  ])('refuses %j as a mistake in the call', async (args) => {
    await expect(run(keys, args)).rejects.toMatchObject({ exitCode: 2 });
  });
});

it.each(['', 'api,everything', ','])('lastgasp serve refuses the roles %j', async (roles) => {
  await expect(run(serve, ['--roles', roles])).rejects.toMatchObject({ exitCode: 2 });
});
