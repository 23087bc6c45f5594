import { FeederState, refTo, SubstationState } from '@lastgasp/model';
import Type from 'typebox';
import { listFeeders } from '../../store/queries/reads/list-feeders.ts';
import { listSubstations } from '../../store/queries/reads/list-substations.ts';
import type { ApiContext } from '../api-context.ts';
import type { App } from '../app-types.ts';
import { addressText, problems } from '../schemas.ts';

/** Adds the substations and feeders with the state of their meters. */
export function addNetworkRoutes(app: App, { reads }: ApiContext): void {
  app.route({
    method: 'GET',
    url: '/api/substations',
    config: { access: { scopes: ['read'] } },
    schema: {
      operationId: 'list-substations',
      tags: ['Network'],
      summary: 'Every substation with the state of its meters',
      response: {
        200: { description: 'By code', ...Type.Array(refTo(SubstationState)) },
        ...problems(503),
      },
    },
    handler: () => listSubstations(reads),
  });

  app.route({
    method: 'GET',
    url: '/api/feeders',
    config: { access: { scopes: ['read'] } },
    schema: {
      operationId: 'list-feeders',
      tags: ['Network'],
      summary: 'Every feeder, or those of one substation, with the state of its meters',
      querystring: Type.Object(
        { substation: Type.Optional(addressText("The substation's code")) },
        { additionalProperties: false },
      ),
      response: { 200: { description: 'By code', ...Type.Array(refTo(FeederState)) }, ...problems(400, 503) },
    },
    handler: (request) => listFeeders(reads, request.query.substation),
  });
}
