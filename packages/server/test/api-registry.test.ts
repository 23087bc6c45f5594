import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApiServer } from './api-server.ts';
import { startStoryServer } from './story-server.ts';

let server: ApiServer;
beforeAll(async () => {
  server = await startStoryServer();
});
afterAll(() => server.stop());

describe('a meter', () => {
  it('shows its place, what it reported and its customer masked', async () => {
    const answer = await server.get('/api/meters/M12345678');
    expect(answer.json).toMatchObject({
      meterNumber: 'M12345678',
      powerStatus: 'on',
      communicationStatus: 'online',
      lastPowerChangeAt: '2026-11-23T08:05:00.000Z',
      feeder: { id: 'F00K123' },
      onuId: 3230316,
      customer: {
        id: 'C1',
        name: 'س*** ح***',
        phone: '+962 79 *** **56',
        address: expect.stringContaining('***'),
      },
    });
    expect(answer.text).not.toContain('0790123456');
  });

  it('shows beside the report what the open outage it belongs to says', async () => {
    expect((await server.get('/api/meters/P1')).json).toMatchObject({
      powerStatus: 'unknown',
      inferredPowerStatus: 'off',
      outage: { id: 'O-2', status: 'detected' },
    });
    expect((await server.get('/api/meters/P2')).json).toMatchObject({
      inferredPowerStatus: null,
      outage: null,
    });
  });

  it('has a history, newest first, page by page', async () => {
    const all = (await server.get('/api/meters/M12345678/history')).json.events;
    expect(all.map((event: { type: string; at: string }) => event.at)).toEqual(
      [...all.map((event: { at: string }) => event.at)].sort().reverse(),
    );
    expect(all.map((event: { type: string }) => event.type)).toEqual(
      expect.arrayContaining(['power_off', 'power_on']),
    );
    const first = (await server.get('/api/meters/M12345678/history?limit=1')).json;
    const second = (await server.get(`/api/meters/M12345678/history?limit=1&cursor=${first.nextCursor}`))
      .json;
    expect([...first.events, ...second.events]).toEqual(all.slice(0, 2));
  });

  it('that is not registered is not found', async () => {
    const unknown = { status: 404, json: { code: 'OMS_METER_UNKNOWN' } };
    expect(await server.get('/api/meters/M0')).toMatchObject(unknown);
    expect(await server.get('/api/meters/M0/history')).toMatchObject(unknown);
  });
});

it('substations and feeders show the state of their meters', async () => {
  expect((await server.get('/api/substations')).json).toMatchObject([
    { id: '4A00000K123', name: 'Amman North', totalMeters: 9, inferredOffMeters: 2 },
    { id: '4B', totalMeters: 2, inferredOffMeters: 1 },
  ]);
  expect((await server.get('/api/feeders?substation=4A00000K123')).json).toMatchObject([
    { id: 'F00K123', substationId: '4A00000K123', totalMeters: 5, onlineMeters: 2 },
    { id: 'F00K124', totalMeters: 4, offlineMeters: 1, communicationOfflineMeters: 1 },
  ]);
  expect((await server.get('/api/feeders')).json).toHaveLength(3);
});
