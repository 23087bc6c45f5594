-- A batch of Call Center messages in one go. One ticket id is one ticket however often it arrives: another status or time is an update of
-- it. The ticket is what its messages say taken together, newest first, so arrival order leaves no trace. The one extraction
-- of the format; gateway, files and psql end here.
create or replace function ingest_callcenter_tickets(messages json[], received_ats timestamptz[])
returns table (ordinal integer, event_id bigint, stored boolean, meters integer, detail jsonb)
language plpgsql
set enable_seqscan = off
as $$
#variable_conflict use_column
declare
  v_tickets text[];
  v_stored boolean[];
begin
  with parsed as materialized (
    select m.ord, m.message, m.received_at, m.message::jsonb as j
    from unnest(ingest_callcenter_tickets.messages, ingest_callcenter_tickets.received_ats)
      with ordinality as m (message, received_at, ord)
  ), extracted as materialized (
    select p.ord, p.message, p.received_at,
      p.j ->> 'ticketId' as ticket_id,
      coalesce((select s.status from unnest(array['Registered', 'Crew Assigned', 'In Progress', 'Partially Restored', 'Restored']) as s (status)
        where lower(s.status) = lower(trim(p.j ->> 'status'))), 'Registered') as status,
      (p.j ->> 'timestamp')::timestamptz as event_timestamp,
      nullif(trim(p.j #>> '{customer,phone}'), '') as phone,
      nullif(trim(p.j #>> '{customer,meterNumber}'), '') as meter_number,
      nullif(trim(p.j #>> '{customer,address}'), '') as address,
      coalesce(nullif(trim(p.j #>> '{customer,notes}'), ''), nullif(trim(p.j ->> 'notes'), '')) as notes,
      nullif(p.j #>> '{intake,intakeId}', '') as intake_id,
      nullif(p.j #>> '{intake,omsEventId}', '') as oms_event_id,
      p.j ->> 'source' as source
    from parsed p
  ), new as (
    insert into callcenter_ticket_messages (ticket_id, status, event_timestamp, phone, meter_number, address, notes, intake_id, oms_event_id,
      source, raw_payload, received_at)
    select e.ticket_id, e.status, e.event_timestamp, e.phone, e.meter_number, e.address, e.notes, e.intake_id, e.oms_event_id,
      e.source, e.message, e.received_at
    from extracted e
    order by e.ticket_id, e.status, e.event_timestamp, e.ord
    on conflict (ticket_id, status, event_timestamp) do nothing
    returning ticket_id, status, event_timestamp
  )
  select array_agg(e.ticket_id order by e.ord), array_agg(e.is_new and e.nth = 1 order by e.ord)
  into v_tickets, v_stored
  from (
    select e.ord, e.ticket_id, n.ticket_id is not null as is_new,
      row_number() over (partition by e.ticket_id, e.status, e.event_timestamp order by e.ord) as nth
    from extracted e
    left join new n using (ticket_id, status, event_timestamp)
  ) e;

  perform fold_callcenter_messages(array(
    select distinct t.ticket_id from unnest(v_tickets, v_stored) as t (ticket_id, stored) where t.stored));

  perform count_provider_messages('call_center', ingest_callcenter_tickets.received_ats, array(
    select r.received_at from unnest(ingest_callcenter_tickets.received_ats, v_stored) as r (received_at, stored) where r.stored));

  return query
  select i.ord::integer, t.id, i.stored, case when t.meter_id is null then 0 else 1 end,
    jsonb_build_object('ticket_id', t.ticket_id, 'intake_id', t.intake_id, 'oms_event_id', t.oms_event_id, 'status', t.status,
      'call_kind', t.call_kind, 'matched_by', t.matched_by)
  from unnest(v_tickets, v_stored) with ordinality as i (ticket_id, stored, ord)
  join callcenter_tickets t on t.ticket_id = i.ticket_id
  order by i.ord;
end
$$;
comment on function ingest_callcenter_tickets(json[], timestamptz[]) is
  'Takes a batch of Call Center messages; gives for each its ticket, whether it told something new, and whether the ticket has a meter.';
