import { readFileSync } from 'node:fs';
import swagger from '@fastify/swagger';
import type { App } from '../app-types.ts';
import { formatDocumentation, type OpenApiDocument } from '../format-documentation.ts';

const VERSION = (
  JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as { version: string }
).version;

const DESCRIPTION = `Gateways for the four providers, and what operators read. Every error is problem+json
(RFC 9457) with a stable \`type\`; docs/errors.md explains each code. On loopback the server is open for trying out;
on any other address each request needs \`Authorization: Bearer <key>\` with the scope of its route
(\`lastgasp keys create\`).`;

/** Collects the schemas of the routes that are added after it. */
export async function addOpenApi(app: App): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Lastgasp',
        version: VERSION,
        description: DESCRIPTION,
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      tags: [
        { name: 'Outages', description: 'What is out, and since when' },
        { name: 'Network', description: 'Meters, feeders, substations' },
        { name: 'Attention', description: 'What wants a person' },
        { name: 'Gateways', description: 'Where providers send to' },
        { name: 'Operation', description: 'For whoever runs the server' },
      ],
      components: { securitySchemes: { key: { type: 'http', scheme: 'bearer' } } },
      security: [{ key: [] }],
    },
    refResolver: {
      buildLocalReference: (json, _baseUri, _fragment, index) =>
        typeof json.$id === 'string' ? json.$id : `Schema${index}`,
    },
  });
}

/** Adds `/openapi.json`, and `/docs` as a plain page made from it. */
export function addDocumentationRoutes(app: App): void {
  app.route({
    method: 'GET',
    url: '/openapi.json',
    config: { access: { scopes: ['read'] } },
    schema: { hide: true },
    handler: async (_request, reply) => reply.header('cache-control', 'no-cache').send(app.swagger()),
  });
  app.route({
    method: 'GET',
    url: '/docs',
    config: { access: { scopes: ['read'] } },
    schema: { hide: true },
    handler: async (_request, reply) =>
      reply
        .header('cache-control', 'no-cache')
        .type('text/html; charset=utf-8')
        .send(formatDocumentation(app.swagger() as unknown as OpenApiDocument)),
  });
}
