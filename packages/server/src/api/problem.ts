import { ERRORS, type ErrorCode, type Problem, type ProblemReason, problemType } from '@lastgasp/model';
import type { FastifyReply } from 'fastify';

/** What an error answer says beside its entry in the error table. */
export interface ProblemOptions {
  /** What it is about this time; holds no personal data, no SQL and no path. */
  readonly detail?: string;
  readonly errors?: readonly ProblemReason[];
  /** Whole seconds after which a sender may try again; sent as `Retry-After`. */
  readonly retryAfterSeconds?: number;
}

/** The problem details (RFC 9457) of an error of the table; `requestId` leads to the server's log. */
export function buildProblem(code: ErrorCode, requestId: string, options: ProblemOptions = {}): Problem {
  const entry = ERRORS[code];
  return {
    type: problemType(code),
    title: entry.message,
    status: entry.httpStatus ?? 500,
    detail: options.detail ?? entry.message,
    instance: `urn:uuid:${requestId}`,
    code,
    retryable: entry.retryable,
    ...(options.errors === undefined ? {} : { errors: [...options.errors] }),
  };
}

/** Answers with a problem: its status, `application/problem+json`, and `Retry-After` where one is given. */
export function sendProblem(
  reply: FastifyReply,
  code: ErrorCode,
  options: ProblemOptions = {},
): FastifyReply {
  const problem = buildProblem(code, reply.request.id, options);
  if (options.retryAfterSeconds !== undefined) {
    reply.header('retry-after', String(Math.max(1, Math.ceil(options.retryAfterSeconds))));
  }
  return reply
    .code(problem.status)
    .type('application/problem+json; charset=utf-8')
    .serializer(JSON.stringify)
    .send(problem);
}
