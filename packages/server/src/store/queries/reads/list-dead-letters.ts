import type { DeadLetter } from '@lastgasp/model';
import { maskNumbersInText } from '../../../mask-personal-data.ts';
import type { Queryable } from '../queryable.ts';
import type { ListPage } from './list-unmatched-identifiers.ts';

interface DeadLetterRow {
  id: string;
  source_type: string;
  transport: string;
  sender: string | null;
  topic: string | null;
  partition: number | null;
  offset: string | null;
  code: string;
  field: string | null;
  reason: string;
  status: string;
  times_seen: number;
  bytes: number;
  received_at: Date;
  last_seen_at: Date;
}

/** Messages that are set aside, newest first, without their text. */
export async function listDeadLetters(database: Queryable, page: ListPage): Promise<DeadLetter[]> {
  const { rows } = await database.query<DeadLetterRow>(
    `select id, source_type, transport, sender, topic, partition, "offset"::text as "offset", code, field, reason, status, times_seen,
       octet_length(payload) as bytes, received_at, last_seen_at
     from oms_dead_letters
     where status = 'set_aside' and ($2::bigint is null or id < $2)
     order by id desc
     limit $1`,
    [page.limit, page.before ?? null],
  );
  return rows.map((row) => ({
    id: Number(row.id),
    source: row.source_type,
    transport: row.transport,
    sender: row.sender,
    topic: row.topic,
    partition: row.partition,
    offset: row.offset,
    code: row.code,
    field: row.field,
    // A reason quotes what was found, and in a call that can be a phone number.
    reason: row.source_type === 'call_center' ? (maskNumbersInText(row.reason) ?? '') : row.reason,
    status: row.status,
    timesSeen: row.times_seen,
    bytes: row.bytes,
    receivedAt: row.received_at.toISOString(),
    lastSeenAt: row.last_seen_at.toISOString(),
  }));
}
