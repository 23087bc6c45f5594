-- The standard has one Assets and one UsagePoint in an event; a concentrator lists several, each as an object or as a bare text.
create or replace function kaifa_identifiers(event jsonb, variadic names text[]) returns jsonb
language sql immutable parallel safe as $$
  select coalesce(jsonb_agg(jsonb_build_object('ns2:mRID', i.mrid, 'names', i.called) order by i.ord), '[]')
  from (
    select f.ord, kaifa_field(f.item, 'names') as called,
      nullif(btrim(case jsonb_typeof(f.item) when 'object' then kaifa_field(f.item, 'mrid') else f.item end #>> '{}', E' \t\r\n'), '') as mrid
    from kaifa_fields(event, variadic names) with ordinality as f (item, ord)
  ) i
  where i.mrid is not null or i.called is not null
$$;
comment on function kaifa_identifiers(jsonb, text[]) is 'The converted Assets or UsagePoint elements of an event, in order, as an array of objects with ns2:mRID.';
