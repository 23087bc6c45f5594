import { parseRfc3339, rfc3339Fault } from '../ingest/reading/rfc3339.ts';
import { AS_OF_TIMES, type AsOf } from '../store/queries/reads/as-of.ts';

/** A question about the past as a person or a program asks it. */
export interface AsOfRequest {
  /** RFC 3339 instant. */
  readonly asOf?: string | undefined;
  /** `learnt` unless told. */
  readonly by?: string | undefined;
}

/** The question, or undefined where none is asked; `refuse` is called with the name of what is wrong, and why. */
export function readAsOf(
  { asOf, by }: AsOfRequest,
  refuse: (field: 'as-of' | 'by', reason: string) => never,
): AsOf | undefined {
  const time = AS_OF_TIMES.find((known) => known === (by ?? 'learnt'));
  if (time === undefined) return refuse('by', `must be ${AS_OF_TIMES.join(' or ')}`);
  if (asOf === undefined) return by === undefined ? undefined : refuse('by', 'tells nothing without as-of');
  const at = parseRfc3339(asOf);
  return at === null ? refuse('as-of', rfc3339Fault(asOf) ?? 'cannot be read') : { at, by: time };
}
