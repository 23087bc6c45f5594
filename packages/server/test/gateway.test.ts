import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GATEWAYS } from '../src/api/routes/gateway.ts';
import { type ApiServer, startApiServer } from './api-server.ts';
import { kaifaEnvelope, onuMessage, scadaAlarm, troubleCall } from './messages.ts';

let server: ApiServer;
beforeAll(async () => {
  server = await startApiServer();
});
afterAll(() => server.stop());

/** A message of each provider that is new each time. */
let sequence = 0;
function nextMessage(provider: string): string {
  sequence += 1;
  const at = new Date(Date.UTC(2026, 10, 23, 8) + sequence * 1000).toISOString();
  switch (provider) {
    case 'scada':
      return JSON.stringify(scadaAlarm(at));
    case 'onu':
      return JSON.stringify(onuMessage('ONU_LastGaspAlert', at));
    case 'kaifa':
      return kaifaEnvelope(`m-${sequence}`, [
        { mrid: `e-${sequence}`, asset: 'asset-1', type: 'PowerOutage', at },
      ]);
    default:
      return JSON.stringify(troubleCall(`T-${sequence}`, at, { meterNumber: 'M12345678' }));
  }
}

const TABLES: Record<string, string> = {
  scada: 'scada_events',
  onu: 'onu_events',
  kaifa: 'kaifa_events',
  'call-center': 'callcenter_tickets',
};
const count = async (table: string) =>
  Number((await server.database.pool.query(`select count(*) from ${table}`)).rows[0].count);

describe('each gateway', () => {
  const routes = GATEWAYS.flatMap(({ provider, urls }) => urls.map((url) => [url, provider] as const));

  it.each(routes)('%s stores a %s message once and knows it again', async (url, provider) => {
    const message = nextMessage(provider);
    const before = await count(TABLES[provider] as string);
    const first = await server.post(url, message);
    expect(first).toMatchObject({
      status: 202,
      json: { stored: 1, duplicate: 0, rejected: [], events: [{ outcome: 'stored' }] },
    });
    expect(await server.post(url, message)).toMatchObject({
      status: 200,
      json: { stored: 0, duplicate: 1, events: [{ id: first.json.events[0].id, outcome: 'duplicate' }] },
    });
    expect(await count(TABLES[provider] as string)).toBe(before + 1);
  });

  it.each(routes)('%s sets a wrong %s message aside and says which field and why', async (url, provider) => {
    const wrong =
      provider === 'kaifa'
        ? kaifaEnvelope(`w-${url}`, [{ mrid: 'w', asset: 'a', type: 'PowerOutage', at: 'yesterday' }])
        : nextMessage(provider).replace(/"timestamp":"[^"]+"/, `"timestamp":"yesterday at ${url}"`);
    const answer = await server.post(url, wrong);
    expect(answer.status).toBe(422);
    expect(answer.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
    expect(answer.json).toMatchObject({
      type: 'urn:lastgasp:error:OMS_MESSAGE_REJECTED',
      status: 422,
      retryable: false,
      errors: [
        { code: 'invalid_field', field: expect.any(String), reason: expect.stringContaining('yesterday') },
      ],
    });
    const { rows } = await server.database.pool.query(
      'select transport, field, status from oms_dead_letters where id = $1',
      [answer.json.errors[0].deadLetterId],
    );
    expect(rows).toEqual([{ transport: 'http', field: answer.json.errors[0].field, status: 'set_aside' }]);
  });

  it.each(routes)('%s answers 400 for what is no message at all, and keeps it', async (url) => {
    const answer = await server.post(url, `{"never closed on ${url}`);
    expect(answer).toMatchObject({ status: 400, json: { code: 'OMS_MESSAGE_UNREADABLE' } });
    expect(answer.json.errors[0].deadLetterId).toBeGreaterThan(0);
  });
});

describe('a gateway', () => {
  it.each(['application/json', 'text/plain', 'application/x-www-form-urlencoded', 'text/xml', 'made/up'])(
    'takes the body as it is with content type %s',
    async (contentType) => {
      const answer = await server.post('/onu-event', nextMessage('onu'), { 'content-type': contentType });
      expect(answer.status).toBe(202);
    },
  );

  it('takes a body without any content type', async () => {
    const message = nextMessage('onu');
    const sent = request(new URL('/onu-event', server.url), {
      method: 'POST',
      headers: { 'content-length': Buffer.byteLength(message) },
    });
    sent.end(message);
    const [answer] = (await once(sent, 'response')) as [IncomingMessage];
    answer.resume();
    expect(answer.statusCode).toBe(202);
  });

  it('sets an empty body aside', async () => {
    expect(await server.post('/onu-event', '')).toMatchObject({
      status: 400,
      json: { code: 'OMS_MESSAGE_UNREADABLE' },
    });
  });

  it('takes what can be stored of an envelope and tells what was set aside', async () => {
    const answer = await server.post(
      '/hes-mock-generator',
      kaifaEnvelope('mixed', [
        { mrid: 'good', asset: 'asset-2', type: 'PowerOutage', at: '2026-11-23T08:00:00Z' },
        { mrid: 'bad', asset: 'asset-1', type: 'PowerOutage', at: 'never' },
      ]),
    );
    expect(answer).toMatchObject({
      status: 202,
      json: {
        status: 'partly stored',
        stored: 1,
        events: [{ outcome: 'stored', metersMatched: 1 }],
        rejected: [{ field: expect.stringContaining('[1]'), deadLetterId: expect.any(Number) }],
      },
    });
  });

  it('refuses a DOCTYPE', async () => {
    expect(
      await server.post('/hes-mock-generator', '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'),
    ).toMatchObject({ status: 400, json: { code: 'OMS_MESSAGE_UNSAFE' } });
  });

  it('answers GET with the method it takes', async () => {
    const answer = await server.get('/onu-event');
    expect(answer).toMatchObject({ status: 405, json: { code: 'OMS_METHOD_NOT_ALLOWED' } });
    expect(answer.headers.get('allow')).toBe('POST');
  });
});

describe('the SCADA gateway', () => {
  it('tells the result of the check of the meters, of the feeder only', async () => {
    const answer = await server.post('/scada-mock-generator', scadaAlarm('2026-11-23T07:00:00Z'));
    expect(answer.json.events[0]).toMatchObject({ totalMeters: 5, metersMatched: 5 });
    expect(answer.json.events[0].outageEventId).toBeGreaterThan(0);
  });

  it('notes the sender that X-SCADA-Source names, unless the message names its own', async () => {
    const header = { 'x-scada-source': 'SCADA-Amman' };
    const send = async (message: object) => {
      const { json } = await server.post('/scada-mock-generator', message, header);
      const { rows } = await server.database.pool.query('select source from scada_events where id = $1', [
        json.events[0].id,
      ]);
      return rows[0].source;
    };
    expect(await send(scadaAlarm('2026-11-23T07:01:00Z'))).toBe('SCADA-Amman');
    expect(await send(scadaAlarm('2026-11-23T07:02:00Z', { source: 'RTU-7' }))).toBe('RTU-7');
  });
});

describe('the head-end gateway', () => {
  const envelope = (id: string, at = '2026-11-23T06:00:00Z') =>
    kaifaEnvelope(id, [{ mrid: id, asset: 'asset-3', type: 'PowerOutage', at }]);

  it('answers in JSON unless XML is asked for first', async () => {
    const answer = await server.post('/hes-mock-generator', envelope('json'), { 'content-type': 'text/xml' });
    expect(answer.headers.get('content-type')).toContain('application/json');
  });

  it('answers a head-end that asks for XML with an IEC 61968 ResponseMessage', async () => {
    const send = (body: string) =>
      server.post('/hes-mock-generator', body, { accept: 'text/xml, */*;q=0.1' });
    const stored = await send(envelope('xml'));
    expect(stored.status).toBe(202);
    expect(stored.headers.get('content-type')).toBe('text/xml; charset=utf-8');
    expect(stored.text).toContain('<Result>OK</Result>');
    const refused = await send(envelope('xml-bad', 'a "time" <past> & gone'.replace(/[<&]/g, '')));
    expect(refused.status).toBe(422);
    expect(refused.text).toContain('<Result>FAILED</Result>');
    expect(refused.text).toContain('<code>invalid_field</code>');
  });
});

describe('the call center gateway', () => {
  it('answers an intake with its tracking ids and Received, also the second time', async () => {
    const call = troubleCall('TKT-1', '2026-11-23T09:00:00Z', { meterNumber: 'M12345678' });
    const first = await server.post('/trouble-call/intake', call);
    expect(first.json).toMatchObject({ status: 'Received', ticketId: 'TKT-1' });
    expect(first.json.intakeId).toMatch(/./);
    const again = await server.post('/trouble-call/intake', call);
    expect(again).toMatchObject({
      status: 200,
      json: { status: 'Received', intakeId: first.json.intakeId, omsEventId: first.json.omsEventId },
    });
  });

  it('tells a caller the state of the ticket and of the outage it belongs to', async () => {
    const { pool } = server.database;
    const { rows } = await pool.query<{ id: string; event_id: string }>(
      `select id, event_id from oms_outage_events where status = 'detected' limit 1`,
    );
    const outage = rows[0] as { id: string; event_id: string };
    const { json } = await server.post(
      '/trouble-call/intake',
      troubleCall('TKT-2', '2026-11-23T09:10:00Z', { meterNumber: 'M3' }),
    );
    expect((await server.get('/trouble-call/status?ticketId=TKT-2')).json).toMatchObject({
      ticketId: 'TKT-2',
      status: 'Registered',
      outage: null,
    });
    await pool.query('update callcenter_tickets set outage_event_id = $1 where ticket_id = $2', [
      outage.id,
      'TKT-2',
    ]);
    expect((await server.get(`/trouble-call/status?omsEventId=${json.omsEventId}`)).json).toMatchObject({
      ticketId: 'TKT-2',
      intakeId: json.intakeId,
      outage: { id: outage.event_id, status: 'detected', endedAt: null },
    });
  });

  it('follows the outage of a ticket to the one that took its place', async () => {
    const { pool } = server.database;
    await server.post(
      '/trouble-call/intake',
      troubleCall('TKT-3', '2026-11-23T09:20:00Z', { meterNumber: 'P1' }),
    );
    await pool.query(`
      with device as (
        insert into network_devices (device_id, kind) values ('X-1', 'fuse'), ('X-2', 'breaker') returning id, device_id
      ), successor as (
        insert into oms_outage_events (event_id, event_type, status, severity, confidence_score, device_id, started_at,
          first_detected_at, actual_restoration_time)
        select 'X-2-out', 'device_outage', 'restored', 'low', 0.9, id, '2026-11-23T09:00Z', '2026-11-23T09:00Z', '2026-11-23T09:30Z'
        from device where device_id = 'X-2' returning id
      ), replaced as (
        insert into oms_outage_events (event_id, event_type, status, severity, confidence_score, device_id, started_at,
          first_detected_at, replaced_by)
        select 'X-1-out', 'device_outage', 'cancelled', 'low', 0.4, d.id, '2026-11-23T09:00Z', '2026-11-23T09:00Z', s.id
        from device d, successor s where d.device_id = 'X-1' returning id
      )
      update callcenter_tickets set outage_event_id = (select id from replaced) where ticket_id = 'TKT-3'`);
    expect((await server.get('/trouble-call/status?ticketId=TKT-3')).json.outage).toMatchObject({
      id: 'X-2-out',
      status: 'restored',
      endedAt: '2026-11-23T09:30:00.000Z',
    });
  });

  it('asks for one of the two ids, and says when there is no such ticket', async () => {
    const wrong = { status: 400, json: { code: 'OMS_QUERY_INVALID' } };
    expect(await server.get('/trouble-call/status')).toMatchObject(wrong);
    expect(await server.get('/trouble-call/status?ticketId=a&omsEventId=b')).toMatchObject(wrong);
    expect(await server.get('/trouble-call/status?ticketId=nobody')).toMatchObject({
      status: 404,
      json: { code: 'OMS_TICKET_UNKNOWN' },
    });
  });
});

it('what providers sent stands in no line of the log', () => {
  const logged = server.logged();
  expect(logged).toContain('SCADA meter check results');
  expect(logged).toContain('Call Center tickets linked to oms_meters');
  expect(logged).not.toContain('0790123456');
  expect(logged).not.toContain('48575443ED8345B0');
});
