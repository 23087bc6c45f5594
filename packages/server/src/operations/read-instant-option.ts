import { InvalidArgumentError } from 'commander';
import { rfc3339Fault } from '../ingest/reading/rfc3339.ts';

/** Reads an option as an RFC 3339 instant, kept as it was written; commander tells what is wrong with another. */
export function instant(text: string): string {
  const fault = rfc3339Fault(text);
  if (fault !== null) throw new InvalidArgumentError(`It ${fault}.`);
  return text;
}
