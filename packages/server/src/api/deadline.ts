import { OmsError } from '@lastgasp/model';
import type { Queryable } from '../store/queries/queryable.ts';

/**
 * `work`, or `OMS_DATABASE_AWAY` after `milliseconds`. A server that hangs answers no timeout of its own (its
 * backend sleeps too), so the clock must be this process's.
 */
export async function withDeadline<T>(work: Promise<T>, milliseconds: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new OmsError('OMS_DATABASE_AWAY')), milliseconds);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
    // Whoever waited has gone: a failure that comes after the deadline is nobody's.
    work.catch(() => undefined);
  }
}

/** The same database, where a query that takes longer than `milliseconds` fails with `OMS_DATABASE_AWAY`. */
export function withQueryDeadline(database: Queryable, milliseconds: number): Queryable {
  const query = (text: string, values?: unknown[]) =>
    withDeadline(database.query(text, values), milliseconds);
  return { query: query as Queryable['query'] };
}
