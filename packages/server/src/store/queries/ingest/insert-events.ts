import type { Provider } from '@lastgasp/model';
import type { QueryConfig } from 'pg';
import type { Queryable } from '../queryable.ts';
import { jsonArray, timestamptzArray } from './binary-array.ts';

/** One provider event on its way into the database: canonical JSON, and when it came. */
export interface ArrivedEvent {
  readonly json: string;
  readonly receivedAt: Date;
}

/** What became of an event: its row, whether that row is new, and how many meters of the registry it reached. */
export interface StoredEvent {
  /** Row of the provider's event table; for the Call Center the ticket's. */
  readonly id: number;
  readonly outcome: 'stored' | 'duplicate';
  readonly metersMatched: number;
  /** SCADA: the result of the check of meters. Call Center: the ticket's tracking ids and status. Else null. */
  readonly detail: Readonly<Record<string, unknown>> | null;
}

const INGEST_FUNCTIONS: Readonly<Record<Provider, string>> = {
  scada: 'ingest_scada_events',
  onu: 'ingest_onu_events',
  kaifa: 'ingest_kaifa_events',
  'call-center': 'ingest_callcenter_tickets',
};

type ResultRow = [boolean: boolean, id: string, meters: number, detail: Record<string, unknown> | null];

/**
 * Takes a batch of one provider's events in one call: de-duplicated, matched with the registry, applied, audited and
 * put into the evidence log, all or nothing. Gives what became of each, in the order given. Throws what the
 * database throws.
 */
export async function insertEvents(
  client: Queryable,
  provider: Provider,
  events: readonly ArrivedEvent[],
): Promise<readonly StoredEvent[]> {
  const query: QueryConfig & { rowMode: 'array' } = {
    name: `ingest-${provider}`,
    text: `select stored, event_id, meters, detail from ${INGEST_FUNCTIONS[provider]}($1::json[], $2::timestamptz[])`,
    values: [
      jsonArray(events.map((event) => event.json)),
      timestamptzArray(events.map((event) => event.receivedAt)),
    ],
    rowMode: 'array',
  };
  const { rows } = await client.query(query);
  return (rows as ResultRow[]).map(([stored, id, metersMatched, detail]) => ({
    id: Number(id),
    outcome: stored ? 'stored' : 'duplicate',
    metersMatched,
    detail,
  }));
}
