import { describe, expect, it } from 'vitest';
import { startApiServer } from './api-server.ts';
import { onuMessage } from './messages.ts';

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
