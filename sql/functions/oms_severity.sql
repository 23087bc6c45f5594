-- Customers that make an outage critical, high or medium: a feeder, a lateral, a transformer of usual size.
create or replace function oms_severity(customers bigint) returns text
language sql immutable parallel safe as $$
  select case when customers >= 1000 then 'critical' when customers >= 200 then 'high' when customers >= 20 then 'medium' else 'low' end
$$;
comment on function oms_severity(bigint) is 'Severity of an outage from the customers it interrupts.';
