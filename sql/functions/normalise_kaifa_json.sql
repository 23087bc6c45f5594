-- The converter's JSON in the one spelling that ingest_kaifa_events reads: each event of the message, and of an event with several
-- Assets one for each, with the UsagePoint at the same place of the list.
create or replace function normalise_kaifa_json(message jsonb) returns setof jsonb
language sql immutable as $$
  select jsonb_strip_nulls(jsonb_build_object(
    'message_type', 'EndDeviceEvents',
    'header', jsonb_build_object(
      'verb', kaifa_field(h.header, 'verb'),
      'noun', kaifa_field(h.header, 'noun'),
      'revision', kaifa_field(h.header, 'revision'),
      'timestamp', kaifa_field(h.header, 'timestamp', 'headertimestamp'),
      'source', kaifa_field(h.header, 'source'),
      'async_reply_flag', kaifa_field(h.header, 'asyncreplyflag'),
      'ack_required', kaifa_field(h.header, 'ackrequired'),
      'user', kaifa_field(h.header, 'user'),
      'message_id', kaifa_field(h.header, 'messageid'),
      'correlation_id', kaifa_field(h.header, 'correlationid'),
      'comment', kaifa_field(h.header, 'comment')),
    'payload', jsonb_build_object(
      'mrid', kaifa_field(p.event, 'mrid', 'eventid', 'eventidvalue', 'id'),
      'created_date_time', kaifa_field(p.event, 'createddatetime'),
      'issuer_id', kaifa_field(p.event, 'issuerid'),
      'issuer_tracking_id', kaifa_field(p.event, 'issuertrackingid'),
      'reason', kaifa_field(p.event, 'reason'),
      'severity', kaifa_field(p.event, 'severity'),
      'user_id', kaifa_field(p.event, 'userid'),
      'assets', i.assets -> m.at,
      'details', kaifa_field(p.event, 'details', 'enddeviceeventdetails'),
      'event_type', jsonb_build_object('@ref', kaifa_reference(kaifa_field(p.event, 'eventtype', 'enddeviceeventtype', 'eventtyperef'))),
      'names', kaifa_field(p.event, 'names'),
      'status', kaifa_field(p.event, 'status'),
      'usage_point', i.usage_points -> m.at)))
  from (select kaifa_field(message, 'header') as header) h
  cross join kaifa_events_of(message) with ordinality as p (event, ord)
  cross join lateral (
    select kaifa_identifiers(p.event, 'assets', 'asset') as assets, kaifa_identifiers(p.event, 'usagepoint', 'usagepoints') as usage_points
  ) i
  cross join lateral generate_series(0, greatest(jsonb_array_length(i.assets), jsonb_array_length(i.usage_points), 1) - 1) as m (at)
  order by p.ord, m.at
$$;
comment on function normalise_kaifa_json(jsonb) is 'The events of a converted head-end message, one for each meter, in the spelling that ingest_kaifa_events reads.';
