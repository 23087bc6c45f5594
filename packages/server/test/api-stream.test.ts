import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ApiServer, startApiServer } from './api-server.ts';
import { readStream, type StreamReader } from './event-stream.ts';
import { noteChange, openOutage } from './outage-rows.ts';

let server: ApiServer;
let readers: StreamReader[];
beforeEach(async () => {
  readers = [];
  server = await startApiServer();
});
afterEach(async () => {
  for (const reader of readers) reader.close();
  await server.stop();
});

const open = async (path = '/api/stream', headers: Record<string, string> = {}) => {
  const reader = await readStream(new URL(path, server.url), headers);
  readers.push(reader);
  return reader;
};
const isReady = (event: { event: string }) => event.event === 'ready';
const outagesOf = (reader: StreamReader) =>
  reader.events.filter((event) => event.event === 'outage').map((event) => [event.id, event.data.id]);

describe('the live stream', () => {
  it('sends the whole state of an outage each time it changes', async () => {
    const reader = await open();
    await reader.next(isReady);
    await openOutage(server.database.pool, 'O-1', { meters: ['M3', 'M4'] });
    const opened = await reader.next((event) => event.data.id === 'O-1');
    expect(opened).toMatchObject({
      id: opened.data.revision,
      event: 'outage',
      data: {
        status: 'detected',
        customersOut: 13,
        customersOutNow: 13,
        device: { id: 'D-O-1', kind: 'fuse' },
      },
    });
    await noteChange(server.database.pool, 'O-1', 'restored', 'Supply is back.');
    const ended = await reader.next((event) => event.data.status === 'restored');
    expect(ended.data).toMatchObject({ customersOut: 13, customersOutNow: 0 });
    expect(ended.id).toBeGreaterThan(opened.id as number);
  });

  it('goes on from the revision of the list that a client loaded first', async () => {
    await openOutage(server.database.pool, 'O-1');
    const list = (await server.get('/api/outages')).json;
    await openOutage(server.database.pool, 'O-2');
    const reader = await open(`/api/stream?after=${list.revision}`);
    await reader.next(isReady);
    const told = outagesOf(reader).map(([, id]) => id);
    expect(told).toContain('O-2');
    const state = new Map(list.outages.map((outage: { id: string }) => [outage.id, outage]));
    for (const id of told) state.set(id, true);
    expect([...state.keys()].sort()).toEqual(['O-1', 'O-2']);
  });

  it('tells a client that comes back what it missed, with ids that only rise', async () => {
    const first = await open();
    await first.next(isReady);
    await openOutage(server.database.pool, 'O-1');
    const seen = await first.next((event) => event.event === 'outage');
    first.close();
    await openOutage(server.database.pool, 'O-2');
    await noteChange(server.database.pool, 'O-1', 'confirmed', 'Confirmed.');
    await openOutage(server.database.pool, 'O-3');

    const again = await open('/api/stream', { 'last-event-id': String(seen.id) });
    await again.next(isReady);
    expect([...new Set(outagesOf(again).map(([, id]) => id))]).toEqual(['O-2', 'O-1', 'O-3']);
    const ids = again.events.flatMap((event) => (event.id === null ? [] : [event.id]));
    expect(ids).toEqual([...ids].sort((a, b) => a - b));
    expect(ids.at(-1)).toBe((await server.get('/api/status')).json.revision);
  });

  it('tells what became visible late, after a higher revision had been sent', async () => {
    const reader = await open();
    await reader.next(isReady);
    await openOutage(server.database.pool, 'O-1');
    await reader.next((event) => event.data.id === 'O-1');

    const slow = await server.database.pool.connect();
    await slow.query('begin');
    await slow.query(
      `insert into oms_event_timeline (outage_event_id, event_type, status, description, source, "timestamp")
       select id, 'status', 'confirmed', 'Confirmed late.', 'system', now() from oms_outage_events where event_id = 'O-1'`,
    );
    await slow.query(`update oms_outage_events set status = 'confirmed' where event_id = 'O-1'`);
    await openOutage(server.database.pool, 'O-2');
    const higher = await reader.next((event) => event.data.id === 'O-2');
    await slow.query(`select pg_notify('lastgasp_outages', '')`);
    await slow.query('commit');
    slow.release();

    const late = await reader.next((event) => event.data.status === 'confirmed');
    expect(late.id).toBeNull();
    expect(late.data.id).toBe('O-1');
    expect(late.data.revision).toBeLessThan(higher.id as number);
    const cutOff = await open('/api/stream', { 'last-event-id': String(higher.id) });
    await cutOff.next(isReady);
    expect(outagesOf(cutOff).map(([, id]) => id)).toContain('O-1');
  });

  it.each([
    ['an id of a longer history', '999999'],
    ['an id that it never gave', 'abc'],
  ])('says reset for %s, and goes on from there', async (_title, id) => {
    await openOutage(server.database.pool, 'O-1');
    const reader = await open('/api/stream', { 'last-event-id': id });
    const reset = await reader.next((event) => event.event === 'reset');
    expect(reset.data).toEqual({ reason: 'history-gone', revision: reset.id });
    await openOutage(server.database.pool, 'O-2');
    expect((await reader.next((event) => event.data.id === 'O-2')).id).toBeGreaterThan(reset.id as number);
  });

  it('says reset where the history that is asked for was removed', async () => {
    const { pool } = server.database;
    for (const id of ['O-1', 'O-2', 'O-3']) await openOutage(pool, id);
    const { rows } = await pool.query<{ id: number }>(
      'select min(id)::integer as id from oms_event_timeline',
    );
    const oldest = rows[0]?.id as number;
    await pool.query('delete from oms_event_timeline where id <= $1', [oldest + 1]);
    const reader = await open('/api/stream', { 'last-event-id': String(oldest) });
    expect((await reader.next((event) => event.event === 'reset')).data.reason).toBe('history-gone');
    const near = await open('/api/stream', { 'last-event-id': String(oldest + 1) });
    await near.next(isReady);
    expect(outagesOf(near).map(([, id]) => id)).toEqual(['O-3']);
  });

  it('goes on after the database cut every session off, and misses nothing', async () => {
    const reader = await open();
    await reader.next(isReady);
    await server.database.pool.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and pid <> pg_backend_pid() and application_name <> 'lastgasp test'`,
    );
    await openOutage(server.database.pool, 'O-1');
    expect((await reader.next((event) => event.data.id === 'O-1')).event).toBe('outage');
  });

  it('refuses a page of another site', async () => {
    expect(await server.get('/api/stream', { origin: 'https://attacker.example' })).toMatchObject({
      status: 403,
      json: { code: 'OMS_ORIGIN_REFUSED' },
    });
  });

  it('ends with the server, which does not wait for its clients', async () => {
    const reader = await open();
    await reader.next(isReady);
    await server.close();
    await reader.ended;
  });

  it('lets go of a client that never reads, and keeps the others in step', async () => {
    const reader = await open();
    await reader.next(isReady);
    const { hostname, port } = new URL(server.url);
    const deaf = connect(Number(port), hostname);
    deaf.pause();
    deaf.write(`GET /api/stream HTTP/1.1\r\nHost: ${hostname}:${port}\r\n\r\n`);
    await expect.poll(async () => (await server.get('/metrics')).text).toContain('oms_sse_clients 2');

    const { pool } = server.database;
    await openOutage(pool, 'O-1');
    await pool.query(`update oms_outage_events set description = repeat('x', 500000) where event_id = 'O-1'`);
    let last = 0;
    for (let change = 0; change < 40; change += 1) {
      last = await noteChange(pool, 'O-1', 'confirmed', 'Changed.');
      await reader.next((event) => event.id === last);
    }
    await expect.poll(async () => (await server.get('/metrics')).text).toContain('oms_sse_clients 1');
    deaf.destroy();
  });
});
