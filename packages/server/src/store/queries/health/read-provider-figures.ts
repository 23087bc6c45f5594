import type { KnownConditions, LastingCondition, ProviderFigures } from '@lastgasp/engine';
import type { ProviderCondition, SourceType } from '@lastgasp/model';
import type { Queryable } from '../queryable.ts';

/** What is measured of one provider, and what is known of its conditions. */
export interface MeasuredProvider {
  readonly source: Exclude<SourceType, 'system'>;
  readonly figures: ProviderFigures;
  readonly known: KnownConditions;
}

interface Row {
  source_type: MeasuredProvider['source'];
  last_received_at: number | null;
  minutes: ProviderFigures['minutes'];
  delays: ProviderFigures['delays'];
  hours: ProviderFigures['hours'];
  lasting: LastingCondition[];
  found: ProviderCondition[];
  overruled: ProviderCondition[];
}

const seconds = (instant: string) => `extract(epoch from ${instant})::float8`;

// Of a storm's evidence the newest 20,000 pieces tell as much as all of it, in a hundredth of the time.
const FIGURES = `
  with delay as materialized (
    select source_type, event_at, ${seconds('received_at - event_at')} as delay
    from (select * from oms_evidence order by xid desc, id desc limit 20000) newest
    where received_at > $1::timestamptz - interval '15 minutes' and received_at <= $1 and source_type <> 'system'
  ), typical as (
    select source_type, count(*) as events, percentile_cont(array[0.1, 0.5, 0.9]) within group (order by delay) as at
    from delay group by source_type
  ), delays as (
    select t.source_type, jsonb_build_object('count', t.events, 'low', t.at[1], 'median', t.at[2], 'high', t.at[3],
      'since', (select ${seconds('min(d.event_at)')} from delay d where d.source_type = t.source_type and d.delay >= t.at[2])) as delays
    from typical t
  )
  select p.source_type, ${seconds(`greatest(
      (select max(m.last_received_at) from (
        select last_received_at from oms_provider_minutes
        where source_type = p.source_type and minute <= $1 order by minute desc limit 20) m),
      h.last_received_at)`)} as last_received_at,
    coalesce((select jsonb_agg(x.minute order by x.at) from (
      select m.minute as at, jsonb_build_object('from', ${seconds('m.minute')}, 'stored', sum(m.stored), 'duplicate', sum(m.duplicate),
        'rejected', sum(m.rejected)) as minute
      from oms_provider_minutes m
      where m.source_type = p.source_type and m.minute > $1::timestamptz - interval '30 minutes' and m.minute <= $1
      group by m.minute) x), '[]') as minutes,
    (select d.delays from delays d where d.source_type = p.source_type) as delays,
    coalesce((select jsonb_agg(jsonb_build_object('from', ${seconds('o.hour')}, 'stored', o.stored, 'duplicate', o.duplicate,
        'rejected', o.rejected, 'longestSilenceSeconds', o.longest_silence_seconds, 'delays', o.delays,
        'medianDelaySeconds', o.median_delay_seconds, 'conditions', array(
          select distinct c.condition from oms_provider_conditions c
          where c.source_type = o.source_type and c.starts_at < o.hour + interval '1 hour' and coalesce(c.ends_at, 'infinity') > o.hour))
        order by o.hour)
      from oms_provider_hours o where o.source_type = p.source_type and o.hour < $1), '[]') as hours,
    coalesce((select jsonb_agg(jsonb_build_object('condition', c.condition, 'since', ${seconds('c.starts_at')},
        'lagSeconds', c.lag_seconds, 'isAutomatic', c.is_automatic) order by c.id)
      from oms_provider_conditions c
      where c.source_type = p.source_type and c.ends_at is null), '[]') as lasting,
    coalesce(h.found, '{}') as found, coalesce(h.overruled, '{}') as overruled
  from unnest(array['scada', 'onu', 'kaifa', 'call_center']) with ordinality as p (source_type, nth)
  left join oms_provider_health h on h.source_type = p.source_type
  order by p.nth`;

/** What is measured of every provider at an instant. */
export async function readProviderFigures(
  client: Queryable,
  now: Date,
): Promise<readonly MeasuredProvider[]> {
  const { rows } = await client.query<Row>(FIGURES, [now]);
  return rows.map(({ source_type, last_received_at, minutes, delays, hours, lasting, found, overruled }) => ({
    source: source_type,
    figures: { now: now.getTime() / 1000, lastReceivedAt: last_received_at, minutes, delays, hours },
    known: { lasting, found, overruled },
  }));
}
