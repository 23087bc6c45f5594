create or replace function insert_kaifa_event_from_json_with_meter_sync(message jsonb) returns bigint
language sql as $$
  select i.id from insert_kaifa_events_from_json_with_meter_sync(message) with ordinality as i (id, ord) order by i.ord limit 1
$$;
comment on function insert_kaifa_event_from_json_with_meter_sync(jsonb) is 'Takes one converted head-end message, all its events in order; gives the id of the first.';
