import type { Queryable } from '../queryable.ts';

/** A message that was set aside, whole. */
export interface StoredDeadLetter {
  readonly id: number;
  readonly sourceType: 'scada' | 'onu' | 'kaifa' | 'call_center' | 'unknown';
  readonly transport: 'http' | 'file' | 'kafka' | 'sql';
  readonly sender: string | null;
  readonly topic: string | null;
  readonly partition: number | null;
  readonly offset: string | null;
  readonly code: string;
  readonly field: string | null;
  readonly reason: string;
  readonly payload: Buffer;
  readonly status: 'set_aside' | 'replayed' | 'discarded';
  readonly timesSeen: number;
  readonly receivedAt: Date;
  readonly lastSeenAt: Date;
  readonly replayedAt: Date | null;
}

/** Which dead letters: those of these ids, or by status, newest first. */
export interface DeadLetterFilter {
  readonly ids?: readonly number[];
  readonly status?: StoredDeadLetter['status'];
  readonly limit?: number;
}

/** Messages that were set aside, newest first, with their payload. */
export async function findDeadLetters(
  client: Queryable,
  filter: DeadLetterFilter,
): Promise<StoredDeadLetter[]> {
  const { rows } = await client.query(
    `select id, source_type, transport, sender, topic, partition, "offset", code, field, reason, payload, status, times_seen,
       received_at, last_seen_at, replayed_at
     from oms_dead_letters
     where ($1::bigint[] is null or id = any ($1)) and ($2::text is null or status = $2)
     order by id desc
     limit $3`,
    [filter.ids ?? null, filter.status ?? null, filter.limit ?? null],
  );
  return rows.map((row) => ({
    id: Number(row.id),
    sourceType: row.source_type,
    transport: row.transport,
    sender: row.sender,
    topic: row.topic,
    partition: row.partition,
    offset: row.offset,
    code: row.code,
    field: row.field,
    reason: row.reason,
    payload: row.payload,
    status: row.status,
    timesSeen: row.times_seen,
    receivedAt: row.received_at,
    lastSeenAt: row.last_seen_at,
    replayedAt: row.replayed_at,
  }));
}
