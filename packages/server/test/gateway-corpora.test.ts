import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { corpusCases, NO_CORPORA } from '../src/ingest/testing/corpus-cases.ts';
import { type ApiServer, startApiServer } from './api-server.ts';
import { troubleCall } from './messages.ts';

const CORPORA = [
  ['json', '/onu-event'],
  ['proto-pollution', '/scada-mock-generator'],
  ['xml-attacks', '/hes-mock-generator'],
  ['strings', '/call-center-ticket-generator'],
] as const;

let server: ApiServer;
beforeAll(async () => {
  server = await startApiServer();
});
afterAll(() => server.stop());

describe.skipIf(corpusCases('json') === null)(`bad input over HTTP (skipped: ${NO_CORPORA})`, () => {
  it.each(CORPORA)(
    'each case of %s sent to %s is refused with a reason and a dead letter',
    async (name, url) => {
      const members = Object.getOwnPropertyNames(Object.prototype);
      await inTurns(corpusCases(name) ?? [], async ({ id, bytes }) => {
        const { status, json } = await server.post(url, bytes);
        expect([400, 413, 422], `${id}: ${status}`).toContain(status);
        expect(json.errors[0], id).toMatchObject({ deadLetterId: expect.any(Number) });
      });
      expect(Object.getOwnPropertyNames(Object.prototype)).toEqual(members);
    },
  );

  it('each string that a caller may say is stored as it is, or refused with a reason', async () => {
    await inTurns(corpusCases('strings') ?? [], async ({ id, text }, index) => {
      const ticketId = `S-${index}`;
      const answer = await server.post(
        '/trouble-call/intake',
        troubleCall(ticketId, '2026-11-23T10:00:00Z', { meterNumber: '', address: text }),
      );
      if (answer.status !== 202) {
        expect([400, 422], `${id}: ${answer.status}`).toContain(answer.status);
        return;
      }
      const { rows } = await server.database.pool.query(
        'select address from callcenter_tickets where ticket_id = $1',
        [ticketId],
      );
      // Blanks around what was said are not kept.
      expect(rows[0].address ?? '', id).toBe(text.replace(/^ +| +$/g, ''));
    });
  });

  it('strings as an id in an address are not found, and never a failure', async () => {
    // As many as one sender may ask at once.
    const some = (corpusCases('strings') ?? []).filter((_, index) => index % 4 === 0);
    expect(some.length).toBeLessThan(300);
    await inTurns(some, async ({ id, text }) => {
      const { status } = await server.get(`/api/meters/${encodeURIComponent(text.toWellFormed())}`);
      expect([400, 404], `${id}: ${status}`).toContain(status);
    });
  });
});

/** Many at a time, and not all at once. */
async function inTurns<T>(
  cases: readonly T[],
  send: (one: T, index: number) => Promise<void>,
): Promise<void> {
  for (let begin = 0; begin < cases.length; begin += 50) {
    await Promise.all(cases.slice(begin, begin + 50).map((one, offset) => send(one, begin + offset)));
  }
}
