-- Plain, so that a query that asks it takes the partial index of open outages.
create or replace function oms_is_open(status text) returns boolean
language sql immutable parallel safe as $$
  select status in ('detected', 'confirmed', 'in_progress', 'partially_restored')
$$;
comment on function oms_is_open(text) is 'Whether an outage of this status still lasts.';
