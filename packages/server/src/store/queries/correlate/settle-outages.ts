import type { Instant } from '@lastgasp/engine';
import type { Queryable } from '../queryable.ts';
import { instantOf, numberArray } from './array-literal.ts';

/** Writes the end of outages, which frees their devices for the next one. */
export async function endOutages(
  client: Queryable,
  ended: readonly { readonly key: number; readonly endedAt: Instant }[],
): Promise<void> {
  if (ended.length === 0) return;
  await client.query(
    `update oms_outage_events o
     set status = 'restored', started_at = least(o.started_at, ${instantOf('w.ended_at')}),
       actual_restoration_time = ${instantOf('w.ended_at')}, replaced_by = null, withdrawn_at = null, last_updated_at = now()
     from unnest($1::bigint[], $2::bigint[]) as w (id, ended_at)
     where o.id = w.id`,
    [numberArray(ended.map((outage) => outage.key)), numberArray(ended.map((outage) => outage.endedAt))],
  );
}

/**
 * Takes outages off the list that turned out to be part of others, or to be none: `withdrawn` names the latter. They have meters no
 * longer; oms_outage_meter_changes tells whom they were held to interrupt.
 */
export async function cancelOutages(
  client: Queryable,
  keys: readonly number[],
  withdrawn: readonly number[],
  now: Instant,
): Promise<void> {
  if (keys.length === 0) return;
  await client.query(
    `with released as (
       delete from oms_outage_meters where outage_event_id = any ($1::bigint[])
     )
     update oms_outage_events
     set status = 'cancelled', last_updated_at = now(),
       withdrawn_at = case when id = any ($2::bigint[]) then ${instantOf('$3::bigint')} end
     where id = any ($1::bigint[])`,
    [numberArray(keys), numberArray(withdrawn), now],
  );
}

/** Lets go of the meters of outages that an operator cancelled, from the moment of that. */
export async function releaseDismissedOutages(client: Queryable, keys: readonly number[]): Promise<void> {
  if (keys.length === 0) return;
  await client.query(
    `update oms_outage_meters m
     set out_until = greatest(m.out_from, coalesce(o.actual_restoration_time, o.last_updated_at))
     from oms_outage_events o
     where o.id = any ($1::bigint[]) and m.outage_event_id = o.id and m.out_until is null`,
    [numberArray(keys)],
  );
}

/** Names the outages that took others' places, and hands on what operators had written there: expected restoration, cause. */
export async function linkReplacedOutages(
  client: Queryable,
  replaced: readonly { readonly key: number; readonly byKey: number }[],
): Promise<void> {
  if (replaced.length === 0) return;
  await client.query(
    `with w as (
       select * from unnest($1::bigint[], $2::bigint[]) as w (id, by_id)
     ), linked as (
       update oms_outage_events o set replaced_by = w.by_id from w where o.id = w.id
     )
     update oms_outage_events n
     set estimated_restoration_time = coalesce(n.estimated_restoration_time, h.estimated_restoration_time),
       root_cause = coalesce(n.root_cause, h.root_cause)
     from (
       select w.by_id, max(o.estimated_restoration_time) as estimated_restoration_time, max(o.root_cause) as root_cause
       from w
       join oms_outage_events o on o.id = w.id
       group by w.by_id
     ) h
     where n.id = h.by_id`,
    [numberArray(replaced.map((outage) => outage.key)), numberArray(replaced.map((outage) => outage.byKey))],
  );
}
