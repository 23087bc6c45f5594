import type { Rejection } from '@lastgasp/model';
import type { Queryable } from '../queryable.ts';

/** Something a provider sent that could not be taken, as it came, with where it came from and why it was refused. */
export interface NewDeadLetter {
  /** As stored in `source_type`; `unknown` where not even the provider is known. */
  readonly sourceType: 'scada' | 'onu' | 'kaifa' | 'call_center' | 'unknown';
  readonly transport: 'http' | 'file' | 'kafka' | 'sql';
  readonly sender: string | null;
  /** The network address it was sent from, where it is worth keeping. */
  readonly remoteAddress?: string | null;
  readonly topic: string | null;
  readonly partition: number | null;
  readonly offset: bigint | null;
  readonly rejection: Omit<Rejection, 'code'> & { readonly code: string };
  readonly payload: Uint8Array;
  /** SHA-256 of the payload: the same bytes of the same provider are one dead letter, seen more than once. */
  readonly payloadSha256: Uint8Array;
  readonly receivedAt: Date;
}

/** Most payload in one statement: thousands of large letters at once must not become a statement of gigabytes. */
const MOST_BYTES = 16 * 1024 * 1024;

/**
 * Sets messages aside; gives the id of each, in the order given. The same bytes again only raise `times_seen`, and what was
 * discarded stays so.
 */
export async function insertDeadLetters(
  client: Queryable,
  letters: readonly NewDeadLetter[],
): Promise<readonly number[]> {
  const ids: number[] = [];
  let begin = 0;
  while (begin < letters.length) {
    let end = begin;
    let bytes = 0;
    do bytes += (letters[end++] as NewDeadLetter).payload.byteLength;
    while (end < letters.length && bytes < MOST_BYTES);
    ids.push(...(await insertAtOnce(client, letters.slice(begin, end))));
    begin = end;
  }
  return ids;
}

async function insertAtOnce(
  client: Queryable,
  letters: readonly NewDeadLetter[],
): Promise<readonly number[]> {
  const { rows } = await client.query<{ id: string; source_type: string; sha256: string }>(
    `with arrived as (
       select a.*, count(*) over same as times, row_number() over same_in_order as nth
       from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::int[], $6::bigint[], $7::text[], $8::text[], $9::text[],
         $10::bytea[], $11::bytea[], $12::timestamptz[], $13::text[], $14::boolean[], $15::bigint[]) with ordinality
         as a (source_type, transport, sender, topic, partition, "offset", code, field, reason, payload, payload_sha256, received_at,
           remote_address, is_cut, whole_bytes, ord)
       window same as (partition by a.source_type, a.payload_sha256),
         same_in_order as (partition by a.source_type, a.payload_sha256 order by a.ord)
     ), counted as (
       select r.source_type, r.received_ats from (
         select a.source_type, array_agg(a.received_at) as received_ats from arrived a
         where a.source_type <> 'unknown' group by a.source_type
       ) r
     ), noted as (
       select count(count_provider_messages(c.source_type, null, null, c.received_ats)::text) as providers from counted c
     )
     insert into oms_dead_letters as d (source_type, transport, sender, topic, partition, "offset", code, field, reason, payload,
       payload_sha256, times_seen, received_at, remote_address, is_cut, whole_bytes)
     select source_type, transport, sender, topic, partition, "offset", code, field, reason, payload, payload_sha256, times, received_at,
       remote_address, is_cut, whole_bytes
     from arrived, noted
     where nth = 1
     order by source_type, payload_sha256
     on conflict (source_type, payload_sha256)
       do update set times_seen = d.times_seen + excluded.times_seen, last_seen_at = now(),
         status = case d.status when 'discarded' then 'discarded' else 'set_aside' end,
         code = excluded.code, field = excluded.field, reason = excluded.reason, is_cut = excluded.is_cut,
         whole_bytes = excluded.whole_bytes, remote_address = coalesce(excluded.remote_address, d.remote_address)
     returning id, source_type, encode(payload_sha256, 'hex') as sha256`,
    [
      letters.map((letter) => letter.sourceType),
      letters.map((letter) => letter.transport),
      letters.map((letter) => letter.sender),
      letters.map((letter) => letter.topic),
      letters.map((letter) => letter.partition),
      letters.map((letter) => letter.offset?.toString() ?? null),
      letters.map((letter) => letter.rejection.code),
      letters.map((letter) => letter.rejection.field),
      letters.map((letter) => letter.rejection.reason),
      letters.map((letter) => Buffer.from(letter.payload)),
      letters.map((letter) => Buffer.from(letter.payloadSha256)),
      letters.map((letter) => letter.receivedAt),
      letters.map((letter) => letter.remoteAddress ?? null),
      letters.map((letter) => letter.rejection.cutFrom !== undefined),
      letters.map((letter) => letter.rejection.cutFrom?.toString() ?? null),
    ],
  );
  const ids = new Map(rows.map((row) => [`${row.source_type} ${row.sha256}`, Number(row.id)]));
  return letters.map((letter) => {
    const id = ids.get(`${letter.sourceType} ${Buffer.from(letter.payloadSha256).toString('hex')}`);
    if (id === undefined) throw new Error('a dead letter was written and not given back');
    return id;
  });
}
