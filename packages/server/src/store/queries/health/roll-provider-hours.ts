import type { Queryable } from '../queryable.ts';

// An hour is closed a little later, since what was received in it may still be on its way into the database.
const ROLL = `
  with heard as materialized (
    select source_type, minute, min(first_received_at) as first_at, max(last_received_at) as last_at,
      sum(stored) as stored, sum(duplicate) as duplicate, sum(rejected) as rejected
    from oms_provider_minutes
    where minute >= $1::timestamptz - interval '3 days' and minute < $1::timestamptz
    group by source_type, minute
  ), begun as (
    select h.source_type, min(h.minute) as first_minute from heard h group by h.source_type
  ), due as (
    select b.source_type, hour
    from begun b
    cross join lateral generate_series(
      date_bin('1 hour', greatest(b.first_minute, $1::timestamptz - interval '2 days'), 'epoch') + interval '1 hour',
      date_bin('1 hour', $1::timestamptz - interval '5 minutes', 'epoch') - interval '1 hour', interval '1 hour') as hour
    where not exists (select from oms_provider_hours o where o.source_type = b.source_type and o.hour = hour)
  ), spaced as (
    select h.*, lag(h.last_at) over (partition by h.source_type order by h.minute) as before_at from heard h
  )
  insert into oms_provider_hours (source_type, hour, stored, duplicate, rejected, longest_silence_seconds, delays, median_delay_seconds)
  select d.source_type, d.hour, coalesce(c.stored, 0), coalesce(c.duplicate, 0), coalesce(c.rejected, 0),
    extract(epoch from greatest(c.longest, d.hour + interval '1 hour' - l.last_at, interval '0'))::integer,
    e.delays, e.median
  from due d
  cross join lateral (
    select sum(s.stored)::integer as stored, sum(s.duplicate)::integer as duplicate, sum(s.rejected)::integer as rejected,
      max(s.first_at - s.before_at) as longest
    from spaced s where s.source_type = d.source_type and s.minute >= d.hour and s.minute < d.hour + interval '1 hour'
  ) c
  cross join lateral (
    select max(h.last_at) as last_at from heard h where h.source_type = d.source_type and h.minute < d.hour + interval '1 hour'
  ) l
  cross join lateral (
    select count(*)::integer as delays, percentile_cont(0.5) within group (order by v.delay) as median
    from (
      select extract(epoch from received_at - event_at)::float8 as delay from oms_evidence
      where received_at >= d.hour and received_at < d.hour + interval '1 hour' and source_type = d.source_type
      limit 20000
    ) v
  ) e
  on conflict do nothing`;

// All providers' hours are closed together.
const IS_CLOSED = `
  select exists (
    select from oms_provider_hours
    where hour = date_bin('1 hour', $1::timestamptz - interval '5 minutes', 'epoch') - interval '1 hour') as is_closed`;

/** Closes the hours up to `now` that are over and not closed yet, two days back at most, and drops what is too old to be looked at. */
export async function rollProviderHours(client: Queryable, now: Date): Promise<void> {
  const { rows } = await client.query<{ is_closed: boolean }>(IS_CLOSED, [now]);
  if (rows[0]?.is_closed === true) return;
  await client.query(ROLL, [now]);
  await client.query(`delete from oms_provider_minutes where minute < $1::timestamptz - interval '3 days'`, [
    now,
  ]);
  await client.query(`delete from oms_provider_hours where hour < $1::timestamptz - interval '35 days'`, [
    now,
  ]);
}
