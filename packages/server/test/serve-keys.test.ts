import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatApiKey, generateApiKey, hashSecret } from '../src/access/api-key.ts';
import { KeyRing } from '../src/access/key-ring.ts';
import type { KeyScope } from '../src/access/scopes.ts';
import { createLog } from '../src/log.ts';
import { startServer } from '../src/serve.ts';
import { revokeApiKey } from '../src/store/queries/keys/revoke-api-key.ts';
import { rotateApiKey } from '../src/store/queries/keys/rotate-api-key.ts';
import { type ApiServer, configFor, startApiServer } from './api-server.ts';
import { makeKey } from './make-key.ts';
import { createTestDatabase } from './test-database.ts';

const silent = createLog('silent', { write: () => undefined });

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
      '/api/providers',
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
