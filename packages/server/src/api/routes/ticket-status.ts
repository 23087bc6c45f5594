import { OmsError, refTo, TicketState } from '@lastgasp/model';
import Type from 'typebox';
import { readTicketState } from '../../store/queries/reads/read-ticket-state.ts';
import type { ApiContext } from '../api-context.ts';
import type { App } from '../app-types.ts';
import { addressText, problems } from '../schemas.ts';

/** Adds the question a caller asks: what became of my ticket, and of the outage behind it. */
export function addTicketStatusRoute(app: App, { reads }: ApiContext): void {
  app.route({
    method: 'GET',
    url: '/trouble-call/status',
    config: { access: { scopes: ['read', 'ingest:call-center'] } },
    schema: {
      operationId: 'read-ticket-status',
      tags: ['Gateways'],
      summary: 'The state of a ticket and the real state of the outage it belongs to',
      querystring: Type.Object(
        {
          ticketId: Type.Optional(addressText("The caller's own id of the ticket")),
          omsEventId: Type.Optional(addressText('The id that the intake was answered with')),
        },
        { additionalProperties: false },
      ),
      response: { 200: { description: 'The ticket', ...refTo(TicketState) }, ...problems(400, 404, 503) },
    },
    handler: async (request) => {
      const { ticketId, omsEventId } = request.query;
      if ((ticketId === undefined) === (omsEventId === undefined)) {
        throw new OmsError('OMS_QUERY_INVALID', 'Give either ticketId or omsEventId.');
      }
      const reference = ticketId === undefined ? { omsEventId: omsEventId as string } : { ticketId };
      const ticket = await readTicketState(reads, reference);
      if (ticket === null) throw new OmsError('OMS_TICKET_UNKNOWN');
      return ticket;
    },
  });
}
