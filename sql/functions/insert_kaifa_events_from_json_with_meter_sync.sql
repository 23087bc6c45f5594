-- For psql and other programs; the same effect as the gateway. Raises LGINV for a message that cannot be understood; then none
-- of its events is taken.
create or replace function insert_kaifa_events_from_json_with_meter_sync(message jsonb) returns setof bigint
language plpgsql as $$
declare
  v_events jsonb[];
  v_fault text;
begin
  if jsonb_typeof(message) is distinct from 'object' then
    raise exception 'message: must be a JSON object' using errcode = 'LGINV';
  end if;
  if kaifa_field(message, 'payload') is null then
    raise exception 'payload: required' using errcode = 'LGINV';
  end if;
  select format('payload.usage_point: %s Assets and %s UsagePoint do not say which belongs to which', c.assets, c.usage_points)
  into v_fault
  from kaifa_events_of(message) as p (event)
  cross join lateral (
    select jsonb_array_length(kaifa_identifiers(p.event, 'assets', 'asset')) as assets,
      jsonb_array_length(kaifa_identifiers(p.event, 'usagepoint', 'usagepoints')) as usage_points
  ) c
  where c.assets > 0 and c.usage_points > 0 and c.assets <> c.usage_points
  limit 1;
  if v_fault is not null then
    raise exception '%', v_fault using errcode = 'LGINV';
  end if;
  v_events := array(select n from normalise_kaifa_json(message) as n);
  if cardinality(v_events) = 0 then
    raise exception 'payload: holds no event' using errcode = 'LGINV';
  end if;
  perform require_message_fields(e,
    array['payload.event_type.@ref', 'payload.created_date_time', 'header.timestamp', 'header.message_id', 'payload.mrid'],
    array['text', 'instant?', 'instant?', 'text?', 'text?'])
  from unnest(v_events) as e;
  if exists (
    select from unnest(v_events) as e
    where e #>> '{payload,assets,ns2:mRID}' is null and e #>> '{payload,usage_point,ns2:mRID}' is null
  ) then
    raise exception 'payload.assets.mRID: required where payload.usage_point.mRID is missing too' using errcode = 'LGINV';
  end if;
  return query
  select i.event_id
  from ingest_kaifa_events(array(select e::json from unnest(v_events) as e), array(select now() from unnest(v_events))) i
  order by i.ordinal;
end
$$;
comment on function insert_kaifa_events_from_json_with_meter_sync(jsonb) is 'Takes one converted head-end message with one or many events, in order; gives the id of each, one for each meter.';
