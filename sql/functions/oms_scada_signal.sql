-- What a SCADA event says, from its alarm type and event type in any spelling. The alarm type decides the direction;
-- either of the two can tell that it was a switch. A fuse that tripped is not the feeder's breaker, so it counts as
-- lost voltage.
create or replace function oms_scada_signal(event_type text, alarm_type text) returns text
language plpgsql immutable parallel safe as $$
declare
  v_words text[] := array[
    regexp_replace(lower(alarm_type), '[^a-z]', '', 'g'),
    regexp_replace(lower(event_type), '[^a-z]', '', 'g')];
  v_signals text[] := '{}';
  v_word text;
begin
  foreach v_word in array v_words loop
    v_signals := v_signals || case
      when v_word in ('breakertrip', 'breakertripped', 'breakeropen', 'breakeropened', 'switchopen') then 'switch_open'
      when v_word in ('breakerclose', 'breakerclosed', 'switchclosed') then 'switch_closed'
      when v_word in ('deenergized', 'deenergised', 'powerfailure', 'outage', 'poweroutage', 'fault', 'fusetrip',
        'lossofvoltage', 'voltagelost', 'mvalarmlossofvoltage') then 'voltage_lost'
      when v_word in ('energized', 'energised', 'powerrestored', 'voltagerestored', 'restoration', 'restored',
        'mvalarmrestoration') then 'voltage_present'
    end;
  end loop;
  if v_signals[1] is null then
    return coalesce(v_signals[2], 'other');
  end if;
  if (v_signals[1], v_signals[2]) in (('voltage_lost', 'switch_open'), ('voltage_present', 'switch_closed')) then
    return v_signals[2];
  end if;
  return v_signals[1];
end
$$;
comment on function oms_scada_signal(text, text) is 'What a SCADA event says: switch_open, switch_closed, voltage_lost, voltage_present or other.';
