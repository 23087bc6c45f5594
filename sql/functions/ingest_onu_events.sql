-- A batch of ONU messages in one go: de-duplicated by the sender's event id, or by ONU, type and time where it gave none. The one
-- extraction of the format; gateway, files and psql end here.
create or replace function ingest_onu_events(messages json[], received_ats timestamptz[])
returns table (ordinal integer, event_id bigint, stored boolean, meters integer, detail jsonb)
language plpgsql
set enable_seqscan = off
as $$
#variable_conflict use_column
declare
  v_keys text[];
  v_new_ids bigint[];
  v_new_keys text[];
  v_new_ats timestamptz[];
  v_matched_ids bigint[];
  v_matched_meters integer[];
begin
  -- `offset 0` keeps each step to once a row without storing what only the next one reads.
  with keyed as materialized (
    select e.*, coalesce(e.given_id,
      'ONU-' || e.onu_id || '-' || substr(e.event_type, 5) || '-' || extract(epoch from e.event_timestamp)) as event_key
    from (
      select p.ord, p.message, p.received_at,
        nullif(p.j ->> 'eventId', '') as given_id,
        (p.j ->> 'onuId')::bigint as onu_id,
        p.j ->> 'type' as event_type,
        (p.j ->> 'timestamp')::timestamptz as event_timestamp,
        nullif(p.j ->> 'onuSerial', '') as onu_serial,
        case when jsonb_typeof(p.j -> 'associatedMeters') = 'array' then array(
          select distinct trim(case jsonb_typeof(a) when 'object' then a ->> 'meterId' else a #>> '{}' end)
          from jsonb_array_elements(p.j -> 'associatedMeters') as a
        ) end as associated_meters,
        p.j -> 'alarmData' ->> 'category' as alarm_category,
        p.j -> 'alarmData' ->> 'alarmType' as alarm_type,
        p.j -> 'alarmData' ->> 'parcel' as parcel_code,
        p.j -> 'alarmData' ->> 'serial' as alarm_serial,
        p.j ->> 'nmsType' as nms_type,
        (p.j -> 'location' ->> 'lat')::double precision as latitude,
        (p.j -> 'location' ->> 'lng')::double precision as longitude,
        nullif(p.j ->> 'status', '') as status
      from (
        select m.ord, m.message, m.received_at, m.message::jsonb as j
        from unnest(ingest_onu_events.messages, ingest_onu_events.received_ats) with ordinality as m (message, received_at, ord)
        offset 0
      ) p
      offset 0
    ) e
  ), new as (
    insert into onu_events (event_id, onu_id, event_type, event_timestamp, onu_serial, associated_meters, alarm_category, alarm_type,
      parcel_code, nms_type, latitude, longitude, status, clock_suspect, raw_payload, received_at)
    select k.event_key, k.onu_id, k.event_type, k.event_timestamp, coalesce(k.onu_serial, nullif(k.alarm_serial, '')),
      k.associated_meters, k.alarm_category, k.alarm_type, k.parcel_code, k.nms_type, k.latitude, k.longitude,
      coalesce(k.status, case k.event_type when 'ONU_PowerRestored' then 'power_restored' else 'power_lost' end),
      oms_clock_suspect(k.event_timestamp, k.received_at), k.message, k.received_at
    from keyed k
    order by k.event_key, k.ord
    on conflict (event_id) do nothing
    returning id, onu_events.event_id, received_at
  )
  select (select array_agg(k.event_key order by k.ord) from keyed k), array_agg(n.id), array_agg(n.event_id),
    array_agg(n.received_at)
  into v_keys, v_new_ids, v_new_keys, v_new_ats
  from new n;

  if v_new_ids is not null then
    select array_agg(s.event_id), array_agg(s.meters) into v_matched_ids, v_matched_meters
    from sync_onu_event_meters(v_new_ids) s;
  end if;

  perform count_provider_messages('onu', ingest_onu_events.received_ats, v_new_ats);

  return query
  select i.ord::integer, coalesce(n.id, old.id), n.id is not null and i.nth = 1, coalesce(n.meters, old.meters, 0), null::jsonb
  from (
    select k.event_key, k.ord, row_number() over (partition by k.event_key order by k.ord) as nth
    from unnest(v_keys) with ordinality as k (event_key, ord)
  ) i
  left join (
    select a.id, a.event_key, m.meters
    from unnest(v_new_ids, v_new_keys) as a (id, event_key)
    left join unnest(v_matched_ids, v_matched_meters) as m (id, meters) on m.id = a.id
  ) n on n.event_key = i.event_key
  left join lateral (
    select e.id, (select count(*)::integer from onu_event_meters m where m.onu_event_id = e.id) as meters
    from onu_events e
    where n.id is null and e.event_id = i.event_key
  ) old on true
  order by i.ord;
end
$$;
comment on function ingest_onu_events(json[], timestamptz[]) is
  'Takes a batch of ONU messages; gives for each its row, whether it was new, and how many meters it reached.';
