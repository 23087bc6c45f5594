-- What meters reported, applied to the registry: the newest event time wins, every report of supply leaves one row in the
-- audit trail and every report one in the evidence log. The one place where reported states change: gateway, files and psql
-- end here.
-- Goes in rounds: the first takes the first report of each meter by event time, the next the second, so that each report meets
-- the state that the one before it left. The first locks all the meters in the order of their ids, so that batches that share
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
  v_events bigint[] := apply_meter_reports.source_event_ids;
  v_meters bigint[] := apply_meter_reports.meter_ids;
  v_kinds text[] := apply_meter_reports.kinds;
  v_ats timestamptz[] := apply_meter_reports.event_ats;
  v_received timestamptz[] := apply_meter_reports.received_ats;
  v_refs text[] := apply_meter_reports.source_refs;
  v_rounds integer[] := array[cardinality(apply_meter_reports.meter_ids)];
  v_from integer := 1;
  v_to integer := 0;
  v_size integer;
  v_taken integer;
  v_reports integer := 0;
  v_late_meters bigint[];
  v_late_kinds text[];
  v_late_ats timestamptz[];
  v_all_late_meters bigint[] := '{}';
  v_all_late_kinds text[] := '{}';
  v_all_late_ats timestamptz[] := '{}';
begin
  if (select count(distinct m.id) from unnest(v_meters) as m (id)) < cardinality(v_meters) then
    with placed as materialized (
      select r.*, row_number() over (partition by r.meter_id
        order by r.event_at, oms_report_rank(apply_meter_reports.source_type, r.kind), r.ord) as round
      from unnest(v_events, v_meters, v_kinds, v_ats, v_received, v_refs)
        with ordinality as r (source_event_id, meter_id, kind, event_at, received_at, source_ref, ord)
    ), ordered as (
      select * from placed order by round, meter_id
    )
    select array_agg(o.source_event_id), array_agg(o.meter_id), array_agg(o.kind), array_agg(o.event_at), array_agg(o.received_at),
      case when v_refs is not null then array_agg(o.source_ref) end,
      array(select count(*)::integer from placed p group by p.round order by p.round)
    into v_events, v_meters, v_kinds, v_ats, v_received, v_refs, v_rounds
    from ordered o;
  end if;

  foreach v_size in array v_rounds loop
    v_from := v_to + 1;
    v_to := v_to + v_size;
    with judged as materialized (
      select r.*, l.substation_id, l.power_status as power_before, l.communication_status as communication_before,
        case r.kind when 'power_off' then 'offline' when 'not_heard' then 'offline' when 'phase_voltage' then null else 'online' end
          as communication,
        not r.suspect and r.power is not null and (l.power_reported_at is null
          or (r.event_at, r.rank) > (l.power_reported_at, l.power_reported_rank)) as newer_power,
        not r.suspect and r.kind <> 'phase_voltage' and (l.last_communication is null
          or (r.event_at, r.rank) > (l.last_communication, l.last_communication_rank)) as newer_word
      from (
        select u.*, case u.kind when 'power_off' then 'off' when 'power_on' then 'on' end as power,
          oms_report_rank(apply_meter_reports.source_type, u.kind) as rank, oms_clock_suspect(u.event_at, u.received_at) as suspect
        from unnest(v_events[v_from:v_to], v_meters[v_from:v_to], v_kinds[v_from:v_to], v_ats[v_from:v_to],
          v_received[v_from:v_to], v_refs[v_from:v_to])
          as u (source_event_id, meter_id, kind, event_at, received_at, source_ref)
      ) r
      join (
        select m.id, m.substation_id, m.power_status, m.power_reported_at, m.power_reported_rank,
          m.communication_status, m.last_communication, m.last_communication_rank
        from oms_meters m
        where m.id = any (v_meters[v_from:v_to])
        order by m.id
        for no key update
      ) l on l.id = r.meter_id
    ), moved as (
      update oms_meters m
      set power_status = case when j.newer_power then j.power else m.power_status end,
        power_reported_at = case when j.newer_power then j.event_at else m.power_reported_at end,
        power_reported_rank = case when j.newer_power then j.rank else m.power_reported_rank end,
        last_power_change = case when j.newer_power and j.power <> m.power_status then j.event_at else m.last_power_change end,
        communication_status = case when j.newer_word then j.communication else m.communication_status end,
        last_communication = case when j.newer_word then j.event_at else m.last_communication end,
        last_communication_rank = case when j.newer_word then j.rank else m.last_communication_rank end,
        last_status_change = case when j.newer_word and j.communication <> m.communication_status then j.event_at
          else m.last_status_change end,
        updated_at = now()
      from judged j
      where m.id = j.meter_id and (j.newer_power or j.newer_word)
    ), audited as (
      insert into oms_meter_status_events (meter_id, event_type, source_type, source_event_id, previous_status, new_status,
        event_timestamp, applied, confidence_score, metadata)
      select j.meter_id,
        case when j.power is not null then j.kind when j.communication = 'online' then 'communication_restored'
          else 'communication_lost' end,
        apply_meter_reports.source_type, coalesce(j.source_ref, j.source_event_id::text),
        case when j.newer_power then j.power_before
          -- Too late to change the state: the trail gets it, beside the state that held at its own time.
          when j.power is not null then coalesce((
            select e.new_status from oms_meter_status_events e
            where e.meter_id = j.meter_id and e.event_timestamp <= j.event_at and e.event_type in ('power_on', 'power_off')
            order by e.event_timestamp desc, e.id desc limit 1), 'unknown')
          else j.communication_before end,
        coalesce(j.power, j.communication), j.event_at, j.newer_power or j.power is null,
        -- How far a report of this source is believed by itself (start values of the policy).
        case when j.suspect then 0.1 else case apply_meter_reports.source_type when 'system' then 1 when 'scada' then 0.99
          when 'kaifa' then 0.95 when 'onu' then 0.8 else 0.5 end end,
        case when j.suspect then coalesce(apply_meter_reports.metadata, '{}') || '{"clock_suspect": true}'
          else apply_meter_reports.metadata end
      from judged j
      where j.power is not null or (j.newer_word and j.communication <> j.communication_before)
    ), believed as (
      insert into oms_evidence (kind, source_type, source_event_id, meter_id, substation_id, event_at, received_at, clock_suspect)
      select j.kind, apply_meter_reports.source_type, j.source_event_id, j.meter_id, j.substation_id, j.event_at, j.received_at,
        j.suspect
      from judged j
    )
    select count(*), array_agg(j.meter_id) filter (where j.is_late), array_agg(j.kind) filter (where j.is_late),
      array_agg(j.event_at) filter (where j.is_late)
    into v_taken, v_late_meters, v_late_kinds, v_late_ats
    from (
      select j.meter_id, j.kind, j.event_at, not j.suspect and j.kind <> 'phase_voltage'
        and (not j.newer_word or (j.power is not null and not j.newer_power)) as is_late
      from judged j
    ) j;
    v_reports := v_reports + v_taken;
    if v_late_meters is not null then
      v_all_late_meters := v_all_late_meters || v_late_meters;
      v_all_late_kinds := v_all_late_kinds || v_late_kinds;
      v_all_late_ats := v_all_late_ats || v_late_ats;
    end if;
  end loop;

  if v_all_late_meters <> '{}' then
    perform settle_status_changes(v_all_late_meters, v_all_late_kinds, v_all_late_ats);
  end if;
  if v_reports > 0 then
    perform pg_notify('lastgasp_evidence', '');
  end if;
  return v_reports;
end
$$;
comment on function apply_meter_reports(text, bigint[], bigint[], text[], timestamptz[], timestamptz[], text[], jsonb) is
  'Applies reports of meters to the registry, the audit trail and the evidence log, one array element a report; gives how many it took.';
