import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ApiServer, startApiServer } from './api-server.ts';
import { troubleCall } from './messages.ts';

let server: ApiServer;
beforeAll(async () => {
  server = await startApiServer();
  for (const [ticket, notes] of [
    ['T-1', 'a wire is down in the street'],
    ['T-2', 'lights are very dim in half of the rooms'],
    ['T-3', 'my father is on life support'],
  ] as const) {
    await server.post('/trouble-call/intake', troubleCall(ticket, '2026-11-23T10:00:00Z', {}, { notes }));
  }
});
afterAll(() => server.stop());

const tickets = async (query: string) =>
  (await server.get(`/api/hazard-calls${query}`)).json.map(({ ticketId }: { ticketId: string }) => ticketId);

it('a call about danger and one about partial supply are told apart', async () => {
  expect(await tickets('?kind=hazard')).toEqual(['T-3', 'T-1']);
  expect(await tickets('?kind=partial_supply')).toEqual(['T-2']);
  expect(await tickets('')).toEqual(['T-3', 'T-1', 'T-2']);
  expect((await server.get('/api/hazard-calls?kind=other')).status).toBe(400);
});
