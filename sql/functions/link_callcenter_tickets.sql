-- A call belongs to the meter it names, else to the customer who has the caller's phone, else to the one who has the address. Of
-- several meters of that customer it takes the one in the customer's own building, then the lowest number. A linked ticket
-- whose later message names another meter moves; each linked call of lost supply is evidence, at its own time, and where a later
-- message makes it none, that it is withdrawn is evidence too.
create or replace function link_callcenter_tickets(ticket_row_ids bigint[]) returns integer
language plpgsql
set enable_seqscan = off
as $$
declare
  v_linked integer;
  v_calls integer;
begin
  with tickets as materialized (
    select t.* from callcenter_tickets t where t.id = any (link_callcenter_tickets.ticket_row_ids)
  ), matched as materialized (
    select t.id, coalesce(n.id, p.id, a.id) as meter_id,
      case when n.id is not null then 'meter_number' when p.id is not null then 'phone' when a.id is not null then 'address' end as matched_by
    from tickets t
    left join oms_meters n on n.meter_number = t.meter_number
    left join lateral (
      select m.id
      from oms_customers c
      join oms_meters m on m.customer_id = c.id and m.status = 'active'
      where n.id is null and c.phone_key = t.phone_key
      order by c.address_key is not distinct from t.address_key desc, m.building_id is not distinct from c.building_id desc, m.meter_number
      limit 1
    ) p on true
    left join lateral (
      select m.id
      from oms_customers c
      join oms_meters m on m.customer_id = c.id and m.status = 'active'
      where n.id is null and p.id is null and c.address_key = t.address_key
      order by m.building_id is not distinct from c.building_id desc, m.meter_number
      limit 1
    ) a on true
  ), linked as (
    update callcenter_tickets t
    set meter_id = m.meter_id, matched_by = m.matched_by
    from matched m
    where t.id = m.id and m.meter_id is not null
      and (t.meter_id is distinct from m.meter_id or t.matched_by is distinct from m.matched_by)
    returning t.id
  ), calls as (
    -- A ticket's calls are its messages of status Registered, else its first: what came in between does not move them.
    select t.id, m.meter_id, c.event_timestamp, c.received_at
    from tickets t
    join matched m on m.id = t.id and m.meter_id is not null
    join callcenter_ticket_messages c on c.ticket_id = t.ticket_id
      and (c.status = 'Registered' or (c.event_timestamp = t.event_timestamp and not exists (
        select from callcenter_ticket_messages r where r.ticket_id = t.ticket_id and r.status = 'Registered')))
    where t.call_kind = 'no_supply'
  ), believed as (
    insert into oms_evidence (kind, source_type, source_event_id, meter_id, substation_id, event_at, received_at, clock_suspect)
    select distinct on (c.id, c.event_timestamp) 'no_supply_call', 'call_center', c.id, c.meter_id, m.substation_id, c.event_timestamp,
      c.received_at, oms_clock_suspect(c.event_timestamp, c.received_at)
    from calls c
    join oms_meters m on m.id = c.meter_id
    where (
      select e.kind from oms_evidence e
      where e.meter_id = c.meter_id and e.event_at = c.event_timestamp and e.kind in ('no_supply_call', 'call_withdrawn')
        and e.source_event_id = c.id
      order by e.id desc limit 1) is distinct from 'no_supply_call'
    order by c.id, c.event_timestamp, c.received_at
    returning 1
  ), standing as (
    -- What a ticket's last message left standing; it may be so no longer.
    select distinct on (e.source_event_id, e.meter_id, e.event_at) e.*
    from tickets t
    join oms_evidence e on e.meter_id = t.meter_id and e.source_event_id = t.id and e.kind in ('no_supply_call', 'call_withdrawn')
    order by e.source_event_id, e.meter_id, e.event_at, e.id desc
  ), withdrawn as (
    insert into oms_evidence (kind, source_type, source_event_id, meter_id, substation_id, event_at, received_at, clock_suspect)
    select 'call_withdrawn', 'call_center', s.source_event_id, s.meter_id, s.substation_id, s.event_at, s.received_at, s.clock_suspect
    from standing s
    where s.kind = 'no_supply_call' and not exists (
      select from calls c where c.id = s.source_event_id and c.meter_id = s.meter_id and c.event_timestamp = s.event_at)
    returning 1
  ), unknown as (
    insert into oms_unmatched_identifiers (source_type, source_event_id, identifier_kind, identifier_value, event_timestamp)
    select 'call_center', t.id, i.kind, i.value, t.event_timestamp
    from tickets t
    join matched m on m.id = t.id
    cross join lateral (values ('meter_number', t.meter_number), ('phone', t.phone_key), ('address', t.address_key)) as i (kind, value)
    where i.value is not null and (m.meter_id is null or (i.kind = 'meter_number' and m.matched_by <> 'meter_number'))
    on conflict do nothing
  ), settled as (
    update oms_unmatched_identifiers u set matched_at = now()
    from matched m
    where m.meter_id is not null and u.source_type = 'call_center' and u.source_event_id = m.id and u.matched_at is null
      and (u.identifier_kind <> 'meter_number' or m.matched_by = 'meter_number')
  )
  select (select count(*) from linked), (select count(*) from believed) + (select count(*) from withdrawn) into v_linked, v_calls;
  if v_calls > 0 then
    perform pg_notify('lastgasp_evidence', '');
  end if;
  return v_linked;
end
$$;
comment on function link_callcenter_tickets(bigint[]) is 'Links these tickets to the registry by meter number, else phone, else address; gives how many links are new.';
