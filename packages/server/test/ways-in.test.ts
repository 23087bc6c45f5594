import type { Provider } from '@lastgasp/model';
import { IngestQueue } from '../src/ingest/ingest-queue.ts';
import { ingestLines } from '../src/operations/ingest-recorded-events.ts';
import { startApiServer } from './api-server.ts';
import { seedSmallNetwork } from './small-network.ts';
import { createTestDatabase } from './test-database.ts';
import { describeWayIn, type WayIn } from './way-in-conformance.ts';

describeWayIn('over HTTP', async (): Promise<WayIn> => {
  const server = await startApiServer({ roles: ['ingest'] });
  return {
    database: server.database,
    transport: 'http',
    send: async (provider, bodies) => {
      for (const body of bodies) await server.post(`/api/ingest/${provider}`, body);
    },
    close: server.stop,
  };
});

describeWayIn('in a recorded file', async (): Promise<WayIn> => {
  const database = await createTestDatabase();
  await seedSmallNetwork(database.pool);
  const queue = new IngestQueue({ pool: database.pool });
  const lineOf = (source: Provider, body: string | object) =>
    JSON.stringify({ receivedAt: '2026-11-23T10:00:10Z', source, body });
  return {
    database,
    transport: 'file',
    send: async (provider, bodies) => {
      await ingestLines(
        queue,
        bodies.map((body) => lineOf(provider, body)),
      );
    },
    close: async () => {
      await queue.close();
      await database.drop();
    },
  };
});
