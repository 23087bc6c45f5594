import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApiServer } from './api-server.ts';
import { startStoryServer } from './story-server.ts';

let server: ApiServer;
beforeAll(async () => {
  server = await startStoryServer();
});
afterAll(() => server.stop());

describe('what wants attention', () => {
  it('is a call about danger, its caller masked, also in what was said', async () => {
    const answer = await server.get('/api/hazard-calls');
    expect(answer.json).toMatchObject([
      {
        ticketId: 'H-1',
        kind: 'hazard',
        phone: '+962 79 *** **56',
        address: 'Jabal Amman ***',
        notes: 'fire at the pole, wire down, call me on ***',
      },
    ]);
    expect(answer.text).not.toMatch(/0?791234556|Rainbow/);
  });

  it('is an identifier that matches nothing, phones and addresses masked', async () => {
    const { json, text } = await server.get('/api/unmatched');
    expect(json).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ source: 'kaifa', kind: 'asset_mrid', value: 'nobody' }),
        expect.objectContaining({ source: 'call_center', kind: 'phone', value: '+962 79 *** **56' }),
      ]),
    );
    expect(text).not.toMatch(/0?791234556|Rainbow/);
    const older = (await server.get(`/api/unmatched?limit=1&before=${json[0].id}`)).json;
    expect(older).toEqual([json[1]]);
  });

  it('is a message set aside, without its text', async () => {
    const { json, text } = await server.get('/api/dead-letters');
    expect(json).toMatchObject([
      { source: 'call_center', transport: 'http', status: 'set_aside', timesSeen: 1 },
      { source: 'unknown', transport: 'file', field: 'source' },
    ]);
    expect(json[0]).toMatchObject({ sender: null, topic: null, partition: null, offset: null });
    expect(json[0].bytes).toBeGreaterThan(0);
    expect(text).not.toContain('0791234556');
  });
});
