import { describeRejection, ERRORS, OmsError, type ProblemReason } from '@lastgasp/model';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { IngestOverloaded, IngestUnavailable } from '../ingest/ingest-errors.ts';
import { PublishUnavailable } from '../kafka/topic-publisher.ts';
import { isDatabaseAway } from './database-away.ts';
import { describeParameterFault } from './describe-parameter-fault.ts';
import { type ProblemOptions, sendProblem } from './problem.ts';

// Long enough for a restart of the database, short enough that a storm is not told to stay away.
const DATABASE_RETRY_SECONDS = 5;

/** Turns whatever a route throws into a problem; only what is nobody's fault outside is logged as an error. */
export function handleError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (error instanceof IngestOverloaded) {
    return sendProblem(reply, 'OMS_OVERLOADED', { retryAfterSeconds: error.retryAfterSeconds });
  }
  if (error instanceof IngestUnavailable) {
    request.log.warn({ err: error }, 'the database takes no events');
    return sendProblem(reply, 'OMS_DATABASE_AWAY', { retryAfterSeconds: error.retryAfterSeconds });
  }
  if (error instanceof PublishUnavailable) {
    request.log.warn({ err: error }, 'the Kafka brokers take no messages');
    return sendProblem(reply, 'OMS_KAFKA_AWAY', { retryAfterSeconds: error.retryAfterSeconds });
  }
  if (error instanceof OmsError && error.code === 'OMS_DATABASE_AWAY') {
    return sendProblem(reply, error.code, { retryAfterSeconds: DATABASE_RETRY_SECONDS });
  }
  if (error instanceof OmsError && ERRORS[error.code].httpStatus !== null) {
    return sendProblem(reply, error.code, { detail: error.message });
  }
  if (isDatabaseAway(error)) {
    request.log.warn({ err: error }, 'the database does not answer');
    return sendProblem(reply, 'OMS_DATABASE_AWAY', { retryAfterSeconds: DATABASE_RETRY_SECONDS });
  }
  const refusal = refusalOf(error);
  if (refusal !== null) return sendProblem(reply, refusal.code, refusal.options);
  request.log.error({ err: error }, 'the request failed');
  return sendProblem(reply, 'OMS_INTERNAL');
}

interface Refusal {
  readonly code: 'OMS_QUERY_INVALID' | 'OMS_MESSAGE_TOO_LARGE' | 'OMS_REQUEST_INVALID';
  readonly options: ProblemOptions;
}

/** What Fastify itself refuses: a query against its schema, a body over its limit, HTTP it cannot read. */
function refusalOf(error: unknown): Refusal | null {
  if (!(error instanceof Error)) return null;
  const { validation, code, statusCode } = error as FastifyError;
  if (validation !== undefined) {
    const errors = validation.map(describeParameterFault);
    const detail = describeRejection(errors[0] as ProblemReason);
    return { code: 'OMS_QUERY_INVALID', options: { detail, errors } };
  }
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') return { code: 'OMS_MESSAGE_TOO_LARGE', options: {} };
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return { code: 'OMS_REQUEST_INVALID', options: {} };
  }
  return null;
}
