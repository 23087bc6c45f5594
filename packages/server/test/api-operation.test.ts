import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { lookAtProviders } from '../src/health/watch-providers.ts';
import { type ApiServer, startApiServer } from './api-server.ts';
import { onuMessage } from './messages.ts';
import { startStoryServer } from './story-server.ts';

let server: ApiServer;
beforeAll(async () => {
  server = await startStoryServer();
});
afterAll(() => server.stop());

describe('the server itself', () => {
  it('tells how each provider is heard and how many are out', async () => {
    const { json } = await server.get('/api/status');
    expect(json).toMatchObject({
      siteTimeZone: 'Asia/Amman',
      openOutages: 3,
      plannedOutages: 0,
      customersOutNow: 14,
      hazardCalls: 1,
      networkLoaded: true,
    });
    const provider = (name: string) =>
      json.providers.find((one: { provider: string }) => one.provider === name);
    expect(provider('kaifa')).toMatchObject({ stored: 2, duplicate: 0, unmatched: 1 });
    expect(provider('call-center')).toMatchObject({ stored: 1, rejected: 1, deadLetters: 1 });
    expect(provider('scada').lastReceivedAt).toMatch(/Z$/);
    expect(provider('scada').conditions).toEqual([]);
    expect(json.unknown).toEqual({ deadLetters: 1 });
  });

  it('tells a supervisor that it lives and can work', async () => {
    expect((await server.get('/health/live')).json).toEqual({ status: 'live' });
    expect(await server.get('/health/ready')).toMatchObject({
      status: 200,
      json: { status: 'ready', database: 'up', roles: ['api', 'ingest'] },
    });
  });

  it('tells how each provider does, and to a supervisor which is sick', async () => {
    const { pool } = server.database;
    await lookAtProviders(pool);
    await pool.query(
      `insert into oms_provider_conditions (source_type, condition, starts_at, is_automatic, note, created_by, updated_by)
       values ('call_center', 'silent', now() - interval '1 hour', true, 'nothing came', 'lastgasp', 'lastgasp')`,
    );
    const read = async () =>
      (await server.get('/api/providers')).json.find(
        (one: { provider: string }) => one.provider === 'call-center',
      );
    await expect.poll(async () => (await read()).conditions.length, { timeout: 20_000 }).toBe(1);
    expect(await read()).toMatchObject({
      conditions: [{ condition: 'silent', isAutomatic: true, notedBy: 'lastgasp', note: 'nothing came' }],
      lastReceivedAt: expect.stringMatching(/Z$/),
      silenceSeconds: expect.any(Number),
      silentAfterSeconds: null,
      comparableHours: 0,
      rejectShare: 0.5,
      kafka: [],
    });
    const ready = (await server.get('/health/ready')).json;
    expect(ready.status).toBe('degraded');
    expect(ready.providers.map((one: { conditions: string[] }) => one.conditions)).toEqual([
      [],
      [],
      [],
      ['silent'],
    ]);
    const { text } = await server.get('/metrics');
    expect(text).toContain('oms_provider_condition{provider="call-center",condition="silent"} 1');
    expect(text).toContain('oms_provider_condition{provider="scada",condition="silent"} 0');
    expect(text).toContain('oms_provider_reject_share{provider="call-center"} 0.5');
    await pool.query(`select end_provider_condition('call_center', 'silent')`);
    await expect
      .poll(async () => (await server.get('/health/ready')).json.status, { timeout: 20_000 })
      .toBe('ready');
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
      'oms_dlq_size{provider="unknown"} 1',
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
