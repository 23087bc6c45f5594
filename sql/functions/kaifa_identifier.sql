create or replace function kaifa_identifier(element jsonb) returns jsonb
language sql immutable parallel safe as $$
  select case jsonb_typeof(element)
    when 'object' then kaifa_field(element, 'mrid')
    when 'array' then kaifa_field(element -> 0, 'mrid')
    else element
  end
$$;
comment on function kaifa_identifier(jsonb) is 'The mRID of a converted Assets or UsagePoint element, given as object, first of several, or bare text.';
