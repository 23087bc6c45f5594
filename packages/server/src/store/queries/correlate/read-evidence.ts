import type { EvidenceKind, SourceType } from '@lastgasp/model';
import type { Queryable } from '../queryable.ts';
import { microsOf } from './array-literal.ts';
import type { EvidenceKey, EvidencePosition } from './evidence-position.ts';

/** One row of the evidence log. */
export interface EvidenceRow {
  readonly key: EvidenceKey;
  readonly kind: EvidenceKind;
  readonly sourceType: SourceType;
  /** Row of the provider's event table; null for an act of the house. */
  readonly sourceEventKey: number | null;
  readonly meterKey: number | null;
  readonly deviceKey: number | null;
  readonly substationKey: number | null;
  /** Microseconds since 1970. */
  readonly eventAt: number;
  /** Microseconds since 1970. */
  readonly receivedAt: number;
}

/** The columns of an evidence row, for a query with `rowMode: 'array'`; `toEvidenceRow` reads them. */
export const EVIDENCE_COLUMNS = `e.xid::text, e.id::text, e.kind, e.source_type, e.source_event_id::float8,
  e.meter_id::float8, e.device_id::float8, e.substation_id::float8,
  ${microsOf('e.event_at')}, ${microsOf('e.received_at')}`;

export type EvidenceColumns = [
  xid: string,
  id: string,
  kind: EvidenceKind,
  sourceType: SourceType,
  sourceEventKey: number | null,
  meterKey: number | null,
  deviceKey: number | null,
  substationKey: number | null,
  eventAt: number,
  receivedAt: number,
];

/** An evidence row from its columns. */
export function toEvidenceRow(columns: EvidenceColumns): EvidenceRow {
  const [xid, id, kind, sourceType, sourceEventKey, meterKey, deviceKey, substationKey, eventAt, receivedAt] =
    columns;
  return {
    key: { xid, id },
    kind,
    sourceType,
    sourceEventKey,
    meterKey,
    deviceKey,
    substationKey,
    eventAt,
    receivedAt,
  };
}

/**
 * The next evidence behind a position, at most `limit` rows in the order of (xid, id). Two index ranges and no more: what the
 * transactions wrote that ran when `base` was taken, and what came later. What is not committed in `target` stays for later.
 */
export async function readEvidence(
  client: Queryable,
  position: EvidencePosition & { readonly target: string },
  limit: number,
): Promise<readonly EvidenceRow[]> {
  const unread = `pg_visible_in_snapshot(e.xid, $2::pg_snapshot) and (e.xid, e.id) > ($3::xid8, $4::bigint)`;
  const { rows } = await client.query({
    rowMode: 'array',
    text: `select ${EVIDENCE_COLUMNS}
      from (
        (select * from oms_evidence e
         where e.xid = any (array(select pg_snapshot_xip($1::pg_snapshot))) and ${unread}
         order by e.xid, e.id limit $5)
        union all
        (select * from oms_evidence e
         where e.xid >= pg_snapshot_xmax($1::pg_snapshot) and e.xid < pg_snapshot_xmax($2::pg_snapshot) and ${unread}
         order by e.xid, e.id limit $5)
      ) e
      order by e.xid, e.id
      limit $5`,
    values: [position.base, position.target, position.last?.xid ?? '0', position.last?.id ?? '0', limit],
  });
  return (rows as EvidenceColumns[]).map(toEvidenceRow);
}
