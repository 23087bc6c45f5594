-- Made from device and start alone, so that a replay gives the same ids; the engine has the same rule and a test compares them.
-- A whole second has no fraction, a whole millisecond three digits; six only where the start has microseconds.
create or replace function oms_outage_event_id(device_id text, started_at timestamptz) returns text
language sql immutable parallel safe as $$
  select device_id || '-'
    || regexp_replace(to_char(started_at at time zone 'UTC', 'YYYYMMDD"T"HH24MISS.US'), '(\.000000|000)$', '') || 'Z'
$$;
comment on function oms_outage_event_id(text, timestamptz) is 'The human id of an outage: device and start in UTC.';
