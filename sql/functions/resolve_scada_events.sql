-- Finds substation and feeder of stored SCADA events that have none yet, checks the meters of exactly that scope, puts the evidence
-- down, and opens or joins the outage. A feeder code that is not in the registry never widens to its substation. One that is a tie's
-- own id tells how the tie stands, which is evidence of no outage.
create or replace function resolve_scada_events(event_ids bigint[]) returns integer
language plpgsql
set enable_seqscan = off
as $$
declare
  v_resolved bigint[];
  v_tie record;
begin
  if coalesce(cardinality(event_ids), 0) = 0 then
    return 0;
  end if;

  for v_tie in
    update scada_events e
    set device_id = d.id
    from network_devices d
    where e.id = any (resolve_scada_events.event_ids) and e.device_id is null and e.feeder_id <> ''
      and d.device_id = e.feeder_id and d.normally_open
      and not exists (select from network_feeders f where f.feeder_id = e.feeder_id)
    returning e.feeder_id, e.signal, e.event_timestamp, e.clock_suspect
  loop
    if v_tie.signal in ('switch_open', 'switch_closed') and not v_tie.clock_suspect then
      perform set_device_state(v_tie.feeder_id, v_tie.signal = 'switch_open', v_tie.event_timestamp, 'scada');
    end if;
  end loop;

  with events as materialized (
    select e.id, e.substation_id, e.feeder_id, e.event_timestamp, f.id as network_feeder_id, f.substation_id as feeder_substation_id,
      s.id as named_substation_id
    from scada_events e
    left join network_feeders f on f.feeder_id = e.feeder_id
    left join network_substations s on s.substation_id = e.substation_id
    where e.id = any (resolve_scada_events.event_ids) and e.device_id is null
  ), doubted as (
    insert into oms_identity_conflicts as c (source_type, conflict_kind, identifier, registry_value, reported_value, source_event_id)
    select distinct on (e.feeder_id, s.substation_id, e.substation_id)
      'scada', 'feeder_substation', e.feeder_id, s.substation_id, e.substation_id, e.id
    from events e
    join network_substations s on s.id = e.feeder_substation_id
    where e.feeder_substation_id is distinct from e.named_substation_id
    order by e.feeder_id, s.substation_id, e.substation_id, e.id
    on conflict (source_type, conflict_kind, identifier, registry_value, reported_value)
      do update set times_seen = c.times_seen + 1, last_seen_at = now()
  ), unknown as (
    insert into oms_unmatched_identifiers (source_type, source_event_id, identifier_kind, identifier_value, event_timestamp)
    select 'scada', e.id, 'feeder_id', e.feeder_id, e.event_timestamp
    from events e where e.feeder_id <> '' and e.network_feeder_id is null
    union all
    select 'scada', e.id, 'substation_id', e.substation_id, e.event_timestamp
    from events e where e.named_substation_id is null and e.network_feeder_id is null
    on conflict do nothing
  ), settled as (
    update oms_unmatched_identifiers u set matched_at = now()
    from events e
    where u.source_type = 'scada' and u.source_event_id = e.id and u.matched_at is null
      and case u.identifier_kind when 'feeder_id' then e.network_feeder_id is not null
        else coalesce(e.network_feeder_id, e.named_substation_id) is not null end
  )
  update scada_events e
  set network_feeder_id = r.network_feeder_id,
    network_substation_id = coalesce(r.feeder_substation_id, r.named_substation_id)
  from events r
  where e.id = r.id;

  perform ensure_scada_devices(event_ids);

  with placed as (
    update scada_events e
    set device_id = d.id
    from network_devices d
    where e.id = any (resolve_scada_events.event_ids) and e.device_id is null
      and case when e.feeder_id <> '' then d.feeder_id = e.network_feeder_id and d.is_feeder_head
        else d.substation_id = e.network_substation_id and d.kind = 'substation' end
    returning e.id, e.signal, e.device_id, e.network_substation_id, e.event_timestamp, e.received_at, e.clock_suspect
  ), believed as (
    insert into oms_evidence (kind, source_type, source_event_id, device_id, substation_id, event_at, received_at, clock_suspect)
    select p.signal, 'scada', p.id, p.device_id, p.network_substation_id, p.event_timestamp, p.received_at, p.clock_suspect
    from placed p
    where p.signal <> 'other'
  )
  select array_agg(p.id) into v_resolved from placed p;

  if v_resolved is null then
    return 0;
  end if;
  perform check_scada_event_meters(v_resolved);
  perform open_scada_outages(v_resolved);
  perform pg_notify('lastgasp_evidence', '');
  return cardinality(v_resolved);
end
$$;
comment on function resolve_scada_events(bigint[]) is 'Matches stored SCADA events with the network, checks their meters and opens or joins their outages; gives how many found their place.';
