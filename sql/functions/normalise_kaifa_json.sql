-- The converter's JSON in the one spelling that ingest_kaifa_events reads; `payload` may hold one event or an array of them.
create or replace function normalise_kaifa_json(message jsonb) returns setof jsonb
language sql immutable as $$
  with envelope as (
    select kaifa_field(message, 'header') as header,
      case jsonb_typeof(kaifa_field(message, 'payload')) when 'array' then kaifa_field(message, 'payload')
        else jsonb_build_array(kaifa_field(message, 'payload')) end as payloads
  )
  select jsonb_strip_nulls(jsonb_build_object(
    'message_type', 'EndDeviceEvents',
    'header', jsonb_build_object(
      'verb', kaifa_field(e.header, 'verb'),
      'noun', kaifa_field(e.header, 'noun'),
      'revision', kaifa_field(e.header, 'revision'),
      'timestamp', kaifa_field(e.header, 'timestamp', 'headertimestamp'),
      'source', kaifa_field(e.header, 'source'),
      'async_reply_flag', kaifa_field(e.header, 'asyncreplyflag'),
      'ack_required', kaifa_field(e.header, 'ackrequired'),
      'user', kaifa_field(e.header, 'user'),
      'message_id', kaifa_field(e.header, 'messageid'),
      'correlation_id', kaifa_field(e.header, 'correlationid'),
      'comment', kaifa_field(e.header, 'comment')),
    'payload', jsonb_build_object(
      'mrid', kaifa_field(p.event, 'mrid', 'eventid', 'eventidvalue', 'id'),
      'created_date_time', kaifa_field(p.event, 'createddatetime'),
      'issuer_id', kaifa_field(p.event, 'issuerid'),
      'issuer_tracking_id', kaifa_field(p.event, 'issuertrackingid'),
      'reason', kaifa_field(p.event, 'reason'),
      'severity', kaifa_field(p.event, 'severity'),
      'user_id', kaifa_field(p.event, 'userid'),
      'assets', jsonb_build_object('ns2:mRID', kaifa_identifier(kaifa_field(p.event, 'assets', 'asset'))),
      'details', kaifa_field(p.event, 'details', 'enddeviceeventdetails'),
      'event_type', jsonb_build_object('@ref', kaifa_reference(kaifa_field(p.event, 'eventtype', 'enddeviceeventtype', 'eventtyperef'))),
      'names', kaifa_field(p.event, 'names'),
      'status', kaifa_field(p.event, 'status'),
      'usage_point', jsonb_build_object('ns2:mRID', kaifa_identifier(kaifa_field(p.event, 'usagepoint', 'usagepoints'))))))
  from envelope e
  cross join lateral jsonb_array_elements(e.payloads) with ordinality as p (event, ord)
  order by p.ord
$$;
comment on function normalise_kaifa_json(jsonb) is 'The events of a converted head-end message, one each, in the spelling that ingest_kaifa_events reads.';
