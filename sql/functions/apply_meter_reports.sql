-- What meters reported, applied to the registry: the newest event time wins, every report of supply leaves one row in the
-- audit trail and one in the evidence log. The one place where reported states change: gateway, files and psql end here.
-- Locks the meters in the order of their ids, so that batches that share meters wait for each other and never deadlock.
-- Kinds: power_off (a gasp: off, and gone), power_on, heard, not_heard, phase_voltage (evidence only).
create or replace function apply_meter_reports(
  source_type text,
  source_event_ids bigint[],
  meter_ids bigint[],
  kinds text[],
  event_ats timestamptz[],
  received_ats timestamptz[],
  source_refs text[] default null,
  metadata jsonb default null
) returns integer
language plpgsql
set enable_seqscan = off
as $$
declare
  v_reports integer;
  v_late_meters bigint[];
  v_late_kinds text[];
  v_late_ats timestamptz[];
begin
  with reports as materialized (
    select r.ord, r.source_event_id, r.meter_id, r.kind, r.event_at, r.received_at,
      coalesce(r.source_ref, r.source_event_id::text) as source_ref,
      oms_report_rank(apply_meter_reports.source_type, r.kind) as rank,
      oms_clock_suspect(r.event_at, r.received_at) as suspect
    from unnest(apply_meter_reports.source_event_ids, apply_meter_reports.meter_ids, apply_meter_reports.kinds,
        apply_meter_reports.event_ats, apply_meter_reports.received_ats, apply_meter_reports.source_refs)
      with ordinality as r (source_event_id, meter_id, kind, event_at, received_at, source_ref, ord)
  ), locked as materialized (
    select m.id, m.substation_id, m.power_status, m.power_reported_at, m.power_reported_rank,
      m.communication_status, m.last_communication, m.last_communication_rank
    from oms_meters m
    where m.id = any (apply_meter_reports.meter_ids)
    order by m.id
    for no key update
  ), judged as materialized (
    select r.*, l.substation_id, l.power_status as power_before, l.communication_status as communication_before,
      r.kind in ('power_on', 'power_off') as tells_power,
      not r.suspect and (l.power_reported_at is null
        or (r.event_at, r.rank) > (l.power_reported_at, l.power_reported_rank)) as newer_power,
      not r.suspect and (l.last_communication is null
        or (r.event_at, r.rank) > (l.last_communication, l.last_communication_rank)) as newer_word
    from reports r
    join locked l on l.id = r.meter_id
  ), power as materialized (
    select c.*, max(case when c.state <> c.previous then c.event_at end) over (partition by c.meter_id) as changed_at
    from (
      select j.*, substr(j.kind, 7) as state,
        lag(substr(j.kind, 7), 1, j.power_before) over chain as previous,
        lead(j.ord) over chain is null as is_last
      from judged j
      where j.tells_power and j.newer_power
      window chain as (partition by j.meter_id order by j.event_at, j.rank, j.ord)
    ) c
  ), word as materialized (
    select c.*, max(case when c.state <> c.previous then c.event_at end) over (partition by c.meter_id) as changed_at
    from (
      select j.ord, j.source_ref, j.meter_id, j.kind, j.event_at, j.rank,
        case when j.kind in ('power_off', 'not_heard') then 'offline' else 'online' end as state,
        lag(case when j.kind in ('power_off', 'not_heard') then 'offline' else 'online' end, 1, j.communication_before)
          over chain as previous,
        lead(j.ord) over chain is null as is_last
      from judged j
      where j.kind <> 'phase_voltage' and j.newer_word
      window chain as (partition by j.meter_id order by j.event_at, j.rank, j.ord)
    ) c
  ), moved as (
    update oms_meters m
    set power_status = coalesce(f.power_status, m.power_status),
      power_reported_at = coalesce(f.power_at, m.power_reported_at),
      power_reported_rank = coalesce(f.power_rank, m.power_reported_rank),
      last_power_change = coalesce(f.power_changed_at, m.last_power_change),
      communication_status = coalesce(f.communication_status, m.communication_status),
      last_communication = coalesce(f.word_at, m.last_communication),
      last_communication_rank = coalesce(f.word_rank, m.last_communication_rank),
      last_status_change = coalesce(f.word_changed_at, m.last_status_change)
    from (
      select coalesce(p.meter_id, w.meter_id) as meter_id,
        p.state as power_status, p.event_at as power_at, p.rank as power_rank, p.changed_at as power_changed_at,
        w.state as communication_status, w.event_at as word_at, w.rank as word_rank, w.changed_at as word_changed_at
      from (select * from power where is_last) p
      full join (select * from word where is_last) w on w.meter_id = p.meter_id
    ) f
    where m.id = f.meter_id
  ), audited as (
    insert into oms_meter_status_events (meter_id, event_type, source_type, source_event_id, previous_status, new_status,
      event_timestamp, applied, confidence_score, metadata)
    select t.meter_id, t.event_type, apply_meter_reports.source_type, t.source_ref, t.previous_status, t.new_status,
      t.event_at, t.applied, case when t.suspect then 0.1 else s.confidence end,
      case when t.suspect then coalesce(apply_meter_reports.metadata, '{}') || '{"clock_suspect": true}'
        else apply_meter_reports.metadata end
    from (
      select p.ord, p.meter_id, p.kind as event_type, p.source_ref, p.previous as previous_status, p.state as new_status,
        p.event_at, true as applied, false as suspect
      from power p
      union all
      -- Too late to change the state: the trail gets it, beside the state that held at its own time.
      select j.ord, j.meter_id, j.kind, j.source_ref, coalesce((
          select e.new_status from oms_meter_status_events e
          where e.meter_id = j.meter_id and e.event_timestamp <= j.event_at and e.event_type in ('power_on', 'power_off')
          order by e.event_timestamp desc, e.id desc limit 1), 'unknown'),
        substr(j.kind, 7), j.event_at, false, j.suspect
      from judged j
      where j.tells_power and not j.newer_power
      union all
      select w.ord, w.meter_id, case w.state when 'online' then 'communication_restored' else 'communication_lost' end,
        w.source_ref, w.previous, w.state, w.event_at, true, false
      from word w
      where w.kind in ('heard', 'not_heard') and w.state <> w.previous
    ) t
    -- How far a report of this source is believed by itself (start values of the policy).
    cross join (select case apply_meter_reports.source_type when 'system' then 1 when 'scada' then 0.99 when 'kaifa' then 0.95
      when 'onu' then 0.8 else 0.5 end as confidence) s
  ), believed as (
    insert into oms_evidence (kind, source_type, source_event_id, meter_id, substation_id, event_at, received_at, clock_suspect)
    select j.kind, apply_meter_reports.source_type, j.source_event_id, j.meter_id, j.substation_id, j.event_at, j.received_at,
      j.suspect
    from judged j
  )
  select count(*), array_agg(j.meter_id) filter (where j.is_late), array_agg(j.kind) filter (where j.is_late),
    array_agg(j.event_at) filter (where j.is_late)
  into v_reports, v_late_meters, v_late_kinds, v_late_ats
  from (
    select j.meter_id, j.kind, j.event_at, not j.suspect and j.kind <> 'phase_voltage'
      and (not j.newer_word or (j.tells_power and not j.newer_power)) as is_late
    from judged j
  ) j;

  if v_late_meters is not null then
    perform settle_status_changes(v_late_meters, v_late_kinds, v_late_ats);
  end if;
  if v_reports > 0 then
    perform pg_notify('lastgasp_evidence', '');
  end if;
  return v_reports;
end
$$;
comment on function apply_meter_reports(text, bigint[], bigint[], text[], timestamptz[], timestamptz[], text[], jsonb) is
  'Applies reports of meters to the registry, the audit trail and the evidence log, one array element a report; gives how many it took.';
