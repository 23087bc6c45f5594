-- Ten minutes: beyond what clocks of the four systems drift, below what would let a wrong clock hold a meter's state
-- for long. The engine's policy has the same number; a test compares them.
create or replace function oms_clock_suspect(event_at timestamptz, received_at timestamptz) returns boolean
language sql stable parallel safe as $$
  select event_at > received_at + interval '10 minutes'
$$;
comment on function oms_clock_suspect(timestamptz, timestamptz) is 'True for an event stamped more than ten minutes after it was received: it is kept and flagged, and changes no state.';
