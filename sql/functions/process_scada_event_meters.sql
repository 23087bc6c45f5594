-- The check of one SCADA event by hand, as of now or with another scope than the event's own. Raises LGNTF for an unknown event,
-- substation or feeder.
create or replace function process_scada_event_meters(scada_event_id bigint, substation text, feeder text default null, at timestamptz default now())
returns jsonb
language plpgsql as $$
declare
  v_substation_id bigint;
  v_feeder_id bigint;
  v_event scada_events;
begin
  select s.id into v_substation_id from network_substations s where s.substation_id = process_scada_event_meters.substation;
  if nullif(process_scada_event_meters.feeder, '') is not null then
    select f.id, f.substation_id into v_feeder_id, v_substation_id
    from network_feeders f where f.feeder_id = process_scada_event_meters.feeder;
    if v_feeder_id is null then
      raise exception 'feeder: no feeder % in the registry', process_scada_event_meters.feeder using errcode = 'LGNTF';
    end if;
  elsif v_substation_id is null then
    raise exception 'substation: no substation % in the registry', coalesce(process_scada_event_meters.substation, 'null') using errcode = 'LGNTF';
  end if;

  delete from scada_event_affected_meters a where a.scada_event_id = process_scada_event_meters.scada_event_id;
  update scada_events e
  set network_substation_id = v_substation_id, network_feeder_id = v_feeder_id, meters_checked_at = null
  where e.id = process_scada_event_meters.scada_event_id;
  if not found then
    raise exception 'scada_event_id: no SCADA event %', process_scada_event_meters.scada_event_id using errcode = 'LGNTF';
  end if;
  perform check_scada_event_meters(array[process_scada_event_meters.scada_event_id]);
  update scada_events e set meters_checked_at = process_scada_event_meters.at
  where e.id = process_scada_event_meters.scada_event_id and e.meters_checked_at is not null
  returning e.* into v_event;
  return jsonb_build_object(
    'scada_event_id', process_scada_event_meters.scada_event_id,
    'total_meters', coalesce(v_event.total_meters, 0),
    'offline_meters', coalesce(v_event.offline_meters, 0),
    'online_meters', coalesce(v_event.online_meters, 0),
    'unknown_meters', coalesce(v_event.unknown_meters, 0));
end
$$;
comment on function process_scada_event_meters(bigint, text, text, timestamptz) is
  'Checks the meters of one feeder, or without a feeder of one substation, for a stored SCADA event, and gives the counts.';
