import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import Ajv2020 from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type ApiServer, startApiServer } from './api-server.ts';
import { kaifaEnvelope, onuMessage, scadaAlarm, troubleCall } from './messages.ts';
import { noteChange, openOutage } from './outage-rows.ts';

let server: ApiServer;
beforeAll(async () => {
  server = await startApiServer();
  const { pool } = server.database;
  await server.post('/scada-mock-generator', scadaAlarm('2026-11-23T08:00:00Z'));
  await server.post('/onu-event', onuMessage('ONU_LastGaspAlert', '2026-11-23T08:00:01Z'));
  await server.post('/onu-event', onuMessage('ONU_PowerRestored', '2026-11-23T08:05:00Z'));
  await server.post(
    '/hes-mock-generator',
    kaifaEnvelope('m', [
      { mrid: 'e', asset: 'nobody', type: 'PowerOutage', at: '2026-11-23T08:00:02Z' },
      { mrid: 'f', asset: 'asset-n1', type: 'PowerOutage', at: '2026-11-23T08:00:03Z' },
    ]),
  );
  await server.post(
    '/trouble-call/intake',
    troubleCall('H-1', '2026-11-23T08:01:00Z', {
      phone: '+962791234556',
      address: 'Jabal Amman, Rainbow Street 12',
      notes: 'fire at the pole, wire down, call me on 0791234556',
    }),
  );
  await server.post('/trouble-call/intake', '{"ticketId":"BAD","phone":"0791234556"}');
  await openOutage(pool, 'O-1', { meters: ['M3', 'M4'], startedAt: '2026-11-23T08:00:00Z' });
  await openOutage(pool, 'O-2', { feeder: 'F20', meters: ['P1'], startedAt: '2026-11-23T08:10:00Z' });
  await openOutage(pool, 'O-3', { feeder: 'F20', startedAt: '2026-11-23T08:20:00Z' });
  await noteChange(pool, 'O-3', 'restored', 'Supply is back.');
  await pool.query(`
    insert into oms_event_sources (outage_event_id, source_type, source_event_id, source_table, meter_id, correlation_weight,
      event_timestamp, detected_at)
    select o.id, 'kaifa', k.id::text, 'kaifa_events', k.meter_id, 0.9, k.event_timestamp, k.received_at
    from oms_outage_events o, kaifa_events k where o.event_id = 'O-2' and k.asset_mrid = 'asset-n1';
    update oms_outage_events set replaced_by = (select id from oms_outage_events where event_id = 'O-2') where event_id = 'O-3';
  `);
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
    ['limit=0', 'limit'],
    ['limit=501', 'limit'],
    ['limit=many', 'limit'],
    ['status=gone', 'status.0'],
    ['staus=detected', 'staus'],
    ['open=maybe', 'open'],
  ])('refuses %s and names the parameter', async (query, field) => {
    expect(await server.get(`/api/outages?${query}`)).toMatchObject({
      status: 400,
      json: { code: 'OMS_QUERY_INVALID', errors: [{ field }] },
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
      inferredPowerStatus: 'unknown',
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
    ]);
    expect(json[0].bytes).toBeGreaterThan(0);
    expect(text).not.toContain('0791234556');
  });
});

describe('the server itself', () => {
  it('tells how each provider is heard and how many are out', async () => {
    const { json } = await server.get('/api/status');
    expect(json).toMatchObject({
      siteTimeZone: 'Asia/Amman',
      openOutages: 3,
      customersOutNow: 14,
      hazardCalls: 1,
      networkLoaded: true,
    });
    const provider = (name: string) =>
      json.providers.find((one: { provider: string }) => one.provider === name);
    expect(provider('kaifa')).toMatchObject({ stored: 2, duplicate: 0, unmatched: 1 });
    expect(provider('call-center')).toMatchObject({ stored: 1, rejected: 1, deadLetters: 1 });
    expect(provider('scada').lastReceivedAt).toMatch(/Z$/);
  });

  it('tells a supervisor that it lives and can work', async () => {
    expect((await server.get('/health/live')).json).toEqual({ status: 'live' });
    expect(await server.get('/health/ready')).toMatchObject({
      status: 200,
      json: { status: 'ready', database: 'up', roles: ['api', 'ingest'] },
    });
  });

  it('gives Prometheus its figures, without ids or phones', async () => {
    const { text, headers } = await server.get('/metrics');
    expect(headers.get('content-type')).toContain('text/plain');
    for (const series of [
      'oms_events_received_total{provider="kaifa",result="stored"} 2',
      'oms_events_received_total{provider="call-center",result="rejected"} 1',
      'oms_ingest_batch_events_count{provider="scada"} 1',
      'oms_http_request_duration_seconds_count{route="/onu-event",method="POST",status="202"}',
      'oms_outages_open{state="detected"} 3',
      'oms_customers_out 14',
      'oms_dlq_size{provider="call-center"} 1',
      'oms_database_up 1',
      'oms_db_pool_connections{pool="api",state="total"}',
      'oms_provider_silence_seconds{provider="onu"}',
    ]) {
      expect(text).toContain(series);
    }
    expect(text).not.toMatch(/M12345678|791234556/);
  });

  it('answers any address it does not have with a problem', async () => {
    expect(await server.get('/nothing/here')).toMatchObject({
      status: 404,
      json: { code: 'OMS_ROUTE_UNKNOWN' },
    });
    expect(await server.post('/api/outages', '{}')).toMatchObject({
      status: 405,
      json: { code: 'OMS_METHOD_NOT_ALLOWED' },
    });
  });

  it('serves its page and nothing else of its folder', async () => {
    const page = await server.get('/');
    expect(page.headers.get('content-type')).toContain('text/html');
    expect(page.text).toContain('/app.js');
    expect(page.text).not.toMatch(/<script(?![^>]*src=)|style="|\son\w+="|https?:\/\//);
    const folder = join(import.meta.dirname, '../../console/public');
    for (const file of readdirSync(folder).filter((name) => name !== 'index.html')) {
      expect((await server.get(`/${file}`)).status, file).toBe(200);
    }
    for (const file of ['/../package.json', '/%2e%2e/package.json', '/index.html', '/package.json']) {
      expect((await server.get(file)).status).toBe(404);
    }
  });

  it('sends every answer with the headers that keep a browser safe', async () => {
    for (const path of ['/', '/api/outages', '/nothing', '/health/live']) {
      const { headers } = await server.get(path);
      expect(headers.get('content-security-policy')).toContain("default-src 'self'");
      expect(headers.get('content-security-policy')).not.toContain('unsafe');
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('referrer-policy')).toBe('no-referrer');
      expect(headers.get('x-frame-options')).toBe('DENY');
    }
  });

  it('refuses a name that was pointed at this machine, and a page of another site that sends', async () => {
    // fetch sets the Host header itself.
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const sent = request(new URL('/api/outages', server.url), { headers: { host: 'attacker.example' } });
      sent
        .on('response', (answer) => resolve(answer.resume().statusCode))
        .on('error', reject)
        .end();
    });
    expect(status).toBe(421);
    expect(await server.post('/onu-event', '{}', { origin: 'https://attacker.example' })).toMatchObject({
      status: 403,
      json: { code: 'OMS_ORIGIN_REFUSED' },
    });
  });

  it('never shows the inside of a failure', async () => {
    const { pool } = server.database;
    await pool.query('alter view network_feeders_with_meters rename to feeders_away');
    const answer = await server.get('/api/feeders');
    await pool.query('alter view feeders_away rename to network_feeders_with_meters');
    expect(answer).toMatchObject({ status: 500, json: { code: 'OMS_INTERNAL' } });
    expect(answer.text).not.toMatch(/network_feeders|select|relation|packages|\.ts/);
    expect(server.logged()).toContain(answer.headers.get('x-request-id'));
  });
});

describe('the OpenAPI document', () => {
  // biome-ignore lint/suspicious/noExplicitAny: a document of many forms
  type Document = any;
  const document = async (): Promise<Document> => (await server.get('/openapi.json')).json;

  it('is OpenAPI 3.1 with an id of its own for each operation and all references resolved', async () => {
    const openApi = await document();
    expect(openApi.openapi).toBe('3.1.0');
    const operations = Object.entries<Document>(openApi.paths).flatMap(([path, methods]) =>
      Object.entries<Document>(methods).map(([method, operation]) => ({ path, method, operation })),
    );
    const ids = operations.map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { path, operation } of operations) {
      const placed = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
      const named = (operation.parameters ?? []).filter((one: Document) => one.in === 'path');
      expect(named.map((one: Document) => one.name)).toEqual(placed);
      for (const answer of Object.values<Document>(operation.responses)) {
        expect(answer.description).toMatch(/\w/);
      }
    }
    for (const [, name] of JSON.stringify(openApi).matchAll(/"\$ref":"([^"]+)"/g)) {
      expect(name).toMatch(/^#\/components\/schemas\//);
      expect(openApi.components.schemas).toHaveProperty((name as string).split('/').pop() as string);
    }
  });

  it('documents every route of the contract', async () => {
    const { paths } = await document();
    for (const path of [
      '/api/outages',
      '/api/outages/{id}',
      '/api/meters/{number}',
      '/api/meters/{number}/history',
      '/api/substations',
      '/api/feeders',
      '/api/stream',
      '/health/live',
      '/health/ready',
      '/metrics',
      '/scada-mock-generator',
      '/api/ingest/scada',
      '/onu-event',
      '/hes-mock-generator',
      '/trouble-call/intake',
      '/trouble-call/status',
    ]) {
      expect(paths).toHaveProperty([path]);
    }
  });

  it('describes what the server really answers', async () => {
    const openApi = await document();
    const ajv = new Ajv2020.default({ strict: false, allErrors: true });
    addFormats.default(ajv);
    ajv.addSchema({ $id: 'openapi', components: openApi.components });
    for (const [template, path] of [
      ['/api/outages', '/api/outages?open=any'],
      ['/api/outages/{id}', '/api/outages/O-2'],
      ['/api/meters/{number}', '/api/meters/M12345678'],
      ['/api/meters/{number}', '/api/meters/N2'],
      ['/api/meters/{number}/history', '/api/meters/M12345678/history'],
      ['/api/substations', '/api/substations'],
      ['/api/feeders', '/api/feeders'],
      ['/api/hazard-calls', '/api/hazard-calls'],
      ['/api/unmatched', '/api/unmatched'],
      ['/api/dead-letters', '/api/dead-letters'],
      ['/api/status', '/api/status'],
      ['/health/ready', '/health/ready'],
      ['/trouble-call/status', '/trouble-call/status?ticketId=H-1'],
    ] as const) {
      const schema = openApi.paths[template].get.responses['200'].content['application/json'].schema;
      const located = JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"openapi#/'));
      const validate = ajv.compile(located);
      const { json } = await server.get(path);
      expect(validate(json), `${path}: ${ajv.errorsText(validate.errors)}`).toBe(true);
    }
    const refused =
      openApi.paths['/api/outages/{id}'].get.responses['404'].content['application/problem+json'].schema;
    const validate = ajv.compile(JSON.parse(JSON.stringify(refused).replaceAll('"#/', '"openapi#/')));
    expect(validate((await server.get('/api/outages/nothing')).json)).toBe(true);
  });

  it('is shown as a page without script or anything from another host', async () => {
    const { text, headers } = await server.get('/docs');
    expect(headers.get('content-type')).toContain('text/html');
    expect(text).toContain('/api/outages/{id}');
    expect(text).not.toMatch(/<script|https?:\/\//);
  });
});

describe('while the database is away', () => {
  it('readers and providers are told to come again, and are served as soon as it is back', async () => {
    const away = await startApiServer();
    const name = new URL(away.database.url).pathname.slice(1);
    const admin = new Client({ connectionString: inject('adminUrl') });
    await admin.connect();
    const message = onuMessage('ONU_LastGaspAlert', '2026-11-23T12:00:00Z', {
      eventId: randomBytes(8).toString('hex'),
    });
    try {
      await admin.query(`alter database ${name} with allow_connections false`);
      await admin.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [name]);
      for (const answer of [await away.post('/onu-event', message), await away.get('/api/outages')]) {
        expect(answer).toMatchObject({ status: 503, json: { code: 'OMS_DATABASE_AWAY', retryable: true } });
        expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
      }
      expect((await away.get('/health/live')).status).toBe(200);
      expect(await away.get('/health/ready')).toMatchObject({ status: 503, json: { status: 'unavailable' } });
      expect((await away.get('/metrics')).text).toContain('oms_database_up 0');
      await admin.query(`alter database ${name} with allow_connections true`);
      await expect.poll(async () => (await away.get('/health/ready')).status).toBe(200);
      expect((await away.post('/onu-event', message)).status).toBe(202);
      expect((await away.post('/onu-event', message)).status).toBe(200);
    } finally {
      await admin.query(`alter database ${name} with allow_connections true`);
      await admin.end();
      await away.stop();
    }
  });
});
