create or replace function kaifa_reference(element jsonb) returns jsonb
language sql immutable parallel safe as $$
  select case jsonb_typeof(element) when 'object' then kaifa_field(element, 'ref') else element end
$$;
comment on function kaifa_reference(jsonb) is 'The ref of a converted EndDeviceEventType element, given as object or bare text.';
