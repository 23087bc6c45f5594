-- Power state comes from the event type alone, as text or IEC 61968-9 code; severity says nothing about it.
create or replace function oms_kaifa_signal(event_type text) returns text
language sql immutable parallel safe as $$
  select case
    when event_type in ('3.26.0.85', 'PowerOutage') then 'power_off'
    when event_type in ('3.26.0.216', 'PowerRestored') then 'power_on'
    when event_type in ('3.26.131.150', '3.26.131.292', '3.26.131.93', '3.26.131.293') then 'phase_voltage'
    else case regexp_replace(lower(event_type), '[^a-z]', '', 'g')
      when 'poweroutage' then 'power_off'
      when 'powerfailed' then 'power_off'
      when 'powerfailure' then 'power_off'
      when 'poweroff' then 'power_off'
      when 'lastgasp' then 'power_off'
      when 'powerrestored' then 'power_on'
      when 'powerrestoration' then 'power_on'
      when 'powerrestore' then 'power_on'
      when 'poweron' then 'power_on'
      when 'firstbreath' then 'power_on'
      else 'other'
    end
  end
$$;
comment on function oms_kaifa_signal(text) is 'What a meter event type says, given as text or IEC 61968-9 code: power_off, power_on, phase_voltage or other.';
