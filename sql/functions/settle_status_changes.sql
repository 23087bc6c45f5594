-- After late reports the state is the same but may hold since another time: the first report of the present state after
-- the last opposite one, from the evidence log, so that arrival order leaves no trace.
create or replace function settle_status_changes(meter_ids bigint[]) returns void
language sql
set enable_seqscan = off
as $$
  update oms_meters m
  set last_power_change = coalesce(s.power_since, m.last_power_change),
    last_status_change = coalesce(s.word_since, m.last_status_change)
  from (
    select b.id, power.since as power_since, word.since as word_since
    from oms_meters b
    left join lateral (
      select e.event_at, oms_report_rank(e.source_type, e.kind) as rank
      from oms_evidence e
      where e.meter_id = b.id and not e.clock_suspect
        and e.kind = case b.power_status when 'on' then 'power_off' else 'power_on' end
      order by e.event_at desc, rank desc limit 1
    ) opposite on true
    cross join lateral (
      select min(e.event_at) as since
      from oms_evidence e
      where e.meter_id = b.id and not e.clock_suspect and e.kind = 'power_' || b.power_status
        and (opposite.event_at is null or (e.event_at, oms_report_rank(e.source_type, e.kind)) > (opposite.event_at, opposite.rank))
    ) power
    left join lateral (
      select e.event_at, oms_report_rank(e.source_type, e.kind) as rank
      from oms_evidence e
      where e.meter_id = b.id and not e.clock_suspect
        and e.kind = any (case b.communication_status when 'online' then array['power_off', 'not_heard'] else array['power_on', 'heard'] end)
      order by e.event_at desc, rank desc limit 1
    ) silent on true
    cross join lateral (
      select min(e.event_at) as since
      from oms_evidence e
      where e.meter_id = b.id and not e.clock_suspect
        and e.kind = any (case b.communication_status when 'online' then array['power_on', 'heard'] else array['power_off', 'not_heard'] end)
        and (silent.event_at is null or (e.event_at, oms_report_rank(e.source_type, e.kind)) > (silent.event_at, silent.rank))
    ) word
    where b.id = any (settle_status_changes.meter_ids)
  ) s
  where m.id = s.id
    and (s.power_since is distinct from m.last_power_change or s.word_since is distinct from m.last_status_change)
$$;
comment on function settle_status_changes(bigint[]) is 'Sets since when the present states of these meters hold, from the evidence log.';
