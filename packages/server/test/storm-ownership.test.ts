import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { awaitCorrelated } from '../src/correlate/await-correlated.ts';
import { STORM_MARK } from '../src/demo/storm-mark.ts';
import { claimStorm } from '../src/store/claim-storm.ts';
import { countStoredEvents } from '../src/store/queries/demo/count-stored-events.ts';
import { isHeldByOthers } from '../src/store/queries/demo/is-held-by-others.ts';
import { readLeftByStorm } from '../src/store/queries/demo/read-left-by-storm.ts';
import { type ApiServer, startApiServer } from './api-server.ts';
import { kaifaEnvelope, onuMessage, scadaAlarm } from './messages.ts';

let server: ApiServer;
beforeEach(async () => {
  server = await startApiServer();
});
afterEach(() => server.stop());

const STORM = { 'x-scada-source': STORM_MARK.scadaSource };
const at = (second: number) => new Date(Date.UTC(2026, 10, 23, 10, 0, second)).toISOString();

const trip = (second: number, headers: Record<string, string>, changes: Record<string, unknown> = {}) =>
  server.post('/scada-mock-generator', scadaAlarm(at(second), changes), headers);
const gasp = (second: number, eventId: string) =>
  server.post('/onu-event', onuMessage('ONU_LastGaspAlert', at(second), { eventId }));
const meterGasp = (second: number, mrid: string, asset: string) =>
  server.post(
    '/hes-mock-generator',
    kaifaEnvelope(`HES-${mrid}`, [{ mrid, asset, type: 'PowerOutage', at: at(second) }]),
  );

const left = () => readLeftByStorm(server.database.pool, STORM_MARK);
const isHeld = (feederIds: string[], meterNumbers: string[] = []) =>
  isHeldByOthers(server.database.pool, { feederIds, meterNumbers }, STORM_MARK);
const correlated = () => awaitCorrelated(server.database);

describe('what a storm left without supply', () => {
  it('is what its own messages say: outages of feeders and substations, and meters that gasped', async () => {
    await trip(0, STORM);
    await trip(1, STORM, { substationId: '4B', feederId: '' });
    await gasp(2, `${STORM_MARK.eventPrefix}X-1`);
    await meterGasp(400, `${STORM_MARK.eventPrefix}X-2`, 'asset-n1');
    await correlated();
    expect(await left()).toEqual({
      feederIds: ['F00K123'],
      substationIds: ['4B'],
      meterNumbers: ['M12345678', 'M23456789', 'N1'],
    });
    expect(await countStoredEvents(server.database.pool)).toBe(4);
  });

  it('is nothing that anybody else reported', async () => {
    await trip(0, {});
    await trip(1, { 'x-scada-source': 'RTU-7' }, { substationId: '4B', feederId: '' });
    await gasp(2, '');
    await meterGasp(3, 'evt-1', 'asset-n1');
    await correlated();
    expect(await left()).toEqual({ feederIds: [], substationIds: [], meterNumbers: [] });
  });

  it('is no outage that somebody else’s SCADA reports as well, before or after the storm', async () => {
    await trip(0, STORM);
    await trip(5, {});
    await trip(0, {}, { feederId: 'F00K124' });
    await trip(5, STORM, { feederId: 'F00K124' });
    await correlated();
    expect((await left()).feederIds).toEqual([]);
  });

  it('is no meter whose last gasp came from somebody else', async () => {
    await gasp(0, `${STORM_MARK.eventPrefix}X-1`);
    await gasp(5, 'an operator’s own');
    expect((await left()).meterNumbers).toEqual([]);
  });
});

describe('the storm must leave alone', () => {
  it('a feeder on which somebody else reports an outage, until that has ended', async () => {
    expect(await isHeld(['F00K123'])).toBe(false);
    await trip(0, {});
    expect(await isHeld(['F00K123'])).toBe(true);
    expect(await isHeld(['F00K124', 'F20'])).toBe(false);
    await server.post(
      '/scada-mock-generator',
      scadaAlarm(at(30), { eventType: 'MV_AlarmRestoration', alarmType: 'Energized', voltage: 11_000 }),
    );
    await correlated();
    expect(await isHeld(['F00K123'])).toBe(false);
  });

  it('every feeder of a substation that somebody else reports as dark', async () => {
    await trip(0, {}, { substationId: '4A00000K123', feederId: '' });
    expect([await isHeld(['F00K123']), await isHeld(['F00K124']), await isHeld(['F20'])]).toEqual([
      true,
      true,
      false,
    ]);
  });

  it('its own outage once somebody else’s SCADA joins it, but not for a gasp that joins it', async () => {
    await trip(0, STORM);
    await gasp(5, 'an operator’s own');
    await correlated();
    expect(await isHeld(['F00K123'])).toBe(false);
    await trip(9, {});
    expect(await isHeld(['F00K123'])).toBe(true);
  });

  it('no outage that is inferred from silence alone: nobody reported it', async () => {
    await trip(0, STORM);
    await correlated();
    const { pool } = server.database;
    await pool.query('update scada_events set outage_event_id = null');
    await pool.query('delete from oms_event_sources');
    expect(await isHeld(['F00K123'])).toBe(false);
  });

  it('a meter that gasped for somebody else, whoever reported it before', async () => {
    await meterGasp(0, `${STORM_MARK.eventPrefix}X-1`, 'asset-n1');
    expect(await isHeld([], ['N1', 'N2'])).toBe(false);
    await meterGasp(5, 'evt-1', 'asset-n1');
    expect(await isHeld([], ['N1', 'N2'])).toBe(true);
    expect(await isHeld([], ['N2'])).toBe(false);
  });
});

describe('the claim to play the storm', () => {
  it('is one process’s at a time, and free again once that lets go or dies', async () => {
    const { url, pool } = server.database;
    const before = new Date(Date.now() - 60_000);
    const first = await claimStorm(url);
    expect(first.kind).toBe('held');
    const second = await claimStorm(url);
    expect(second.kind).toBe('taken');
    if (second.kind === 'taken') expect(second.since?.getTime()).toBeGreaterThan(before.getTime());
    if (first.kind === 'held') await first.release();

    const third = await claimStorm(url);
    if (third.kind !== 'held') throw new Error('the claim was not let go of');
    await pool.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and application_name = 'lastgasp storm'`,
    );
    await expect.poll(() => third.lost.aborted).toBe(true);
    const fourth = await claimStorm(url);
    expect(fourth.kind).toBe('held');
    if (fourth.kind === 'held') await fourth.release();
  });
});
