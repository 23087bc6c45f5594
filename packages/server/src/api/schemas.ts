import {
  DeadLetter,
  FeederState,
  HazardCall,
  IngestAnswer,
  MeterHistoryPage,
  MeterState,
  MeterStatusEvent,
  OmsError,
  OutageDetail,
  OutagePage,
  OutageSummary,
  Problem,
  ProviderHealth,
  SiteStatus,
  SubstationState,
  TicketState,
  UnmatchedIdentifier,
} from '@lastgasp/model';
import Type from 'typebox';
import { AS_OF_TIMES, type AsOfTime } from '../store/queries/reads/as-of.ts';
import type { App } from './app-types.ts';

const NAMED = [
  DeadLetter,
  FeederState,
  HazardCall,
  IngestAnswer,
  MeterHistoryPage,
  MeterState,
  MeterStatusEvent,
  OutageDetail,
  OutagePage,
  OutageSummary,
  Problem,
  ProviderHealth,
  SiteStatus,
  SubstationState,
  TicketState,
  UnmatchedIdentifier,
];

/** Publishes the named wire schemas, so that routes and the OpenAPI document refer to them. */
export function addSchemas(app: App): void {
  for (const schema of NAMED) app.addSchema(schema);
}

const MEANINGS: Readonly<Record<number, string>> = {
  400: 'Cannot be read',
  404: 'Not there',
  413: 'Too large; its beginning is set aside',
  415: 'Compressed; set aside',
  422: 'Set aside; `errors` name field, reason and dead letter',
  503: 'Not now: come again after Retry-After',
};

/** The problem answers of a route for OpenAPI; those that every route has (401, 403, 429, 500) are among them. */
export function problems(...statuses: readonly number[]): Record<number, object> {
  const described = (description: string) => ({
    description,
    content: { 'application/problem+json': { schema: { $ref: 'Problem#' } } },
  });
  return {
    ...Object.fromEntries(statuses.map((status) => [status, described(MEANINGS[status] ?? 'Refused')])),
    401: described('A key is asked for, or the one sent is not good'),
    403: described('The key does not reach this route, or the request comes from another site'),
    429: described('Too many requests'),
    500: described('The server failed; the request id leads to its log'),
  };
}

/** How many rows a page holds unless told. */
export const PAGE_LIMIT = 100;

/** The size of a page, as a parameter. */
export const PageLimit = Type.Optional(Type.Integer({ minimum: 1, maximum: 500, default: PAGE_LIMIT }));

/** A text of an address: of bounded length and without NUL, which PostgreSQL cannot hold. */
export function addressText(description: string) {
  return Type.String({ maxLength: 300, pattern: '^[^\\u0000]*$', description });
}

/** Parameters of a question about the past. */
export const AS_OF_QUERY = {
  asOf: Type.Optional(addressText('As it was at this instant, RFC 3339')),
  by: Type.Optional(
    Type.Unsafe<AsOfTime>({
      type: 'string',
      enum: [...AS_OF_TIMES],
      description:
        '`learnt` (the default): what was believed then; `event`: what happened until then, as far as is known today',
    }),
  ),
};

/** Refuses a question about the past that cannot be read. */
export function refuseParameter(field: 'as-of' | 'by', reason: string): never {
  throw new OmsError('OMS_QUERY_INVALID', `${field === 'by' ? 'by' : 'asOf'} ${reason}`);
}
