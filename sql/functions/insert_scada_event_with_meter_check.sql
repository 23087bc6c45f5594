-- For psql and other programs; the same effect as the gateway. A message that was taken before gives the answer of its first time.
-- Raises LGINV for a message that cannot be understood.
create or replace function insert_scada_event_with_meter_check(message jsonb) returns jsonb
language plpgsql as $$
declare
  v_message jsonb := case when jsonb_typeof(message -> 'event') = 'object' then message -> 'event' else message end;
  v_detail jsonb;
begin
  perform require_message_fields(v_message,
    array['eventType', 'substationId', 'feederId', 'mainStationId', 'alarmType', 'timestamp', 'voltage', 'coordinates.lat', 'coordinates.lng'],
    array['text', 'text', 'text?', 'text', 'text', 'instant', 'number', 'number?', 'number?']);
  select i.detail into v_detail from ingest_scada_events(array[v_message::json], array[now()]) i;
  return v_detail;
end
$$;
comment on function insert_scada_event_with_meter_check(jsonb) is
  'Takes one SCADA message, checks the meters of exactly its feeder or substation, and opens or joins the outage; gives the counts and the outage or the reason for none.';
