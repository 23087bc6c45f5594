-- For psql and other programs; the same effect as the gateway. Raises LGINV for a message that cannot be understood.
create or replace function insert_callcenter_ticket_from_json_with_meter_link(message jsonb) returns bigint
language plpgsql as $$
declare
  v_message jsonb := case when jsonb_typeof(message -> 'event') = 'object'
    then (message -> 'event') || case when message ? 'intake' then jsonb_build_object('intake', message -> 'intake') else '{}' end
    else message end;
  v_id bigint;
begin
  perform require_message_fields(v_message,
    array['ticketId', 'timestamp', 'status', 'customer.phone', 'customer.meterNumber', 'customer.address', 'customer.notes'],
    array['text', 'instant', 'text?', 'text?', 'text?', 'text?', 'text?']);
  if jsonb_typeof(v_message -> 'customer') is distinct from 'object' then
    raise exception 'customer: required, an object' using errcode = 'LGINV';
  end if;
  if lower(trim(coalesce(nullif(v_message ->> 'status', ''), 'Registered'))) not in
    ('registered', 'crew assigned', 'in progress', 'partially restored', 'restored') then
    raise exception 'status: must be Registered, Crew Assigned, In Progress, Partially Restored or Restored, got %', v_message -> 'status'
      using errcode = 'LGINV';
  end if;
  select i.event_id into v_id from ingest_callcenter_tickets(array[v_message::json], array[now()]) i;
  return v_id;
end
$$;
comment on function insert_callcenter_ticket_from_json_with_meter_link(jsonb) is 'Takes one Call Center message and links the ticket to its meter; gives the ticket''s id.';
