import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApiServer } from './api-server.ts';
import { startStoryServer } from './story-server.ts';

let server: ApiServer;
beforeAll(async () => {
  server = await startStoryServer();
});
afterAll(() => server.stop());

const idsOf = (answer: { json: { outages: { id: string }[] } }) =>
  answer.json.outages.map((outage) => outage.id);

describe('the list of outages', () => {
  it('shows the open ones, newest start first, with customers out now', async () => {
    const answer = await server.get('/api/outages');
    const own = answer.json.outages.filter((outage: { id: string }) => /^O-\d$/.test(outage.id));
    expect(own).toMatchObject([
      { id: 'O-2', status: 'detected', customersOutNow: 1, feeder: { id: 'F20', name: 'Feeder 20' } },
      {
        id: 'O-1',
        status: 'detected',
        customersOut: 13,
        customersOutNow: 13,
        substation: { id: '4A00000K123' },
      },
    ]);
    expect(own[0].sources).toEqual({ scada: 0, onu: 0, kaifa: 1, call_center: 0 });
    expect(answer.headers.get('cache-control')).toBe('no-store');
  });

  it('is narrowed by status, by place, and to those that ended', async () => {
    expect(idsOf(await server.get('/api/outages?open=false'))).toEqual(['O-3']);
    expect(idsOf(await server.get('/api/outages?status=restored'))).toEqual(['O-3']);
    expect(idsOf(await server.get('/api/outages?status=restored&status=detected&feeder=F20'))).toEqual([
      'O-3',
      'O-2',
    ]);
    expect(idsOf(await server.get('/api/outages?open=any&substation=4B'))).toEqual(['O-3', 'O-2']);
    expect(idsOf(await server.get('/api/outages?feeder=nowhere'))).toEqual([]);
  });

  it('is read page by page without a gap or a repetition', async () => {
    const all = idsOf(await server.get('/api/outages?open=any'));
    const paged: string[] = [];
    let cursor: string | null = null;
    do {
      const answer = await server.get(
        `/api/outages?open=any&limit=1${cursor === null ? '' : `&cursor=${cursor}`}`,
      );
      paged.push(...idsOf(answer));
      cursor = answer.json.nextCursor;
    } while (cursor !== null);
    expect(all.length).toBe(4);
    expect(paged).toEqual(all);
  });

  it.each([
    ['limit', 'must be at least 1', 'limit=0'],
    ['limit', 'must be at most 500', 'limit=501'],
    ['limit', 'must be a whole number', 'limit=many'],
    [
      'status',
      'must be one of detected, confirmed, in_progress, partially_restored, restored, cancelled',
      'status=detected&status=gone',
    ],
    ['staus', 'is not a parameter of this address', 'staus=detected'],
    ['open', 'must be one of true, false, any', 'open=maybe'],
    ['feeder', 'must have at most 300 characters', `feeder=${'x'.repeat(301)}`],
    ['feeder', 'holds a character that is not allowed here', 'feeder=%00'],
    [`${'n'.repeat(60)}…`, 'is not a parameter of this address', `${'n'.repeat(1000)}=1`],
  ])('says which parameter is wrong: %s %s', async (field, reason, query) => {
    expect(await server.get(`/api/outages?${query}`)).toMatchObject({
      status: 400,
      json: { code: 'OMS_QUERY_INVALID', detail: `${field}: ${reason}`, errors: [{ field, reason }] },
    });
  });

  it.each(['x', 'WyJhIiwiMSJd', Buffer.from('["2026-11-23 08:00:00+00","1; drop"]').toString('base64url')])(
    'refuses the cursor %s',
    async (cursor) =>
      expect(await server.get(`/api/outages?cursor=${cursor}`)).toMatchObject({
        status: 400,
        json: { code: 'OMS_CURSOR_INVALID' },
      }),
  );
});

describe('one outage', () => {
  it('comes with its evidence, members, timeline and lineage, by id and by number', async () => {
    const answer = await server.get('/api/outages/O-2');
    expect(answer).toMatchObject({
      status: 200,
      json: {
        id: 'O-2',
        members: { meters: 1, metersOutNow: 1, customers: 1 },
        evidenceCount: 1,
        evidence: [
          { source: 'kaifa', meterNumber: 'N1', eventType: 'PowerOutage', says: 'power_off', weight: 0.9 },
        ],
        timeline: [{ type: 'status', status: 'detected', description: 'The outage was detected.' }],
        lineage: { replacedBy: null, replaces: [{ id: 'O-3', status: 'restored' }] },
      },
    });
    expect((await server.get(`/api/outages/${answer.json.number}`)).json).toEqual(answer.json);
    expect((await server.get('/api/outages/O-3')).json.lineage.replacedBy).toEqual({
      id: 'O-2',
      status: 'detected',
    });
  });

  it.each(['nothing', '999999', '0', '9'.repeat(30), '%00', "'; drop table oms_meters"])(
    'is not found by %s',
    async (id) => {
      const answer = await server.get(`/api/outages/${id.startsWith('%') ? id : encodeURIComponent(id)}`);
      expect(answer.status).toBeGreaterThanOrEqual(400);
      expect(answer.status).toBeLessThan(500);
    },
  );

  it('says in a problem what is not there', async () => {
    const answer = await server.get('/api/outages/nothing');
    expect(answer.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
    expect(answer.json).toEqual({
      type: 'urn:lastgasp:error:OMS_OUTAGE_UNKNOWN',
      title: 'No outage has this id.',
      status: 404,
      detail: 'No outage has this id.',
      instance: `urn:uuid:${answer.headers.get('x-request-id')}`,
      code: 'OMS_OUTAGE_UNKNOWN',
      retryable: false,
    });
  });
});

describe('a question about the past', () => {
  it('finds what had been decided by then, and what had happened by then', async () => {
    const before = 'asOf=2026-11-23T07:00:00Z';
    expect(idsOf(await server.get(`/api/outages?open=any&${before}`))).toEqual([]);
    expect(idsOf(await server.get(`/api/outages?open=any&${before}&by=event`))).toEqual([]);
    const later = 'asOf=2026-11-23T08:15:00%2B00:00&by=event';
    expect(idsOf(await server.get(`/api/outages?${later}&feeder=F20`))).toEqual(['O-2']);
    expect((await server.get(`/api/outages/O-2?${before}`)).status).toBe(404);
    expect((await server.get(`/api/outages/O-2?${later}`)).json).toMatchObject({
      id: 'O-2',
      customersOutNow: 1,
      members: { meters: 1, metersOutNow: 1 },
    });
    expect((await server.get(`/api/meters/P1?${later}`)).json.outage).toEqual({
      id: 'O-2',
      status: 'detected',
    });
    expect((await server.get(`/api/meters/P1?${before}`)).json).toMatchObject({
      outage: null,
      powerStatus: 'unknown',
    });
    expect((await server.get(`/api/meters/N1/history?${before}&by=event`)).json.events).toEqual([]);
  });

  it.each([
    ['asOf must carry its offset from UTC', 'asOf=2026-11-23T08:00:00'],
    ['asOf must be an RFC 3339 instant', 'asOf=yesterday'],
    ['by tells nothing without as-of', 'by=event'],
  ])('is refused where it cannot be read: %s', async (reason, query) => {
    for (const path of ['/api/outages', '/api/outages/O-1', '/api/meters/M3', '/api/meters/M3/history']) {
      const answer = await server.get(`${path}?${query}`);
      expect(answer.status).toBe(400);
      expect(answer.json.detail).toContain(reason);
    }
  });
});
