-- For psql and other programs; the same effect as the gateway. Raises LGINV for a message that cannot be understood.
create or replace function insert_onu_event_from_json_with_meter_sync(message jsonb) returns bigint
language plpgsql as $$
declare
  v_message jsonb := case when jsonb_typeof(message -> 'event') = 'object' then message -> 'event' else message end;
  v_id bigint;
begin
  perform require_message_fields(v_message,
    array['type', 'onuId', 'timestamp', 'location.lat', 'location.lng'],
    array['text', 'integer', 'instant', 'number?', 'number?']);
  if v_message ->> 'type' not in ('ONU_LastGaspAlert', 'ONU_PowerRestored') then
    raise exception 'type: must be ONU_LastGaspAlert or ONU_PowerRestored, got %', v_message -> 'type' using errcode = 'LGINV';
  end if;
  if v_message ? 'associatedMeters' and jsonb_typeof(v_message -> 'associatedMeters') not in ('array', 'null') then
    raise exception 'associatedMeters: must be an array of meter numbers' using errcode = 'LGINV';
  end if;
  select i.event_id into v_id from ingest_onu_events(array[v_message::json], array[now()]) i;
  return v_id;
end
$$;
comment on function insert_onu_event_from_json_with_meter_sync(jsonb) is 'Takes one ONU message and applies it to every meter of its ONU; gives the event''s id.';
