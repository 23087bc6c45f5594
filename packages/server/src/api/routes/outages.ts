import { OmsError, OUTAGE_STATUSES, OutageDetail, OutagePage, refTo } from '@lastgasp/model';
import Type from 'typebox';
import { readAsOf } from '../../operations/read-as-of.ts';
import { listOutages } from '../../store/queries/reads/list-outages.ts';
import { readOutage } from '../../store/queries/reads/read-outage.ts';
import { readRevisionRange } from '../../store/queries/reads/read-revision.ts';
import type { ApiContext } from '../api-context.ts';
import type { App } from '../app-types.ts';
import { AS_OF_QUERY, addressText, PAGE_LIMIT, PageLimit, problems, refuseParameter } from '../schemas.ts';

const OutageQuery = Type.Object(
  {
    status: Type.Optional(
      Type.Array(
        Type.Unsafe<(typeof OUTAGE_STATUSES)[number]>({ type: 'string', enum: [...OUTAGE_STATUSES] }),
        {
          description: 'Only these; may be given several times',
          maxItems: OUTAGE_STATUSES.length,
        },
      ),
    ),
    open: Type.Optional(
      Type.Unsafe<'true' | 'false' | 'any'>({
        type: 'string',
        enum: ['true', 'false', 'any'],
        description: 'Open outages (true, the default where no status is given), ended ones, or any',
      }),
    ),
    substation: Type.Optional(addressText("The substation's code")),
    feeder: Type.Optional(addressText("The feeder's code")),
    ...AS_OF_QUERY,
    limit: PageLimit,
    cursor: Type.Optional(addressText('`nextCursor` of the page before')),
  },
  { additionalProperties: false },
);

/** Adds the list of outages and the page of one. */
export function addOutageRoutes(app: App, { reads }: ApiContext): void {
  app.route({
    method: 'GET',
    url: '/api/outages',
    config: { access: { scopes: ['read'] } },
    schema: {
      operationId: 'list-outages',
      tags: ['Outages'],
      summary: 'Outages, newest start first; the open ones unless asked otherwise',
      querystring: OutageQuery,
      response: { 200: { description: 'A page', ...refTo(OutagePage) }, ...problems(400, 503) },
    },
    handler: async (request) => {
      const { status, open, limit = PAGE_LIMIT, asOf, by, ...filter } = request.query;
      const wanted = open ?? (status === undefined ? 'true' : 'any');
      // Read before the list: a change in between is then in both, never in neither.
      const { newest } = await readRevisionRange(reads);
      const list = await listOutages(reads, {
        ...filter,
        limit,
        asOf: readAsOf({ asOf, by }, refuseParameter),
        statuses: status,
        open: wanted === 'any' ? undefined : wanted === 'true',
      });
      return { revision: newest, outages: [...list.outages], nextCursor: list.nextCursor };
    },
  });

  app.route({
    method: 'GET',
    url: '/api/outages/:id',
    config: { access: { scopes: ['read'] } },
    schema: {
      operationId: 'read-outage',
      tags: ['Outages'],
      summary: 'One outage with its evidence, timeline and lineage',
      params: Type.Object({
        id: addressText("The outage's id, or its number in the database"),
      }),
      querystring: Type.Object(AS_OF_QUERY, { additionalProperties: false }),
      response: { 200: { description: 'The outage', ...refTo(OutageDetail) }, ...problems(400, 404, 503) },
    },
    handler: async (request) => {
      const outage = await readOutage(reads, request.params.id, readAsOf(request.query, refuseParameter));
      if (outage === null) throw new OmsError('OMS_OUTAGE_UNKNOWN');
      return outage;
    },
  });
}
