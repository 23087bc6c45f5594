-- Ten minutes: beyond what clocks of the four systems drift, below what would let a wrong clock hold a meter's state
-- for long. Ten years: no message is that late, but a clock that has lost its time stands in 1970 or 2000. The engine has the
-- same numbers; a test compares them.
create or replace function oms_clock_suspect(event_at timestamptz, received_at timestamptz) returns boolean
language sql stable parallel safe as $$
  select event_at > received_at + interval '10 minutes' or event_at < received_at - interval '3650 days'
$$;
comment on function oms_clock_suspect(timestamptz, timestamptz) is 'True for an event stamped more than ten minutes after it was received, or ten years before: it is kept and flagged, and changes no state.';
