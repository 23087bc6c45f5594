-- A call belongs to the meter it names, else to the customer who has the caller's phone, else to the one who has the address. Of
-- several meters of that customer it takes the one in the customer's own building, then the lowest number. A linked ticket
-- whose later message names another meter moves; a linked call of lost supply is evidence.
create or replace function link_callcenter_tickets(ticket_row_ids bigint[]) returns integer
language plpgsql
set enable_seqscan = off
as $$
declare
  v_linked integer;
begin
  with tickets as materialized (
    select t.* from callcenter_tickets t where t.id = any (link_callcenter_tickets.ticket_row_ids)
  ), matched as materialized (
    select t.id, t.meter_id as old_meter_id, coalesce(n.id, p.id, a.id) as meter_id,
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
    returning t.id, t.meter_id, t.call_kind, t.event_timestamp, t.received_at, t.clock_suspect, m.old_meter_id
  ), believed as (
    insert into oms_evidence (kind, source_type, source_event_id, meter_id, substation_id, event_at, received_at, clock_suspect)
    select 'no_supply_call', 'call_center', l.id, l.meter_id, m.substation_id, l.event_timestamp, l.received_at, l.clock_suspect
    from linked l
    join oms_meters m on m.id = l.meter_id
    where l.call_kind = 'no_supply' and l.old_meter_id is distinct from l.meter_id
  ), unknown as (
    insert into oms_unmatched_identifiers (source_type, source_event_id, identifier_kind, identifier_value, event_timestamp)
    select 'call_center', t.id, i.kind, i.value, t.event_timestamp
    from tickets t
    join matched m on m.id = t.id and m.meter_id is null
    cross join lateral (values ('meter_number', t.meter_number), ('phone', t.phone_key), ('address', t.address_key)) as i (kind, value)
    where i.value is not null
    on conflict do nothing
  ), settled as (
    update oms_unmatched_identifiers u set matched_at = now()
    from matched m
    where m.meter_id is not null and u.source_type = 'call_center' and u.source_event_id = m.id and u.matched_at is null
  )
  select count(*) into v_linked from linked;
  if v_linked > 0 then
    perform pg_notify('lastgasp_evidence', '');
  end if;
  return v_linked;
end
$$;
comment on function link_callcenter_tickets(bigint[]) is 'Links these tickets to the registry by meter number, else phone, else address; gives how many links are new.';
