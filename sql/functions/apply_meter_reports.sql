-- What meters reported, applied to the registry: the newest event time wins, every report of supply leaves one row in the
-- audit trail and every report one in the evidence log. The one place where reported states change: gateway, files and psql
-- end here.
-- A batch may tell of a meter many times. Its reports count in the order of their event times, each as if applied after the one
-- before it: it meets the registry's state, or that of the newest report before it in the batch. So one pass judges them all, and
-- a meter's row is written once, with the last. The meters are locked in the order of their ids, so that batches that share
-- meters wait for each other and never deadlock.
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
  v_rank_good constant smallint := oms_report_rank(apply_meter_reports.source_type, 'power_on');
  v_rank_bad constant smallint := oms_report_rank(apply_meter_reports.source_type, 'power_off');
  -- How far a report of this source is believed by itself (start values of the policy).
  v_confidence constant numeric(5, 4) := case apply_meter_reports.source_type when 'system' then 1 when 'scada' then 0.99
    when 'kaifa' then 0.95 when 'onu' then 0.8 else 0.5 end;
  v_reports integer;
  v_late_meters bigint[];
  v_late_kinds text[];
  v_late_ats timestamptz[];
begin
  with met as (
    select r.*, l.substation_id, l.power_status, l.communication_status,
      not r.suspect and r.tells_power and (l.power_reported_at is null
        or (r.event_at, r.rank) > (l.power_reported_at, l.power_reported_rank)) as newer_power,
      not r.suspect and r.tells_word and (l.last_communication is null
        or (r.event_at, r.rank) > (l.last_communication, l.last_communication_rank)) as newer_word
    from (
      select u.*, u.kind in ('power_on', 'power_off') as tells_power, u.kind <> 'phase_voltage' as tells_word,
        u.kind in ('power_on', 'heard') as is_good,
        case when u.kind in ('power_off', 'not_heard') then v_rank_bad else v_rank_good end as rank,
        oms_clock_suspect(u.event_at, u.received_at) as suspect
      from unnest(apply_meter_reports.source_event_ids, apply_meter_reports.meter_ids, apply_meter_reports.kinds,
        apply_meter_reports.event_ats, apply_meter_reports.received_ats, apply_meter_reports.source_refs)
        with ordinality as u (source_event_id, meter_id, kind, event_at, received_at, source_ref, ord)
    ) r
    join (
      select m.id, m.substation_id, m.power_status, m.power_reported_at, m.power_reported_rank,
        m.communication_status, m.last_communication, m.last_communication_rank
      from oms_meters m
      where m.id = any (apply_meter_reports.meter_ids)
      order by m.id
      for no key update
    ) l on l.id = r.meter_id
  ), placed as (
    -- What the batch told before: the last instants of each state that beat the registry's, and those of any report of supply.
    select r.*,
      max(r.event_at) filter (where r.newer_power and r.is_good) over earlier as on_at,
      max(r.event_at) filter (where r.newer_power and not r.is_good) over earlier as off_at,
      max(r.event_at) filter (where r.newer_word and r.is_good) over earlier as online_at,
      max(r.event_at) filter (where r.newer_word and not r.is_good) over earlier as offline_at,
      max(r.event_at) filter (where r.tells_power and r.is_good) over earlier as told_on_at,
      max(r.event_at) filter (where r.tells_power and not r.is_good) over earlier as told_off_at
    from met r
    window earlier as (partition by r.meter_id order by r.event_at, r.rank, r.ord rows between unbounded preceding and 1 preceding)
  ), judged as materialized (
    -- On and online rank above off and offline of the same instant; of the same told twice the first counts.
    select p.ord, p.source_event_id, p.meter_id, p.kind, p.event_at, p.received_at, p.source_ref, p.substation_id,
      p.tells_power, p.tells_word, p.is_good, p.rank, p.suspect,
      case when not p.tells_power then null when p.is_good then 'on' else 'off' end as power,
      case when p.is_good then 'online' else 'offline' end as word,
      p.newer_power and p.event_at is distinct from case when p.is_good then p.on_at else p.off_at end as newer_power,
      p.newer_word and p.event_at is distinct from case when p.is_good then p.online_at else p.offline_at end as newer_word,
      case when p.on_at >= p.off_at then 'on' when p.off_at is not null then 'off' when p.on_at is not null then 'on'
        else p.power_status end as power_before,
      case when p.online_at >= p.offline_at then 'online' when p.offline_at is not null then 'offline'
        when p.online_at is not null then 'online' else p.communication_status end as word_before,
      greatest(p.told_on_at, p.told_off_at) as told_at,
      case when p.told_on_at >= p.told_off_at then 'on' when p.told_off_at is not null then 'off'
        when p.told_on_at is not null then 'on' end as told
    from placed p
    order by p.meter_id, p.event_at, p.rank, p.ord
  ), moved as (
    update oms_meters m
    set power_status = coalesce(s.power, m.power_status),
      power_reported_at = coalesce(s.power_at, m.power_reported_at),
      power_reported_rank = coalesce(s.power_rank, m.power_reported_rank),
      last_power_change = coalesce(s.power_change_at, m.last_power_change),
      communication_status = coalesce(s.word, m.communication_status),
      last_communication = coalesce(s.word_at, m.last_communication),
      last_communication_rank = coalesce(s.word_rank, m.last_communication_rank),
      last_status_change = coalesce(s.word_change_at, m.last_status_change),
      updated_at = now()
    from (
      select t.meter_id, t.power_at, t.power_change_at, t.word_at, t.word_change_at,
        case when t.on_at = t.power_at then 'on' when t.power_at is not null then 'off' end as power,
        case when t.on_at = t.power_at then v_rank_good when t.power_at is not null then v_rank_bad end as power_rank,
        case when t.online_at = t.word_at then 'online' when t.word_at is not null then 'offline' end as word,
        case when t.online_at = t.word_at then v_rank_good when t.word_at is not null then v_rank_bad end as word_rank
      from (
        select j.meter_id,
          max(j.event_at) filter (where j.newer_power) as power_at,
          max(j.event_at) filter (where j.newer_power and j.is_good) as on_at,
          max(j.event_at) filter (where j.newer_power and j.power <> j.power_before) as power_change_at,
          max(j.event_at) filter (where j.newer_word) as word_at,
          max(j.event_at) filter (where j.newer_word and j.is_good) as online_at,
          max(j.event_at) filter (where j.newer_word and j.word <> j.word_before) as word_change_at
        from judged j
        where j.newer_power or j.newer_word
        group by j.meter_id
      ) t
    ) s
    where m.id = s.meter_id
  ), audited as (
    insert into oms_meter_status_events (meter_id, event_type, source_type, source_event_id, previous_status, new_status,
      event_timestamp, applied, confidence_score, metadata, received_at)
    select j.meter_id,
      case when j.tells_power then j.kind when j.is_good then 'communication_restored' else 'communication_lost' end,
      apply_meter_reports.source_type, coalesce(j.source_ref, j.source_event_id::text),
      case when j.newer_power then j.power_before
        -- Too late to change the state: the trail gets it, beside the state that held at its own time.
        when j.tells_power then coalesce((
          select e.new_status from oms_meter_status_events e
          where e.meter_id = j.meter_id and e.event_timestamp <= j.event_at and e.event_type in ('power_on', 'power_off')
            and (j.told_at is null or e.event_timestamp > j.told_at)
          order by e.event_timestamp desc, e.id desc limit 1), j.told, 'unknown')
        else j.word_before end,
      coalesce(j.power, j.word), j.event_at, j.newer_power or not j.tells_power,
      case when j.suspect then 0.1::numeric(5, 4) else v_confidence end,
      case when j.suspect then coalesce(apply_meter_reports.metadata, '{}') || '{"clock_suspect": true}'
        else apply_meter_reports.metadata end,
      j.received_at
    from judged j
    where j.tells_power or (j.newer_word and j.word <> j.word_before)
    order by j.meter_id, j.event_at, j.rank, j.ord
  ), believed as (
    insert into oms_evidence (kind, source_type, source_event_id, meter_id, substation_id, event_at, received_at, clock_suspect)
    select j.kind, apply_meter_reports.source_type, j.source_event_id, j.meter_id, j.substation_id, j.event_at, j.received_at,
      j.suspect
    from judged j
    order by j.meter_id, j.event_at, j.rank, j.ord
  )
  select count(*), array_agg(j.meter_id) filter (where j.is_late), array_agg(j.kind) filter (where j.is_late),
    array_agg(j.event_at) filter (where j.is_late)
  into v_reports, v_late_meters, v_late_kinds, v_late_ats
  from (
    select j.meter_id, j.kind, j.event_at, not j.suspect and j.tells_word
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
