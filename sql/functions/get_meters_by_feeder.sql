create or replace function get_meters_by_feeder(feeder_code text)
returns table (meter_id bigint, meter_number text, customer_id text, power_status text, communication_status text,
  priority smallint, customers integer, above_feeder_head boolean)
language sql stable parallel safe as $$
  select m.id, m.meter_number, c.customer_id, m.power_status, m.communication_status, m.priority, m.customers, m.above_feeder_head
  from oms_meters m
  left join oms_customers c on c.id = m.customer_id
  join network_feeders x on x.id = m.feeder_id where x.feeder_id = get_meters_by_feeder.feeder_code and m.status = 'active'
  order by m.priority, m.meter_number
$$;
comment on function get_meters_by_feeder(text) is 'Active meters of a feeder, by its code; those above its head breaker are marked.';
