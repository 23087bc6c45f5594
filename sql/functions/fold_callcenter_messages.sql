-- The tickets as their messages tell them together: the call's time is the earliest, the status that of the newest message, each
-- other field the newest that is not empty. Tracking ids of ours are made from the ticket id, so they are unique without a
-- clock; a sender's own are kept unless another ticket has them already.
create or replace function fold_callcenter_messages(ticket_ids text[]) returns void
language plpgsql
set enable_seqscan = off
as $$
declare
  v_ids bigint[];
begin
  if coalesce(cardinality(ticket_ids), 0) = 0 then
    return;
  end if;
  -- Two batches with messages of one ticket fold it one after the other: the later one then sees what the earlier has committed.
  -- Locks by 64 groups of tickets, in order, so that a batch takes few and never deadlocks.
  perform pg_advisory_xact_lock(7301, b.bucket)
  from (select distinct abs(hashtext(t.id) % 64) as bucket from unnest(ticket_ids) as t (id) order by 1) b;
  with told as materialized (
    select m.*, row_number() over (partition by m.ticket_id order by m.event_timestamp desc,
      array_position(array['Restored', 'Partially Restored', 'In Progress', 'Crew Assigned', 'Registered'], m.status)) as newest
    from callcenter_ticket_messages m
    where m.ticket_id = any (fold_callcenter_messages.ticket_ids)
  ), folded as (
    select t.ticket_id,
      (array_agg(t.status order by t.newest))[1] as status,
      min(t.event_timestamp) as event_timestamp,
      max(t.event_timestamp) as status_changed_at,
      (array_agg(t.phone order by t.newest) filter (where t.phone is not null))[1] as phone,
      (array_agg(t.meter_number order by t.newest) filter (where t.meter_number is not null))[1] as meter_number,
      (array_agg(t.address order by t.newest) filter (where t.address is not null))[1] as address,
      (array_agg(t.notes order by t.newest) filter (where t.notes is not null))[1] as notes,
      (array_agg(t.source order by t.newest) filter (where t.source is not null))[1] as source,
      (array_agg(t.intake_id order by t.newest desc) filter (where t.intake_id is not null))[1] as intake_id,
      (array_agg(t.oms_event_id order by t.newest desc) filter (where t.oms_event_id is not null))[1] as oms_event_id,
      min(t.received_at) as received_at
    from told t
    group by t.ticket_id
  ), tracked as (
    select f.*,
      case when f.intake_id is null or row_number() over (partition by f.intake_id order by f.ticket_id) > 1
          or exists (select from callcenter_tickets o where o.intake_id = f.intake_id and o.ticket_id <> f.ticket_id)
        then 'INT-' || f.ticket_id else f.intake_id end as own_intake_id,
      case when f.oms_event_id is null or row_number() over (partition by f.oms_event_id order by f.ticket_id) > 1
          or exists (select from callcenter_tickets o where o.oms_event_id = f.oms_event_id and o.ticket_id <> f.ticket_id)
        then 'OMS-' || f.ticket_id else f.oms_event_id end as own_oms_event_id
    from folded f
  ), kept as (
    insert into callcenter_tickets as c (ticket_id, intake_id, oms_event_id, status, event_timestamp, status_changed_at, phone, meter_number,
      address, notes, call_kind, source, clock_suspect, received_at)
    select t.ticket_id, t.own_intake_id, t.own_oms_event_id, t.status, t.event_timestamp, t.status_changed_at, t.phone, t.meter_number,
      t.address, t.notes, oms_call_kind(t.notes), t.source, oms_clock_suspect(t.event_timestamp, t.received_at), t.received_at
    from tracked t
    order by t.ticket_id
    on conflict (ticket_id) do update
    set status = excluded.status, event_timestamp = excluded.event_timestamp, status_changed_at = excluded.status_changed_at,
      phone = excluded.phone, meter_number = excluded.meter_number, address = excluded.address, notes = excluded.notes,
      call_kind = excluded.call_kind, source = excluded.source, clock_suspect = excluded.clock_suspect
    returning c.id
  )
  select array_agg(k.id) into v_ids from kept k;
  perform link_callcenter_tickets(v_ids);
end
$$;
comment on function fold_callcenter_messages(text[]) is 'Makes or updates the tickets of these ids from all their messages and links them.';
