create or replace function kaifa_fields(element jsonb, variadic names text[]) returns setof jsonb
language sql immutable parallel safe as $$
  select i.item
  from jsonb_each(case when jsonb_typeof(element) = 'object' then element else '{}' end) as f (key, value)
  cross join lateral (select kaifa_local_name(f.key) as name) n
  cross join lateral jsonb_array_elements(case jsonb_typeof(f.value) when 'array' then f.value else jsonb_build_array(f.value) end)
    with ordinality as i (item, ord)
  where n.name = any (names) and i.item not in ('null', '""')
  order by array_position(names, n.name), f.key, i.ord
$$;
comment on function kaifa_fields(jsonb, text[]) is 'All fields of a converted SOAP element by local name, in order: an array is the same element several times.';
