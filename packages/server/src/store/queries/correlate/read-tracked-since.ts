import type { Instant } from '@lastgasp/engine';
import type { Queryable } from '../queryable.ts';
import { microsOf } from './array-literal.ts';

/** Hours of evidence that are looked at where nothing lasts from before: a provider that was away for three days may still be heard out. */
const HOURS = 96;

/** From when on evidence may still matter, by event time: the start of the oldest outage that lasts, but some hours at least. */
export async function readTrackedSince(client: Queryable): Promise<Instant> {
  const { rows } = await client.query<{ since: number }>(
    `select ${microsOf(`least(
       (select max(received_at) from (select received_at from oms_evidence order by xid desc, id desc limit 1) newest) - $1::interval,
       now() - $1::interval,
       (select min(started_at) from oms_outage_events where oms_is_open(status)))`)} as since`,
    [`${HOURS} hours`],
  );
  return (rows[0] as { since: number }).since;
}
