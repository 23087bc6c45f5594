import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { command as doctor } from '../src/commands/doctor.ts';
import { runCommand } from './run-command.ts';
import { seedSmallNetwork } from './small-network.ts';
import { createTestDatabase, type TestDatabase } from './test-database.ts';

interface Line {
  readonly check: string;
  readonly ok: boolean;
  readonly detail: string;
  readonly next: string | null;
}

let database: TestDatabase;
beforeEach(async () => {
  database = await createTestDatabase();
});
afterEach(() => database.drop());

const examine = async (): Promise<{ readonly exitCode: number; readonly lines: readonly Line[] }> => {
  const run = await runCommand(database, doctor, ['--json']);
  return { exitCode: run.exitCode, lines: run.json() };
};
const line = (lines: readonly Line[], name: string) => lines.find((one) => one.check === name);

describe('lastgasp doctor', () => {
  it('passes what a new installation has, and fails what is not there yet with the next command', async () => {
    const { exitCode, lines } = await examine();
    expect(exitCode).toBe(1);
    for (const name of ['database', 'schema', 'tables', 'views', 'functions', 'indexes']) {
      expect(line(lines, name)).toMatchObject({ ok: true, next: null });
    }
    expect(line(lines, 'meters')).toMatchObject({
      ok: false,
      detail: 'no meters yet',
      next: 'lastgasp import network <folder>',
    });
    expect(line(lines, 'tickets are linked to meters')).toMatchObject({
      ok: false,
      detail: 'no tickets yet',
    });
    expect(line(lines, 'evidence is correlated as it comes')).toMatchObject({ ok: false });
  });

  it('passes the lines of a provider once its events came and found meters', async () => {
    await seedSmallNetwork(database.pool);
    await database.pool.query(`select insert_onu_event_from_json_with_meter_sync($1)`, [
      { type: 'ONU_LastGaspAlert', onuId: 3230316, timestamp: new Date().toISOString() },
    ]);
    await database.pool.query(`select insert_callcenter_ticket_from_json_with_meter_link($1)`, [
      {
        ticketId: 'T-1',
        timestamp: new Date().toISOString(),
        customer: { phone: '', meterNumber: 'M-nobody', address: '', notes: 'no electricity' },
      },
    ]);
    const { lines } = await examine();
    expect(line(lines, 'meters are linked to feeders')).toMatchObject({ ok: true });
    expect(line(lines, 'ONU is heard')).toMatchObject({ ok: true });
    expect(line(lines, 'ONU events find meters')).toMatchObject({
      ok: true,
      detail: '1 of the newest 1 (100 %)',
    });
    expect(line(lines, 'Call Center is heard')).toMatchObject({ ok: true });
    expect(line(lines, 'tickets are linked to meters')).toMatchObject({
      ok: false,
      detail: '0 of the newest 1 (0 %)',
    });
    expect(line(lines, 'evidence is correlated as it comes')).toMatchObject({
      ok: false,
      detail: 'no correlator has run',
    });
    const { notes } = await runCommand(database, doctor, []);
    expect(notes).toBe(
      'Named in messages, but not in the registry: 1 meter numbers. They are kept, and found once imported.\n',
    );
  });

  it('names what somebody dropped, and does not send him to migrations that ran', async () => {
    await database.pool.query(
      'drop view oms_correlation_summary; drop trigger _100_updated_at on oms_meters',
    );
    const { lines } = await examine();
    expect(line(lines, 'views')).toMatchObject({
      ok: false,
      detail: '4 of 5; missing: oms_correlation_summary',
      next: expect.stringContaining('sql/schema.sql'),
    });
    expect(line(lines, 'updated_at of meters is kept')).toMatchObject({ ok: false });
  });
});
