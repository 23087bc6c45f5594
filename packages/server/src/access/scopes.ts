import type { Provider } from '@lastgasp/model';

/** What a key may do: read everything that operators read, send for one provider, or send for all. */
export const KEY_SCOPES = [
  'read',
  'ingest',
  'ingest:scada',
  'ingest:onu',
  'ingest:kaifa',
  'ingest:call-center',
] as const satisfies readonly ('read' | 'ingest' | `ingest:${Provider}`)[];
export type KeyScope = (typeof KEY_SCOPES)[number];

/** Whether one of the scopes that a key holds reaches a route that asks for any of `wanted`. */
export function reaches(held: readonly string[], wanted: readonly KeyScope[]): boolean {
  return wanted.some(
    (scope) => held.includes(scope) || (scope.startsWith('ingest:') && held.includes('ingest')),
  );
}
