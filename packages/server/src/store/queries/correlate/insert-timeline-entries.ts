import type { Instant } from '@lastgasp/engine';
import type { OutageStatus } from '@lastgasp/model';
import type { Queryable } from '../queryable.ts';
import { instantOf, numberArray } from './array-literal.ts';

/** One entry in the life of an outage. */
export interface TimelineEntry {
  readonly outageKey: number;
  readonly type: string;
  readonly status: OutageStatus;
  readonly description: string;
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** Writes entries in the order given, as learnt at `learntAt`, or now where that is null. */
export async function insertTimelineEntries(
  client: Queryable,
  entries: readonly TimelineEntry[],
  learntAt: Instant | null,
): Promise<void> {
  if (entries.length === 0) return;
  await client.query(
    `insert into oms_event_timeline (outage_event_id, event_type, status, description, source, "timestamp", metadata)
     select w.outage_id, w.type, w.status, w.description, 'correlator', coalesce(${instantOf('$6::bigint')}, now()), w.metadata
     from unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::jsonb[])
       with ordinality as w (outage_id, type, status, description, metadata, nth)
     order by w.nth`,
    [
      numberArray(entries.map((entry) => entry.outageKey)),
      entries.map((entry) => entry.type),
      entries.map((entry) => entry.status),
      entries.map((entry) => entry.description),
      entries.map((entry) => JSON.stringify(entry.metadata)),
      learntAt,
    ],
  );
}
