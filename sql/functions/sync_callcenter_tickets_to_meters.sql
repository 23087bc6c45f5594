create or replace function sync_callcenter_tickets_to_meters() returns integer
language sql as $$
  select link_callcenter_tickets(array(select t.id from callcenter_tickets t where t.meter_id is null order by t.id))
$$;
comment on function sync_callcenter_tickets_to_meters() is 'Tries to link every ticket that has no meter yet; gives how many it linked.';
