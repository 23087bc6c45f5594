import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import type { Provider } from '@lastgasp/model';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GATEWAYS } from '../src/api/routes/gateway.ts';
import { findDeadLetters } from '../src/store/queries/dead-letters/find-dead-letters.ts';
import { type ApiServer, startApiServer } from './api-server.ts';
import { onuMessage } from './messages.ts';

let server: ApiServer;
beforeAll(async () => {
  server = await startApiServer();
});
afterAll(() => server.stop());

const MEGABYTE = 1024 * 1024;
const routes = GATEWAYS.flatMap(({ provider, urls, bodyLimit }) =>
  urls.map((url) => [url, provider, bodyLimit] as const),
);
const sourceOf = (provider: Provider) => (provider === 'call-center' ? 'call_center' : provider);
/** A message that is too large; those of different routes differ. */
const largeMessage = (mark: string, bytes: number) =>
  `{"mark":"${mark}","padding":"${'é'.repeat(bytes / 2)}"}`;
const letterOf = async (answer: { json: { errors: { deadLetterId: number }[] } }) =>
  (await findDeadLetters(server.database.pool, { ids: [answer.json.errors[0]?.deadLetterId as number] }))[0];

describe('a message that is too large', () => {
  it.each(routes)(
    'for %s is a dead letter with as much of %s as the route takes',
    async (url, provider, limit) => {
      const message = Buffer.from(largeMessage(url, limit + 1000));
      const answer = await server.post(url, message, { 'x-scada-source': 'RTU-7' });
      const reason =
        `The message has ${message.length} bytes; at most ${limit} are taken. ` +
        `Only the first ${limit} are kept, so it cannot be replayed.`;
      expect(answer).toMatchObject({
        status: 413,
        json: {
          code: 'OMS_MESSAGE_TOO_LARGE',
          detail: reason,
          errors: [{ code: 'too_large', field: null, reason, deadLetterId: expect.any(Number) }],
        },
      });
      const letter = await letterOf(answer);
      expect(letter).toMatchObject({
        sourceType: sourceOf(provider),
        transport: 'http',
        sender: provider === 'scada' ? 'RTU-7' : null,
        remoteAddress: expect.stringMatching(/127\.0\.0\.1|::1/),
        code: 'too_large',
        reason,
        isCut: true,
        wholeBytes: message.length,
        status: 'set_aside',
        receivedAt: expect.any(Date),
      });
      expect(letter?.payload.equals(message.subarray(0, limit))).toBe(true);
    },
  );

  it('is counted where its sender does not say how large it is', async () => {
    const message = largeMessage('chunked', MEGABYTE + 50_000);
    const sent = request(new URL('/onu-event', server.url), { method: 'POST' });
    sent.write(message.slice(0, 300_000));
    sent.end(message.slice(300_000));
    const [answer] = (await once(sent, 'response')) as [IncomingMessage];
    expect(answer.statusCode).toBe(413);
    const json = JSON.parse(await text(answer));
    expect(await letterOf({ json })).toMatchObject({ isCut: true, wholeBytes: Buffer.byteLength(message) });
  });

  it('is another dead letter than one that begins alike, and the same one when it comes again', async () => {
    const send = async (bytes: number) =>
      (await server.post('/onu-event', largeMessage('alike', MEGABYTE + bytes))).json.errors[0].deadLetterId;
    const first = await send(1000);
    expect(await send(2000)).not.toBe(first);
    expect(await send(1000)).toBe(first);
    const [letter] = await findDeadLetters(server.database.pool, { ids: [first] });
    expect(letter?.timesSeen).toBe(2);
  });

  it('is told to a head-end in the words that it asks for', async () => {
    const answer = await server.post('/hes-mock-generator', largeMessage('soap', 2 * MEGABYTE), {
      accept: 'text/xml',
    });
    expect(answer.status).toBe(413);
    expect(answer.text).toMatch(
      /<Result>FAILED<\/Result><Error><code>too_large<\/code>.*<details>dead letter \d+<\/details>/,
    );
  });

  it('counts as received and as set aside', async () => {
    const before = (await server.get('/metrics')).text;
    const rejected = (metrics: string) =>
      Number(/oms_events_received_total\{provider="onu",result="rejected"\} (\d+)/.exec(metrics)?.[1]);
    await server.post('/onu-event', largeMessage('counted', MEGABYTE));
    expect(rejected((await server.get('/metrics')).text)).toBe(rejected(before) + 1);
  });
});

describe('a message that is compressed', () => {
  it.each(routes)('for %s is a dead letter as it came, of %s', async (url, provider) => {
    const compressed = gzipSync(JSON.stringify({ url }));
    const answer = await server.post(url, compressed, { 'content-encoding': 'gzip' });
    const reason = 'is "gzip"; a message must not be compressed';
    expect(answer).toMatchObject({
      status: 415,
      json: {
        code: 'OMS_ENCODING_UNSUPPORTED',
        detail: `Content-Encoding: ${reason}`,
        errors: [{ code: 'compressed', field: 'Content-Encoding', reason }],
      },
    });
    const letter = await letterOf(answer);
    expect(letter).toMatchObject({ sourceType: sourceOf(provider), code: 'compressed', isCut: false });
    expect(letter?.payload.equals(compressed)).toBe(true);
  });

  it('and too large is cut like any other', async () => {
    const answer = await server.post('/onu-event', largeMessage('br', MEGABYTE), {
      'content-encoding': 'br',
    });
    expect(answer.status).toBe(415);
    expect((await letterOf(answer))?.payload.length).toBe(MEGABYTE);
    expect(await letterOf(answer)).toMatchObject({ isCut: true });
  });
});

describe('a content type', () => {
  it.each(['nonsense', '/', 'text/xml; charset=', 'application/json; charset=utf-16', '"'])(
    'such as %s keeps no message away',
    async (contentType) => {
      const message = onuMessage('ONU_LastGaspAlert', '2026-11-23T12:00:00Z', {
        eventId: `type ${contentType}`,
      });
      const headers = { 'content-type': contentType };
      expect((await server.post('/onu-event', message, headers)).status).toBe(202);
      const broken = await server.post('/onu-event', `{"broken": ${contentType}`, headers);
      expect(broken).toMatchObject({ status: 400, json: { code: 'OMS_MESSAGE_UNREADABLE' } });
      expect((await letterOf(broken))?.payload.toString()).toBe(`{"broken": ${contentType}`);
    },
  );
});

it('what is not even kept is told to come again: many large messages at once while the database hangs', async () => {
  const { pool } = server.database;
  const client = await pool.connect();
  await client.query('begin');
  await client.query('lock table oms_dead_letters in access exclusive mode');
  const answers = Array.from({ length: 20 }, (_, index) =>
    server.post('/onu-event', largeMessage(`flood ${index}`, MEGABYTE)),
  );
  const early: unknown[] = [];
  for (const answer of answers) void answer.then((one) => early.push(one));
  await expect.poll(() => early.length).toBe(4);
  for (const answer of early) {
    expect(answer).toMatchObject({ status: 503, json: { code: 'OMS_OVERLOADED', retryable: true } });
  }
  await client.query('rollback');
  client.release();
  const statuses = (await Promise.all(answers)).map(({ status }) => status);
  expect(statuses.filter((status) => status === 413)).toHaveLength(16);
});
