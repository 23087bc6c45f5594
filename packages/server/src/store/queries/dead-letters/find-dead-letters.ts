import type { Queryable } from '../queryable.ts';

/** A message that was set aside, whole. */
export interface StoredDeadLetter {
  readonly id: number;
  readonly sourceType: 'scada' | 'onu' | 'kaifa' | 'call_center' | 'unknown';
  readonly transport: 'http' | 'file' | 'kafka' | 'sql';
  readonly sender: string | null;
  readonly remoteAddress: string | null;
  readonly topic: string | null;
  readonly partition: number | null;
  readonly offset: string | null;
  readonly code: string;
  readonly field: string | null;
  readonly reason: string;
  readonly payload: Buffer;
  /** Only the beginning is kept: it cannot be replayed. */
  readonly isCut: boolean;
  /** Bytes of a cut message; null where nobody knows, and where it is whole. */
  readonly wholeBytes: number | null;
  readonly status: 'set_aside' | 'replayed' | 'discarded';
  readonly timesSeen: number;
  readonly receivedAt: Date;
  readonly lastSeenAt: Date;
  readonly replayedAt: Date | null;
  readonly discardedAt: Date | null;
  readonly discardedBy: string | null;
  readonly discardReason: string | null;
}

/** Which dead letters: those of these ids, or by status, newest first. */
export interface DeadLetterFilter {
  readonly ids?: readonly number[];
  readonly status?: StoredDeadLetter['status'];
  readonly limit?: number;
  /** False leaves `payload` empty: a hundred of them may be a hundred megabytes. */
  readonly withPayload?: boolean;
}

/** Messages that were set aside, newest first, with their payload. */
export async function findDeadLetters(
  client: Queryable,
  filter: DeadLetterFilter,
): Promise<StoredDeadLetter[]> {
  const { rows } = await client.query(
    `select id, source_type, transport, sender, remote_address, topic, partition, "offset", code, field, reason,
       case when $4 then payload else '' end as payload, is_cut,
       whole_bytes, status, times_seen, received_at, last_seen_at, replayed_at, discarded_at, discarded_by, discard_reason
     from oms_dead_letters
     where ($1::bigint[] is null or id = any ($1)) and ($2::text is null or status = $2)
     order by id desc
     limit $3`,
    [filter.ids ?? null, filter.status ?? null, filter.limit ?? null, filter.withPayload ?? true],
  );
  return rows.map((row) => ({
    id: Number(row.id),
    sourceType: row.source_type,
    transport: row.transport,
    sender: row.sender,
    remoteAddress: row.remote_address,
    topic: row.topic,
    partition: row.partition,
    offset: row.offset,
    code: row.code,
    field: row.field,
    reason: row.reason,
    payload: row.payload,
    isCut: row.is_cut,
    wholeBytes: row.whole_bytes === null ? null : Number(row.whole_bytes),
    status: row.status,
    timesSeen: row.times_seen,
    receivedAt: row.received_at,
    lastSeenAt: row.last_seen_at,
    replayedAt: row.replayed_at,
    discardedAt: row.discarded_at,
    discardedBy: row.discarded_by,
    discardReason: row.discard_reason,
  }));
}
