import {
  DeadLetter,
  HAZARD_CALL_KINDS,
  HazardCall,
  refTo,
  UnmatchedIdentifier,
  wordOf,
} from '@lastgasp/model';
import Type from 'typebox';
import { listDeadLetters } from '../../store/queries/reads/list-dead-letters.ts';
import { listHazardCalls } from '../../store/queries/reads/list-hazard-calls.ts';
import { listUnmatchedIdentifiers } from '../../store/queries/reads/list-unmatched-identifiers.ts';
import type { ApiContext } from '../api-context.ts';
import type { App } from '../app-types.ts';
import { PAGE_LIMIT, PageLimit, problems } from '../schemas.ts';

const PageQuery = Type.Object(
  {
    limit: PageLimit,
    before: Type.Optional(Type.Integer({ minimum: 1, description: 'Only ids below this one' })),
  },
  { additionalProperties: false },
);

/** Adds what wants a person's eye: hazard calls, identifiers that match nothing, messages set aside. */
export function addAttentionRoutes(app: App, { reads }: ApiContext): void {
  app.route({
    method: 'GET',
    url: '/api/hazard-calls',
    config: { access: { scopes: ['read'] } },
    schema: {
      operationId: 'list-hazard-calls',
      tags: ['Attention'],
      summary: 'Calls that report a danger, then those with partial supply, newest first; callers are masked',
      querystring: Type.Object(
        {
          limit: PageLimit,
          kind: Type.Optional(
            wordOf(HAZARD_CALL_KINDS, 'Only these; a danger and partial supply unless told'),
          ),
        },
        { additionalProperties: false },
      ),
      response: { 200: { description: 'Calls', ...Type.Array(refTo(HazardCall)) }, ...problems(400, 503) },
    },
    handler: (request) => listHazardCalls(reads, { limit: PAGE_LIMIT, ...request.query }),
  });

  app.route({
    method: 'GET',
    url: '/api/unmatched',
    config: { access: { scopes: ['read'] } },
    schema: {
      operationId: 'list-unmatched',
      tags: ['Attention'],
      summary: 'Identifiers of stored events that the registry does not know, newest first',
      querystring: PageQuery,
      response: {
        200: { description: 'Identifiers', ...Type.Array(refTo(UnmatchedIdentifier)) },
        ...problems(400, 503),
      },
    },
    handler: (request) => listUnmatchedIdentifiers(reads, { limit: PAGE_LIMIT, ...request.query }),
  });

  app.route({
    method: 'GET',
    url: '/api/dead-letters',
    config: { access: { scopes: ['read'] } },
    schema: {
      operationId: 'list-dead-letters',
      tags: ['Attention'],
      summary: 'Messages that were set aside, newest first, without their text',
      querystring: PageQuery,
      response: {
        200: { description: 'Dead letters', ...Type.Array(refTo(DeadLetter)) },
        ...problems(400, 503),
      },
    },
    handler: (request) => listDeadLetters(reads, { limit: PAGE_LIMIT, ...request.query }),
  });
}
