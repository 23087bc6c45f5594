import type { UnmatchedIdentifier } from '@lastgasp/model';
import { maskAddress, maskPhone } from '../../../mask-personal-data.ts';
import type { Queryable } from '../queryable.ts';

interface UnmatchedRow {
  id: string;
  source_type: UnmatchedIdentifier['source'];
  source_event_id: string;
  identifier_kind: string;
  identifier_value: string;
  event_timestamp: Date;
  first_seen_at: Date;
}

export interface ListPage {
  readonly limit: number;
  /** Only rows with a smaller id: the last one of the page before. */
  readonly before?: number | undefined;
}

/** Identifiers of stored events that the registry does not know yet, newest first. */
export async function listUnmatchedIdentifiers(
  database: Queryable,
  page: ListPage,
): Promise<UnmatchedIdentifier[]> {
  const { rows } = await database.query<UnmatchedRow>(
    `select id, source_type, source_event_id, identifier_kind, identifier_value, event_timestamp, first_seen_at
     from oms_unmatched_identifiers
     where matched_at is null and ($2::bigint is null or id < $2)
     order by id desc
     limit $1`,
    [page.limit, page.before ?? null],
  );
  return rows.map((row) => ({
    id: Number(row.id),
    source: row.source_type,
    sourceEventId: Number(row.source_event_id),
    kind: row.identifier_kind,
    value: shownValue(row.identifier_kind, row.identifier_value),
    eventAt: row.event_timestamp.toISOString(),
    firstSeenAt: row.first_seen_at.toISOString(),
  }));
}

function shownValue(kind: string, value: string): string {
  if (kind === 'phone') return maskPhone(value) ?? '***';
  if (kind === 'address') return maskAddress(value) ?? '***';
  return value;
}
