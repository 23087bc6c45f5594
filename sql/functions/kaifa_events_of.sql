-- `payload` is one event or an array of them; XML turned into JSON as it stands has them in `EndDeviceEvents`.
create or replace function kaifa_events_of(message jsonb) returns setof jsonb
language sql immutable parallel safe as $$
  select coalesce(i.event, p.payload)
  from kaifa_fields(message, 'payload') with ordinality as p (payload, ord)
  left join lateral (
    select e.event, e.ord, l.nth
    from (
      select p.payload as list, 0::bigint as nth
      union all
      select s.list, s.ord from kaifa_fields(p.payload, 'enddeviceevents') with ordinality as s (list, ord)
    ) l
    cross join lateral kaifa_fields(l.list, 'enddeviceevent') with ordinality as e (event, ord)
  ) i on true
  where i.event is not null or not exists (select from kaifa_fields(p.payload, 'enddeviceevents'))
  order by p.ord, i.nth, i.ord
$$;
comment on function kaifa_events_of(jsonb) is 'The events of a converted head-end message as they stand there, in order.';
