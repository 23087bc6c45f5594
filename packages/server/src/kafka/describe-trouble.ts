/** Innermost reasons that are told, of a cluster with many brokers. */
const MOST_REASONS = 3;

/**
 * What is really wrong, in the words of whoever found it: the client wraps what a connection says in errors that only tell how
 * many attempts failed. Each reason once.
 */
export function describeTrouble(error: unknown): string {
  const reasons = [...new Set(reasonsOf(error, 0))];
  return reasons.slice(0, MOST_REASONS).join('; ');
}

function reasonsOf(error: unknown, depth: number): string[] {
  if (!(error instanceof Error)) return [String(error)];
  const inner =
    error instanceof AggregateError ? error.errors : error.cause === undefined ? [] : [error.cause];
  if (inner.length === 0 || depth === 8) {
    // What a broker adds in its own words says more than Kafka's sentence for the code.
    const { serverErrorMessage } = error as { serverErrorMessage?: unknown };
    return [
      typeof serverErrorMessage === 'string' ? `${error.message} ${serverErrorMessage}` : error.message,
    ];
  }
  return inner.flatMap((one: unknown) => reasonsOf(one, depth + 1));
}
