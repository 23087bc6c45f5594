import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatApiKey, generateApiKey, hashSecret } from '../src/access/api-key.ts';
import { KeyRing } from '../src/access/key-ring.ts';
import type { KeyScope } from '../src/access/scopes.ts';
import { createLog } from '../src/log.ts';
import { startServer } from '../src/serve.ts';
import { insertApiKey } from '../src/store/queries/keys/insert-api-key.ts';
import { revokeApiKey } from '../src/store/queries/keys/revoke-api-key.ts';
import { rotateApiKey } from '../src/store/queries/keys/rotate-api-key.ts';
import { type ApiServer, configFor, startApiServer } from './api-server.ts';
import { readStream } from './event-stream.ts';
import { kaifaEnvelope, onuMessage, scadaAlarm, scadaRestoration, troubleCall } from './messages.ts';
import { createTestDatabase, type TestDatabase } from './test-database.ts';

const silent = createLog('silent', { write: () => undefined });

async function makeKey(
  database: TestDatabase,
  scopes: readonly KeyScope[],
  lifetimeSeconds: number | null = null,
) {
  const key = generateApiKey();
  await insertApiKey(database.pool, {
    keyId: key.keyId,
    name: scopes.join(' '),
    scopes,
    secretSha256: hashSecret(key.secret),
    lifetimeSeconds,
  });
  return { keyId: key.keyId, secret: key.secret, sent: formatApiKey(key) };
}

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
    expect(detail.json.explanation).toContain('F00K123');
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
    await expect.poll(async () => (await server.get('/health/ready')).json.correlatorLagSeconds).toBe(0);
    const after = (await server.get('/api/outages?open=any')).json;
    await stream.next((event) => (event.id ?? 0) >= after.revision);
    for (const event of stream.events) if (event.event === 'outage') state.set(event.data.id, event.data);
    const byId = (a: { id: string }, b: { id: string }) => a.id.localeCompare(b.id);
    expect([...(state.values() as Iterable<{ id: string }>)].sort(byId)).toEqual(after.outages.sort(byId));
    stream.close();
  });
});

describe('a server that other machines can reach', () => {
  it('does not start before a key was made, and says how to make one', async () => {
    const database = await createTestDatabase();
    const config = configFor(database.url, { HOST: '0.0.0.0' });
    await expect(startServer({ config, log: silent, roles: ['api'] })).rejects.toMatchObject({
      code: 'OMS_KEY_REQUIRED',
      message: expect.stringContaining('lastgasp keys create'),
    });
    await makeKey(database, ['read'], 0);
    await expect(startServer({ config, log: silent, roles: ['api'] })).rejects.toMatchObject({
      code: 'OMS_KEY_REQUIRED',
    });
    await database.drop();
  });

  describe('asks for a key', () => {
    let server: ApiServer;
    let keys: Record<KeyScope | 'expired', { keyId: string; secret: string; sent: string }>;
    beforeAll(async () => {
      server = await startApiServer({
        host: '0.0.0.0',
        prepare: async (database) => {
          keys = {
            read: await makeKey(database, ['read']),
            ingest: await makeKey(database, ['ingest']),
            'ingest:scada': await makeKey(database, ['ingest:scada']),
            'ingest:onu': await makeKey(database, ['ingest:onu']),
            'ingest:kaifa': await makeKey(database, ['ingest:kaifa']),
            'ingest:call-center': await makeKey(database, ['ingest:call-center']),
            expired: await makeKey(database, ['read', 'ingest'], 0),
          };
        },
      });
    });
    afterAll(() => server.stop());

    const bearer = (key: { sent: string }) => ({ authorization: `Bearer ${key.sent}` });
    const READS = [
      '/',
      '/app.js',
      '/api/outages',
      '/api/outages/x',
      '/api/meters/x',
      '/api/meters/x/history',
      '/api/substations',
      '/api/feeders',
      '/api/hazard-calls',
      '/api/unmatched',
      '/api/dead-letters',
      '/api/status',
      '/health/ready',
      '/metrics',
      '/openapi.json',
      '/docs',
      '/no/such/address',
    ];
    const GATEWAYS: readonly [string, KeyScope][] = [
      ['/scada-mock-generator', 'ingest:scada'],
      ['/api/ingest/scada', 'ingest:scada'],
      ['/onu-event', 'ingest:onu'],
      ['/api/ingest/onu', 'ingest:onu'],
      ['/hes-mock-generator', 'ingest:kaifa'],
      ['/api/ingest/kaifa', 'ingest:kaifa'],
      ['/trouble-call/intake', 'ingest:call-center'],
      ['/call-center-ticket-generator', 'ingest:call-center'],
      ['/api/ingest/call-center', 'ingest:call-center'],
    ];

    it('for every route but the one that tells whether it lives', async () => {
      expect((await server.get('/health/live')).status).toBe(200);
      for (const path of [...READS, '/api/stream', '/trouble-call/status?ticketId=x']) {
        const answer = await server.get(path);
        expect([path, answer.status, answer.json.code]).toEqual([path, 401, 'OMS_KEY_MISSING']);
        expect(answer.headers.get('www-authenticate')).toContain('Bearer');
      }
      for (const [path] of GATEWAYS) expect((await server.post(path, '{}')).status).toBe(401);
      expect((await server.database.pool.query('select from oms_dead_letters')).rowCount).toBe(0);
    });

    it('with the scope of the route and no other', async () => {
      for (const path of READS) {
        expect([401, 403], path).not.toContain((await server.get(path, bearer(keys.read))).status);
        expect((await server.get(path, bearer(keys.ingest))).status, path).toBe(403);
      }
      for (const [path, scope] of GATEWAYS) {
        for (const [name, key] of Object.entries(keys)) {
          if (name === 'expired') continue;
          const { status } = await server.post(path, '{}', bearer(key));
          const reaches = name === scope || name === 'ingest';
          expect([path, name, status === 403]).toEqual([path, name, !reaches]);
        }
      }
      const status = async (key: { sent: string }) =>
        (await server.get('/trouble-call/status?ticketId=x', bearer(key))).status;
      expect(await status(keys.read)).toBe(404);
      expect(await status(keys['ingest:call-center'])).toBe(404);
      expect(await status(keys['ingest:onu'])).toBe(403);
    });

    it('that is good: not malformed, forged, expired, in another scheme or in the address', async () => {
      const refused = { status: 401, json: { code: 'OMS_KEY_INVALID' } };
      const { keyId, sent } = keys.read;
      const forged = { keyId, secret: generateApiKey().secret };
      for (const wrong of [
        'x',
        `${sent}x`,
        formatApiKey(forged),
        formatApiKey(generateApiKey()),
        keys.expired.sent,
      ]) {
        expect(await server.get('/api/outages', { authorization: `Bearer ${wrong}` })).toMatchObject(refused);
      }
      expect(
        await server.get('/api/outages', { authorization: `Basic ${btoa(`key:${sent}`)}` }),
      ).toMatchObject({ status: 401, json: { code: 'OMS_KEY_MISSING' } });
      expect((await server.get(`/api/outages?key=${sent}`)).status).toBe(401);
    });

    it('and notes which key sent what was set aside, and when it was last used', async () => {
      const { json } = await server.post('/onu-event', '{"type":"x"}', bearer(keys['ingest:onu']));
      const { pool } = server.database;
      const letters = await pool.query('select sender from oms_dead_letters where id = $1', [
        json.errors[0].deadLetterId,
      ]);
      expect(letters.rows).toEqual([{ sender: 'ingest:onu' }]);
      const used = async () =>
        (
          await pool.query('select last_used_at from oms_api_keys where key_id = $1', [
            keys['ingest:onu'].keyId,
          ])
        ).rows[0].last_used_at;
      await expect.poll(used).not.toBeNull();
    });

    it('and guesses no longer than a few times', async () => {
      const guess = async () =>
        (await server.get('/api/outages', { authorization: `Bearer ${formatApiKey(generateApiKey())}` }))
          .status;
      const answers = new Set<number>();
      for (let attempt = 0; attempt < 40; attempt += 1) answers.add(await guess());
      expect([...answers].sort()).toEqual([401, 429]);
    });

    it('and never writes a secret into its log', () => {
      const logged = server.logged();
      expect(logged).toContain('a key was refused');
      for (const { secret } of Object.values(keys)) expect(logged).not.toContain(secret);
    });
  });

  it('knows a revoked key for 15 seconds at most, and both keys during a rotation', async () => {
    const database = await createTestDatabase();
    let now = 0;
    const ring = new KeyRing(database.pool, { onError: () => undefined, now: () => now });
    const key = await makeKey(database, ['read', 'ingest:onu']);
    expect(await ring.identify(key.sent)).toMatchObject({ keyId: key.keyId, scopes: ['read', 'ingest:onu'] });

    const next = generateApiKey();
    const successor = await rotateApiKey(database.pool, {
      oldKeyId: key.keyId,
      newKeyId: next.keyId,
      newSecretSha256: hashSecret(next.secret),
      graceSeconds: 3600,
      lifetimeSeconds: null,
    });
    expect(successor).toMatchObject({ name: 'read ingest:onu', scopes: ['read', 'ingest:onu'] });
    now = 16_000;
    expect(await ring.identify(key.sent)).not.toBeNull();
    expect(await ring.identify(formatApiKey(next))).not.toBeNull();

    expect(await revokeApiKey(database.pool, key.keyId)).not.toBeNull();
    now = 32_000;
    expect(await ring.identify(key.sent)).toBeNull();
    expect(await ring.identify(formatApiKey(next))).not.toBeNull();
    expect(await revokeApiKey(database.pool, key.keyId)).toBeNull();
    expect(
      await rotateApiKey(database.pool, {
        oldKeyId: key.keyId,
        newKeyId: generateApiKey().keyId,
        newSecretSha256: hashSecret('x'),
        graceSeconds: 0,
        lifetimeSeconds: null,
      }),
    ).toBeNull();
    await database.drop();
  });
});

describe('a server that plays some parts only', () => {
  it('that ingests has no reads, and answers for its health', async () => {
    const server = await startApiServer({ roles: ['ingest'] });
    expect(
      (await server.post('/onu-event', onuMessage('ONU_LastGaspAlert', '2026-11-23T10:00:00Z'))).status,
    ).toBe(202);
    expect((await server.get('/api/outages')).status).toBe(404);
    expect((await server.get('/health/ready')).json).toMatchObject({ status: 'ready', roles: ['ingest'] });
    await server.stop();
  });

  it('that reads has no gateway, and that correlates has neither', async () => {
    const reader = await startApiServer({ roles: ['api'] });
    expect((await reader.post('/onu-event', '{}')).status).toBe(404);
    expect((await reader.get('/api/outages')).status).toBe(200);
    await reader.stop();
    const correlator = await startApiServer({ roles: ['correlate'] });
    expect((await correlator.get('/api/outages')).status).toBe(404);
    expect((await correlator.get('/metrics')).status).toBe(200);
    await correlator.stop();
  });
});

describe('starting and stopping', () => {
  it('says which port is taken and leaves nothing running', async () => {
    const database = await createTestDatabase();
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as { port: number };
    const config = configFor(database.url, { PORT: String(port) });
    await expect(startServer({ config, log: silent })).rejects.toMatchObject({
      code: 'OMS_PORT_TAKEN',
      message: expect.stringContaining(`127.0.0.1 port ${port}`),
    });
    const left = await database.pool.query(
      `select application_name from pg_stat_activity
       where datname = current_database() and pid <> pg_backend_pid() and application_name <> 'lastgasp test'`,
    );
    expect(left.rows).toEqual([]);
    other.close();
    await database.drop();
  });

  it('says that an address is not of this machine', async () => {
    const database = await createTestDatabase();
    await makeKey(database, ['read']);
    const config = configFor(database.url, { HOST: '203.0.113.7' });
    await expect(startServer({ config, log: silent, roles: ['api'] })).rejects.toMatchObject({
      code: 'OMS_ADDRESS_UNKNOWN',
    });
    await database.drop();
  });

  it('writes everything that it answered, also while it stops', async () => {
    const server = await startApiServer({ roles: ['ingest', 'correlate'] });
    const answers = Array.from({ length: 200 }, (_, index) =>
      server
        .post(
          '/hes-mock-generator',
          kaifaEnvelope(`m-${index}`, [
            { mrid: `e-${index}`, asset: 'asset-1', type: 'PowerOutage', at: '2026-11-23T10:00:00Z' },
          ]),
        )
        .then(
          ({ status, json }) => ({ status, id: json.events?.[0]?.id as number | undefined }),
          () => ({ status: 0, id: undefined }),
        ),
    );
    await Promise.race(answers);
    await server.close();
    await server.close();
    const told = await Promise.all(answers);
    const stored = told.flatMap(({ status, id }) => (status === 202 && id !== undefined ? [id] : []));
    expect(stored.length).toBeGreaterThan(0);
    const { rows } = await server.database.pool.query<{ id: number }>(
      'select id::integer from kaifa_events where id = any ($1)',
      [stored],
    );
    expect(rows.length).toBe(stored.length);
    await server.database.drop();
  });

  it('answers with 503 what a blocked database keeps waiting, and other requests meanwhile', async () => {
    const server = await startApiServer();
    const blocker = await server.database.pool.connect();
    await blocker.query('begin; lock table onu_events, network_feeders in access exclusive mode');
    const waiting = [
      server.post('/onu-event', onuMessage('ONU_LastGaspAlert', '2026-11-23T10:00:00Z')),
      server.get('/api/feeders'),
    ];
    expect((await server.post('/scada-mock-generator', '{')).status).toBe(400);
    expect((await server.get('/health/ready')).status).toBe(200);
    for (const answer of await Promise.all(waiting)) {
      expect(answer).toMatchObject({ status: 503, json: { code: 'OMS_DATABASE_AWAY' } });
    }
    await blocker.query('rollback');
    blocker.release();
    expect((await server.get('/api/feeders')).status).toBe(200);
    await server.stop();
  });
});

describe('lastgasp serve as a process', () => {
  const start = (environment: Record<string, string>) => {
    const child = spawn(process.execPath, [join(import.meta.dirname, '../bin/lastgasp.mjs'), 'serve'], {
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let notes = '';
    child.stderr.on('data', (chunk) => {
      notes += chunk;
    });
    return { child, notes: () => notes };
  };

  it('prints its address, answers, and ends with 0 when it is asked to stop', async () => {
    const database = await createTestDatabase();
    const { child, notes } = start({ DATABASE_URL: database.url, PORT: '0' });
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    const url = line.toString().trim();
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect((await fetch(`${url}/health/ready`)).status).toBe(200);
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
    expect(notes()).toContain('listening at');
    await database.drop();
  });

  it('ends with 1 and one line that says what to do where it cannot start', async () => {
    const database = await createTestDatabase();
    const { child, notes } = start({ DATABASE_URL: database.url, HOST: '0.0.0.0', PORT: '0' });
    expect(await once(child, 'exit')).toEqual([1, null]);
    expect(notes()).toMatch(/^error: HOST=0\.0\.0\.0 .*lastgasp keys create.*$/m);
    expect(notes()).not.toContain('    at ');
    await database.drop();
  });
});
