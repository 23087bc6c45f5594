import Ajv2020 from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApiServer } from './api-server.ts';
import { startStoryServer } from './story-server.ts';

let server: ApiServer;
beforeAll(async () => {
  server = await startStoryServer();
});
afterAll(() => server.stop());

describe('the OpenAPI document', () => {
  // biome-ignore lint/suspicious/noExplicitAny: a document of many forms
  type Document = any;
  const document = async (): Promise<Document> => (await server.get('/openapi.json')).json;

  it('is OpenAPI 3.1 with an id of its own for each operation and all references resolved', async () => {
    const openApi = await document();
    expect(openApi.openapi).toBe('3.1.0');
    const operations = Object.entries<Document>(openApi.paths).flatMap(([path, methods]) =>
      Object.entries<Document>(methods).map(([method, operation]) => ({ path, method, operation })),
    );
    const ids = operations.map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { path, operation } of operations) {
      const placed = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
      const named = (operation.parameters ?? []).filter((one: Document) => one.in === 'path');
      expect(named.map((one: Document) => one.name)).toEqual(placed);
      for (const answer of Object.values<Document>(operation.responses)) {
        expect(answer.description).toMatch(/\w/);
      }
    }
    for (const [, name] of JSON.stringify(openApi).matchAll(/"\$ref":"([^"]+)"/g)) {
      expect(name).toMatch(/^#\/components\/schemas\//);
      expect(openApi.components.schemas).toHaveProperty((name as string).split('/').pop() as string);
    }
  });

  it('documents every route of the contract', async () => {
    const { paths } = await document();
    for (const path of [
      '/api/outages',
      '/api/outages/{id}',
      '/api/meters/{number}',
      '/api/meters/{number}/history',
      '/api/substations',
      '/api/feeders',
      '/api/stream',
      '/health/live',
      '/health/ready',
      '/metrics',
      '/scada-mock-generator',
      '/api/ingest/scada',
      '/onu-event',
      '/hes-mock-generator',
      '/trouble-call/intake',
      '/trouble-call/status',
    ]) {
      expect(paths).toHaveProperty([path]);
    }
  });

  it('describes what the server really answers', async () => {
    const openApi = await document();
    const ajv = new Ajv2020.default({ strict: false, allErrors: true });
    addFormats.default(ajv);
    ajv.addSchema({ $id: 'openapi', components: openApi.components });
    for (const [template, path] of [
      ['/api/outages', '/api/outages?open=any'],
      ['/api/outages/{id}', '/api/outages/O-2'],
      ['/api/meters/{number}', '/api/meters/M12345678'],
      ['/api/meters/{number}', '/api/meters/N2'],
      ['/api/meters/{number}/history', '/api/meters/M12345678/history'],
      ['/api/substations', '/api/substations'],
      ['/api/feeders', '/api/feeders'],
      ['/api/hazard-calls', '/api/hazard-calls'],
      ['/api/unmatched', '/api/unmatched'],
      ['/api/dead-letters', '/api/dead-letters'],
      ['/api/providers', '/api/providers'],
      ['/api/status', '/api/status'],
      ['/health/ready', '/health/ready'],
      ['/trouble-call/status', '/trouble-call/status?ticketId=H-1'],
    ] as const) {
      const schema = openApi.paths[template].get.responses['200'].content['application/json'].schema;
      const located = JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"openapi#/'));
      const validate = ajv.compile(located);
      const { json } = await server.get(path);
      expect(validate(json), `${path}: ${ajv.errorsText(validate.errors)}`).toBe(true);
    }
    const refused =
      openApi.paths['/api/outages/{id}'].get.responses['404'].content['application/problem+json'].schema;
    const validate = ajv.compile(JSON.parse(JSON.stringify(refused).replaceAll('"#/', '"openapi#/')));
    expect(validate((await server.get('/api/outages/nothing')).json)).toBe(true);
  });

  it('is shown as a page without script or anything from another host', async () => {
    const { text, headers } = await server.get('/docs');
    expect(headers.get('content-type')).toContain('text/html');
    expect(text).toContain('/api/outages/{id}');
    expect(text).not.toMatch(/<script|https?:\/\//);
  });
});
