-- For one meter by hand or by another program: the same rule as for the providers' reports. Raises LGNTF for an unknown
-- meter and LGINV for a status that does not go with the event type.
create or replace function update_meter_status(
  meter_number text,
  new_status text,
  event_type text,
  source_type text,
  source_event_id text default null,
  event_timestamp timestamptz default now(),
  metadata jsonb default null
) returns boolean
language plpgsql as $$
declare
  v_meter_id bigint;
  v_expected text;
  v_kind text;
begin
  select m.id into v_meter_id from oms_meters m where m.meter_number = update_meter_status.meter_number;
  if v_meter_id is null then
    raise exception 'meter_number: no meter % in the registry', update_meter_status.meter_number using errcode = 'LGNTF';
  end if;
  case update_meter_status.event_type
    when 'power_on' then v_expected := 'on'; v_kind := 'power_on';
    when 'power_off' then v_expected := 'off'; v_kind := 'power_off';
    when 'communication_restored' then v_expected := 'online'; v_kind := 'heard';
    when 'communication_lost' then v_expected := 'offline'; v_kind := 'not_heard';
    else
      raise exception 'event_type: must be power_on, power_off, communication_restored or communication_lost, got %',
        coalesce(update_meter_status.event_type, 'null') using errcode = 'LGINV';
  end case;
  if update_meter_status.new_status is distinct from v_expected then
    raise exception 'new_status: % means %, got %', update_meter_status.event_type, v_expected,
      coalesce(update_meter_status.new_status, 'null') using errcode = 'LGINV';
  end if;
  if update_meter_status.source_type is null
    or update_meter_status.source_type not in ('scada', 'kaifa', 'onu', 'call_center', 'system') then
    raise exception 'source_type: must be scada, kaifa, onu, call_center or system, got %',
      coalesce(update_meter_status.source_type, 'null') using errcode = 'LGINV';
  end if;

  perform apply_meter_reports(update_meter_status.source_type, array[null::bigint], array[v_meter_id], array[v_kind],
    array[update_meter_status.event_timestamp], array[now()], array[update_meter_status.source_event_id],
    update_meter_status.metadata);
  return (
    select case when v_kind like 'power%' then m.power_status = v_expected and m.power_reported_at = update_meter_status.event_timestamp
      else m.communication_status = v_expected and m.last_communication = update_meter_status.event_timestamp end
    from oms_meters m where m.id = v_meter_id);
end
$$;
comment on function update_meter_status(text, text, text, text, text, timestamptz, jsonb) is
  'Records a status of one meter; true when it is the newest and now holds, false when a newer one is known and only the trail got it.';
