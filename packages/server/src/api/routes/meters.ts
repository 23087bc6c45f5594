import { MeterHistoryPage, MeterState, OmsError, refTo } from '@lastgasp/model';
import Type from 'typebox';
import { readAsOf } from '../../operations/read-as-of.ts';
import { listMeterHistory } from '../../store/queries/reads/list-meter-history.ts';
import { readMeter } from '../../store/queries/reads/read-meter.ts';
import type { ApiContext } from '../api-context.ts';
import type { App } from '../app-types.ts';
import { AS_OF_QUERY, addressText, PAGE_LIMIT, PageLimit, problems, refuseParameter } from '../schemas.ts';

const MeterParams = Type.Object({ number: addressText('The meter number') });

/** Adds one meter and its audit trail. */
export function addMeterRoutes(app: App, { reads }: ApiContext): void {
  app.route({
    method: 'GET',
    url: '/api/meters/:number',
    config: { access: { scopes: ['read'] } },
    schema: {
      operationId: 'read-meter',
      tags: ['Network'],
      summary: 'One meter: place, reported and inferred state; its customer is masked',
      params: MeterParams,
      querystring: Type.Object(AS_OF_QUERY, { additionalProperties: false }),
      response: { 200: { description: 'The meter', ...refTo(MeterState) }, ...problems(400, 404, 503) },
    },
    handler: async (request) => {
      const meter = await readMeter(reads, request.params.number, readAsOf(request.query, refuseParameter));
      if (meter === null) throw new OmsError('OMS_METER_UNKNOWN');
      return meter;
    },
  });

  app.route({
    method: 'GET',
    url: '/api/meters/:number/history',
    config: { access: { scopes: ['read'] } },
    schema: {
      operationId: 'read-meter-history',
      tags: ['Network'],
      summary: 'What was reported of a meter, newest first, late reports included',
      params: MeterParams,
      querystring: Type.Object(
        {
          ...AS_OF_QUERY,
          limit: PageLimit,
          cursor: Type.Optional(addressText('`nextCursor` of the page before')),
        },
        { additionalProperties: false },
      ),
      response: { 200: { description: 'A page', ...refTo(MeterHistoryPage) }, ...problems(400, 404, 503) },
    },
    handler: async (request) => {
      const { limit = PAGE_LIMIT, cursor, ...past } = request.query;
      const history = await listMeterHistory(reads, request.params.number, {
        limit,
        cursor,
        asOf: readAsOf(past, refuseParameter),
      });
      if (history === null) throw new OmsError('OMS_METER_UNKNOWN');
      return history;
    },
  });
}
