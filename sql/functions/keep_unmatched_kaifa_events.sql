-- An identifier is listed where it was asked for and nothing has it: an asset also beside a usage point that did find the meter.
create or replace function keep_unmatched_kaifa_events(event_ids bigint[]) returns void
language sql
set enable_seqscan = off
as $$
  insert into oms_unmatched_identifiers (source_type, source_event_id, identifier_kind, identifier_value, event_timestamp)
  select 'kaifa', e.id, i.kind, i.value, e.event_timestamp
  from kaifa_events e
  cross join lateral (values ('asset_mrid', e.asset_mrid), ('usage_point_mrid', e.usage_point_mrid)) as i (kind, value)
  where e.id = any (keep_unmatched_kaifa_events.event_ids) and i.value is not null
    and (e.meter_id is null or (e.matched_by = 'usage_point_mrid' and i.kind = 'asset_mrid'
      and not exists (select from oms_meters m where m.meter_number = i.value)))
  on conflict do nothing
$$;
comment on function keep_unmatched_kaifa_events(bigint[]) is 'Lists the identifiers of these head-end events that match no meter, also beside one that does.';
