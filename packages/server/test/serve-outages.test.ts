import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiServer, startApiServer } from './api-server.ts';
import { readStream } from './event-stream.ts';
import { onuMessage, scadaAlarm, scadaRestoration, troubleCall } from './messages.ts';

describe('a server with all its parts', () => {
  let server: ApiServer;
  beforeAll(async () => {
    server = await startApiServer({ roles: ['api', 'ingest', 'correlate'] });
  });
  afterAll(() => server.stop());

  it('makes an outage of a trip, shows it live with its customers, and ends it with the restoration', async () => {
    const stream = await readStream(new URL('/api/stream', server.url));
    await stream.next((event) => event.event === 'ready');
    const sent = await server.post('/scada-mock-generator', scadaAlarm('2026-11-23T10:00:00Z'));
    expect(sent.status).toBe(202);
    await server.post('/onu-event', onuMessage('ONU_LastGaspAlert', '2026-11-23T10:00:05Z'));
    await server.post(
      '/trouble-call/intake',
      troubleCall('T-1', '2026-11-23T10:01:00Z', { meterNumber: 'M12345678' }, { notes: 'no electricity' }),
    );

    const joined = await stream.next((event) => event.data.sources?.call_center === 1);
    expect(joined.data).toMatchObject({
      status: 'detected',
      feeder: { id: 'F00K123' },
      customersOut: 16,
      customersOutNow: 16,
      sources: { scada: 1, onu: 1, kaifa: 0, call_center: 1 },
    });
    const detail = await server.get(`/api/outages/${joined.data.id}`);
    expect(detail.json.members).toEqual({ meters: 5, metersOutNow: 5, customers: 16 });
    expect(
      detail.json.evidence.map((one: { source: string; eventType: string }) => [one.source, one.eventType]),
    ).toEqual([
      ['scada', 'MV_AlarmLossOfVoltage'],
      ['onu', 'ONU_LastGaspAlert'],
      ['call_center', 'no_supply'],
    ]);
    expect(detail.json.description).toContain('F00K123');
    expect(detail.json.explanation).toMatchObject({
      sources: { scada: 1 },
      telemetry: [{ device: 'F00K123', says: 'dead' }],
      policyVersion: expect.stringMatching(/^[0-9a-f]{12}$/),
    });
    expect(detail.json.explanation.alternatives[0].devices).toEqual(['F00K123']);
    expect((await server.get('/trouble-call/status?ticketId=T-1')).json.outage).toMatchObject({
      id: joined.data.id,
      status: 'detected',
    });

    await server.post('/scada-mock-generator', scadaRestoration('2026-11-23T10:30:00Z'));
    const ended = await stream.next((event) => event.data.status === 'restored');
    expect(ended.data).toMatchObject({
      id: joined.data.id,
      customersOut: 16,
      customersOutNow: 0,
      endedAt: '2026-11-23T10:30:00.000Z',
    });
    expect((await server.get('/api/outages')).json.outages).toEqual([]);
    expect((await server.get('/trouble-call/status?ticketId=T-1')).json.outage.status).toBe('restored');
    const revisions = stream.events.flatMap((event) =>
      event.event === 'outage' ? [event.data.revision] : [],
    );
    expect(revisions).toEqual([...revisions].sort((a, b) => a - b));
    stream.close();
  });

  it('a client that only reads the stream ends with what a fresh list shows', async () => {
    const before = (await server.get('/api/outages?open=any')).json;
    const state = new Map(before.outages.map((outage: { id: string }) => [outage.id, outage]));
    const stream = await readStream(new URL(`/api/stream?after=${before.revision}`, server.url));
    for (let minute = 0; minute < 6; minute += 1) {
      const feeder = minute % 2 === 0 ? { feederId: 'F00K124' } : { substationId: '4B', feederId: 'F20' };
      const at = new Date(Date.UTC(2026, 10, 23, 11, minute)).toISOString();
      const message = minute < 4 ? scadaAlarm(at, feeder) : scadaRestoration(at, feeder);
      await server.post('/scada-mock-generator', message);
    }
    await expect
      .poll(async () => (await server.get('/health/ready')).json.correlatorLagSeconds, { timeout: 20_000 })
      .toBe(0);
    const after = (await server.get('/api/outages?open=any')).json;
    await stream.next((event) => (event.id ?? 0) >= after.revision);
    for (const event of stream.events) if (event.event === 'outage') state.set(event.data.id, event.data);
    const byId = (a: { id: string }, b: { id: string }) => a.id.localeCompare(b.id);
    expect([...(state.values() as Iterable<{ id: string }>)].sort(byId)).toEqual(after.outages.sort(byId));
    stream.close();
  });
});
