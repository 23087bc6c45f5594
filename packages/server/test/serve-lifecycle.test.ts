import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createLog } from '../src/log.ts';
import { startServer } from '../src/serve.ts';
import { configFor, startApiServer } from './api-server.ts';
import { makeKey } from './make-key.ts';
import { kaifaEnvelope, onuMessage } from './messages.ts';
import { createTestDatabase } from './test-database.ts';

const silent = createLog('silent', { write: () => undefined });

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

  it('does not wait for a connection that a browser opened in advance', async () => {
    const database = await createTestDatabase();
    const server = await startServer({ config: configFor(database.url), log: silent, roles: ['api'] });
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
    await once(socket, 'connect');
    const hungUp = once(socket.resume(), 'close');
    // The connection would be cut off only after this test has failed.
    await server.close();
    await hungUp;
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

  it('answers as ever what has begun to come when it is asked to stop', async () => {
    const server = await startApiServer({ roles: ['ingest'] });
    const port = Number(new URL(server.url).port);
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    let answers = '';
    socket.on('data', (part) => {
      answers += part;
    });
    const body = JSON.stringify(onuMessage('ONU_LastGaspAlert', '2026-11-23T10:00:01Z'));
    const request = `POST /onu-event HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
    socket.write(request.slice(0, 40));
    await sleep(100);
    const hungUp = once(socket, 'close');
    const closed = server.close();
    const isListening = () =>
      new Promise<boolean>((told) => {
        const probe = connect(port, '127.0.0.1');
        probe.once('connect', () => told(true)).once('error', () => told(false));
        probe.once('connect', () => probe.destroy());
      });
    while (await isListening()) await sleep(5);
    socket.write(request.slice(40));
    await Promise.all([closed, hungUp]);
    expect(answers.match(/^HTTP\/1\.1 .*$/gm)).toEqual(['HTTP/1.1 202 Accepted']);
    const { rows } = await server.database.pool.query('select count(*)::integer as stored from onu_events');
    expect(rows).toEqual([{ stored: 1 }]);
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
