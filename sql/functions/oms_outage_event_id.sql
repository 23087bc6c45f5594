-- Made from device and start alone, so that a replay gives the same ids; the engine has the same rule and a test compares them.
create or replace function oms_outage_event_id(device_id text, started_at timestamptz) returns text
language sql immutable parallel safe as $$
  select device_id || '-' || to_char(started_at at time zone 'UTC', 'YYYYMMDD"T"HH24MISS')
    || case when to_char(started_at at time zone 'UTC', 'US') = '000000' then ''
       else '.' || to_char(started_at at time zone 'UTC', 'US') end || 'Z'
$$;
comment on function oms_outage_event_id(text, timestamptz) is 'The human id of an outage: device and start in UTC.';
