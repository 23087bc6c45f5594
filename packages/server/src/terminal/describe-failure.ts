import { DatabaseError } from 'pg';

/** Errors that only a mistake in the program throws: their stack says where. */
const MISTAKES = [TypeError, RangeError, ReferenceError, SyntaxError] as const;

/**
 * What a person reads about a failure: the message, below it what it was caused by, and what PostgreSQL adds
 * (SQLSTATE, detail, hint). With a stack where `withStack` asks for it or the program itself is at fault.
 */
export function describeFailure(error: unknown, { withStack }: { readonly withStack: boolean }): string {
  if (!(error instanceof Error)) return `error: ${String(error)}`;
  const lines = [`error: ${describeOne(error)}`];
  for (
    let cause = error.cause, depth = 0;
    cause instanceof Error && depth < 8;
    cause = cause.cause, depth += 1
  ) {
    // Many messages quote their cause already.
    if (!lines.join('\n').includes(cause.message)) lines.push(`caused by: ${describeOne(cause)}`);
  }
  if (withStack || MISTAKES.some((mistake) => error instanceof mistake)) lines.push(error.stack ?? '');
  return lines.join('\n');
}

function describeOne(error: Error): string {
  if (!(error instanceof DatabaseError)) return error.message || error.name;
  const { message, code, detail, hint } = error;
  const lines = [`${message} [${code}]`];
  if (detail !== undefined) lines.push(`detail: ${detail}`);
  if (hint !== undefined) lines.push(`hint: ${hint}`);
  return lines.join('\n');
}
