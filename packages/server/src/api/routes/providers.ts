import { ProviderHealth, refTo } from '@lastgasp/model';
import Type from 'typebox';
import type { ApiContext } from '../api-context.ts';
import type { App } from '../app-types.ts';
import { problems } from '../schemas.ts';

/** Adds how the providers do: rate, silence, delays, duplicates, rejects, each beside what is usual, and what is wrong. */
export function addProviderRoute(app: App, { providerHealth }: ApiContext): void {
  app.route({
    method: 'GET',
    url: '/api/providers',
    config: { access: { scopes: ['read'] } },
    schema: {
      operationId: 'list-providers',
      tags: ['Operation'],
      summary: 'How each provider does, beside what is usual for it, and what is wrong with it',
      response: {
        200: { description: 'The four providers', ...Type.Array(refTo(ProviderHealth)) },
        ...problems(503),
      },
    },
    handler: () => providerHealth(),
  });
}
