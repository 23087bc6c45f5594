create or replace function oms_meter_state(power_status text, communication_status text) returns text
language sql immutable parallel safe as $$
  select case
    when power_status = 'off' or communication_status = 'offline' then 'offline'
    when power_status = 'on' and communication_status = 'online' then 'online'
    else 'unknown'
  end
$$;
comment on function oms_meter_state(text, text) is 'How a check of meters counts one: offline with power off or not to be heard, online with power on and heard, unknown otherwise.';
