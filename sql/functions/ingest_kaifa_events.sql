-- A batch of head-end events in the converter's JSON, one event a message, in one go: de-duplicated, matched, applied. The one
-- extraction of the format; gateway, files and psql end here. The events go in in the order of their keys, so that batches
-- with the same events wait for each other and never deadlock.
create or replace function ingest_kaifa_events(messages json[], received_ats timestamptz[])
returns table (ordinal integer, event_id bigint, stored boolean, meters integer, detail jsonb)
language plpgsql
set enable_seqscan = off
as $$
#variable_conflict use_column
declare
  v_keys text[];
  v_ids bigint[];
  v_meters bigint[];
  v_stored bigint;
  v_stored_ats timestamptz[];
  v_unmatched boolean;
  v_report_ids bigint[];
  v_report_meters bigint[];
  v_report_kinds text[];
  v_report_ats timestamptz[];
  v_report_received timestamptz[];
begin
  -- `offset 0` keeps each step to once a row without storing what only the next one reads.
  with resolved as materialized (
    select k.*, r.meter_id, r.matched_by
    from (
      select e.*,
        concat_ws(chr(31), coalesce(e.message_id, ''), coalesce(e.event_mrid, ''), coalesce(e.asset_mrid, e.usage_point_mrid, ''),
          e.event_type, extract(epoch from e.created_at)::text) as event_key,
        coalesce(e.created_at, e.header_at, e.received_at) as event_timestamp,
        case when e.created_at is not null then 'event' when e.header_at is not null then 'header' else 'receipt' end as time_source
      from (
        select p.ord, p.message, p.received_at,
          p.header ->> 'message_id' as message_id,
          p.payload ->> 'mrid' as event_mrid,
          nullif(p.payload -> 'assets' ->> 'ns2:mRID', '') as asset_mrid,
          nullif(p.payload -> 'usage_point' ->> 'ns2:mRID', '') as usage_point_mrid,
          p.payload -> 'event_type' ->> '@ref' as event_type,
          p.payload ->> 'severity' as severity,
          p.payload ->> 'reason' as reason,
          (p.payload ->> 'created_date_time')::timestamptz as created_at,
          (p.header ->> 'timestamp')::timestamptz as header_at
        from (
          select m.ord, m.message, m.received_at, m.j -> 'header' as header, m.j -> 'payload' as payload
          from (
            select m.ord, m.message, m.received_at, m.message::jsonb as j
            from unnest(ingest_kaifa_events.messages, ingest_kaifa_events.received_ats) with ordinality
              as m (message, received_at, ord)
            offset 0
          ) m
          offset 0
        ) p
        offset 0
      ) e
      offset 0
    ) k
    cross join lateral oms_resolve_kaifa_meter(k.asset_mrid, k.usage_point_mrid) r
  ), new as (
    insert into kaifa_events (event_key, message_id, event_mrid, asset_mrid, usage_point_mrid, event_type, signal, severity, reason,
      event_timestamp, time_source, meter_id, matched_by, clock_suspect, raw_payload, received_at)
    select k.event_key, k.message_id, k.event_mrid, k.asset_mrid, k.usage_point_mrid, k.event_type, oms_kaifa_signal(k.event_type),
      k.severity, k.reason, k.event_timestamp, k.time_source, k.meter_id, k.matched_by,
      oms_clock_suspect(k.event_timestamp, k.received_at), k.message, k.received_at
    from resolved k
    order by k.event_key, k.ord
    on conflict (event_key) do nothing
    returning id, kaifa_events.event_key, meter_id, signal, event_timestamp, received_at,
      meter_id is null or (matched_by = 'usage_point_mrid' and asset_mrid is not null) as is_unmatched
  )
  select p.keys, p.ids, p.meters, r.ids, r.meters, r.kinds, r.ats, r.received, r.stored, r.stored_ats, r.is_unmatched
  into v_keys, v_ids, v_meters, v_report_ids, v_report_meters, v_report_kinds, v_report_ats, v_report_received, v_stored,
    v_stored_ats, v_unmatched
  from (
    select array_agg(o.event_key) as keys, array_agg(o.id) as ids, array_agg(o.meter_id) as meters
    from (select k.event_key, n.id, n.meter_id from resolved k left join new n using (event_key) order by k.ord) o
  ) p
  cross join (
    select count(*) as stored, array_agg(n.received_at) as stored_ats, bool_or(n.is_unmatched) as is_unmatched,
      array_agg(n.id) filter (where n.meter_id is not null) as ids,
      array_agg(n.meter_id) filter (where n.meter_id is not null) as meters,
      array_agg(case n.signal when 'other' then 'heard' else n.signal end) filter (where n.meter_id is not null) as kinds,
      array_agg(n.event_timestamp) filter (where n.meter_id is not null) as ats,
      array_agg(n.received_at) filter (where n.meter_id is not null) as received
    from new n
  ) r;

  if v_report_ids is not null then
    perform apply_meter_reports('kaifa', v_report_ids, v_report_meters, v_report_kinds, v_report_ats, v_report_received);
  end if;
  if v_unmatched then
    perform keep_unmatched_kaifa_events(v_ids);
  end if;

  perform count_provider_messages('kaifa', ingest_kaifa_events.received_ats, v_stored_ats);

  if v_stored = cardinality(v_keys) then
    return query
    select i.ord::integer, i.id, true, case when i.meter_id is null then 0 else 1 end, null::jsonb
    from unnest(v_ids, v_meters) with ordinality as i (id, meter_id, ord);
    return;
  end if;
  -- Some were known: by an earlier batch, or twice in this one.
  return query
  select i.ord::integer, coalesce(i.id, old.id), i.id is not null and i.nth = 1,
    case when coalesce(i.meter_id, old.meter_id) is null then 0 else 1 end, null::jsonb
  from (
    select k.*, row_number() over (partition by k.event_key order by k.ord) as nth
    from unnest(v_keys, v_ids, v_meters) with ordinality as k (event_key, id, meter_id, ord)
  ) i
  left join lateral (
    select e.id, e.meter_id from kaifa_events e where i.id is null and e.event_key = i.event_key
  ) old on true
  order by i.ord;
end
$$;
comment on function ingest_kaifa_events(json[], timestamptz[]) is
  'Takes a batch of head-end events in the converter''s JSON; gives for each its row, whether it was new, and how many meters it matched.';
