-- After late reports the states are the same but may hold since another time: the first report of the present state after the
-- last opposite one, from the evidence log, so that arrival order leaves no trace. Most late reports change nothing: only one of
-- the present state from before it is held to have begun, or an opposite one from after that, is looked into.
create or replace function settle_status_changes(meter_ids bigint[], kinds text[], event_ats timestamptz[]) returns void
language sql
set enable_seqscan = off
as $$
  with late as (
    select l.meter_id, l.event_at,
      case l.kind when 'power_on' then 'on' when 'power_off' then 'off' end as power,
      case when l.kind in ('power_off', 'not_heard') then 'offline' else 'online' end as word
    from unnest(settle_status_changes.meter_ids, settle_status_changes.kinds, settle_status_changes.event_ats)
      as l (meter_id, kind, event_at)
  ), unsettled as (
    select m.id, m.power_status, m.communication_status,
      bool_or(l.power is not null and m.last_power_change is not null
        and case when l.power = m.power_status then l.event_at < m.last_power_change else l.event_at >= m.last_power_change end) as power,
      bool_or(m.last_status_change is not null
        and case when l.word = m.communication_status then l.event_at < m.last_status_change else l.event_at >= m.last_status_change end) as word
    from late l
    join oms_meters m on m.id = l.meter_id
    group by m.id
  ), settled as (
    select u.id,
      case when u.power then (
        select min(e.event_at)
        from oms_evidence e
        where e.meter_id = u.id and not e.clock_suspect and e.kind = 'power_' || u.power_status
          and e.event_at >= coalesce(last_other.event_at, '-infinity')
          and (last_other.event_at is null
            or (e.event_at, oms_report_rank(e.source_type, e.kind)) > (last_other.event_at, last_other.rank))
      ) end as power_since,
      case when u.word then (
        select min(e.event_at)
        from oms_evidence e
        where e.meter_id = u.id and not e.clock_suspect
          and e.kind = any (case u.communication_status when 'online' then array['power_on', 'heard'] else array['power_off', 'not_heard'] end)
          and e.event_at >= coalesce(last_unlike.event_at, '-infinity')
          and (last_unlike.event_at is null
            or (e.event_at, oms_report_rank(e.source_type, e.kind)) > (last_unlike.event_at, last_unlike.rank))
      ) end as word_since
    from unsettled u
    left join lateral (
      select e.event_at, oms_report_rank(e.source_type, e.kind) as rank
      from oms_evidence e
      where u.power and e.meter_id = u.id and not e.clock_suspect
        and e.kind = case u.power_status when 'on' then 'power_off' else 'power_on' end
      order by e.event_at desc, rank desc limit 1
    ) last_other on true
    left join lateral (
      select e.event_at, oms_report_rank(e.source_type, e.kind) as rank
      from oms_evidence e
      where u.word and e.meter_id = u.id and not e.clock_suspect
        and e.kind = any (case u.communication_status when 'online' then array['power_off', 'not_heard'] else array['power_on', 'heard'] end)
      order by e.event_at desc, rank desc limit 1
    ) last_unlike on true
    where u.power or u.word
  )
  update oms_meters m
  set last_power_change = coalesce(s.power_since, m.last_power_change),
    last_status_change = coalesce(s.word_since, m.last_status_change)
  from settled s
  where m.id = s.id
    and (s.power_since is distinct from m.last_power_change or s.word_since is distinct from m.last_status_change)
$$;
comment on function settle_status_changes(bigint[], text[], timestamptz[]) is 'After late reports of these meters: sets since when their present states hold, from the evidence log.';
