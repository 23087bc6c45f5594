import Type from 'typebox';
import type { ApiContext } from '../api-context.ts';
import type { App } from '../app-types.ts';

/** Adds the page that Prometheus reads. */
export function addMetricsRoute(app: App, { metrics }: ApiContext): void {
  app.route({
    method: 'GET',
    url: '/metrics',
    config: { access: { scopes: ['read'] } },
    schema: {
      operationId: 'metrics',
      tags: ['Operation'],
      summary: 'Figures in the text format of Prometheus',
      response: { 200: { description: 'Metrics', content: { 'text/plain': { schema: Type.String() } } } },
    },
    handler: async (_request, reply) => {
      const page = await metrics.render();
      return reply
        .type(metrics.contentType)
        .serializer((text: string) => text)
        .send(page);
    },
  });
}
