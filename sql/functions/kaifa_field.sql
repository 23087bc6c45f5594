create or replace function kaifa_field(element jsonb, variadic names text[]) returns jsonb
language sql immutable parallel safe as $$
  select f.value
  from jsonb_each(case when jsonb_typeof(element) = 'object' then element else '{}' end) as f (key, value)
  cross join lateral (select kaifa_local_name(f.key) as name) n
  where n.name = any (names) and f.value not in ('null', '""')
  order by array_position(names, n.name), f.key
  limit 1
$$;
comment on function kaifa_field(jsonb, text[]) is 'A field of a converted SOAP element by local name, whatever its prefix, case or separators.';
