import type { MeterHistoryPage, MeterStatusEvent } from '@lastgasp/model';
import type { Queryable } from '../queryable.ts';
import type { AsOf } from './as-of.ts';
import { formatCursor, parseCursor } from './page-cursor.ts';

interface MeterStatusEventRow {
  id: string;
  event_type: MeterStatusEvent['type'];
  source_type: MeterStatusEvent['source'];
  source_event_id: string | null;
  previous_status: string | null;
  new_status: string;
  event_timestamp: Date;
  event_text: string;
  received_at: Date;
  created_at: Date;
  applied: boolean;
  confidence_score: string | null;
}

export interface MeterHistoryOptions {
  readonly limit: number;
  readonly cursor?: string | undefined;
  /** Only what was received, or happened, until an instant. */
  readonly asOf?: AsOf | undefined;
}

/** A meter's audit trail, newest event first, one page; null where there is no such meter. */
export async function listMeterHistory(
  database: Queryable,
  meterNumber: string,
  options: MeterHistoryOptions,
): Promise<MeterHistoryPage | null> {
  const after = options.cursor === undefined ? null : parseCursor(options.cursor);
  const meter = await database.query<{ id: string }>('select id from oms_meters where meter_number = $1', [
    meterNumber,
  ]);
  if (meter.rows[0] === undefined) return null;
  const { rows } = await database.query<MeterStatusEventRow>(
    `select id, event_type, source_type, source_event_id, previous_status, new_status, event_timestamp,
       event_timestamp::text as event_text, received_at, created_at, applied, confidence_score
     from oms_meter_status_events
     where meter_id = $1 and ($2::timestamptz is null or (event_timestamp, id) < ($2, $3::bigint))
       and ${options.asOf?.by === 'learnt' ? 'received_at' : 'event_timestamp'} <= coalesce($5::timestamptz, 'infinity')
     order by event_timestamp desc, id desc
     limit $4`,
    [meter.rows[0].id, after?.at ?? null, after?.id ?? null, options.limit + 1, options.asOf?.at ?? null],
  );
  const page = rows.slice(0, options.limit);
  const last = page.at(-1);
  return {
    meterNumber,
    events: page.map(toMeterStatusEvent),
    nextCursor:
      rows.length > options.limit && last !== undefined
        ? formatCursor({ at: last.event_text, id: last.id })
        : null,
  };
}

function toMeterStatusEvent(row: MeterStatusEventRow): MeterStatusEvent {
  return {
    id: Number(row.id),
    type: row.event_type,
    source: row.source_type,
    sourceEventId: row.source_event_id,
    previousStatus: row.previous_status,
    newStatus: row.new_status,
    at: row.event_timestamp.toISOString(),
    receivedAt: row.received_at.toISOString(),
    recordedAt: row.created_at.toISOString(),
    applied: row.applied,
    confidence: row.confidence_score === null ? null : Number(row.confidence_score),
  };
}
