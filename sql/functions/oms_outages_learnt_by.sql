-- The outages as they were believed at an instant: each as the last decision that was made by then left it. What nobody had
-- decided by then is not there. Operators' expectations of restoration are not told: they were written beside the decisions.
create or replace function oms_outages_learnt_by(at timestamptz) returns table (
  id bigint, event_id text, event_type text, status text, severity text, confidence_score numeric, affected_customers_count integer,
  customers_out_now integer, customers_low integer, customers_high integer, unverified_customers integer, planned boolean,
  device_id bigint, meter_id bigint, substation_id bigint, feeder_id bigint, dp_id bigint, started_at timestamptz,
  first_detected_at timestamptz, last_updated_at timestamptz, actual_restoration_time timestamptz,
  estimated_restoration_time timestamptz, momentary boolean, root_cause text, description text, event_latitude double precision,
  event_longitude double precision, replaced_by bigint
)
language sql stable
as $$
  select o.id, o.event_id, o.event_type, d.status, oms_severity(d.customers), d.confidence_score, d.customers,
    d.customers_out_now, d.customers_low, d.customers_high, d.unverified_customers, d.planned,
    d.device_id, d.meter_id, o.substation_id, o.feeder_id, o.dp_id, d.started_at,
    o.first_detected_at, d.decided_at, d.ended_at, null::timestamptz, d.momentary,
    (select e.reason from oms_event_sources s
      join scada_events e on e.id = s.source_event_id::bigint
      where s.outage_event_id = o.id and s.source_type = 'scada' and s.source_table = 'scada_events'
        and s.correlation_weight > 0 and e.reason is not null and e.received_at <= oms_outages_learnt_by.at
      order by e.event_timestamp, e.id
      limit 1),
    d.description, o.event_latitude, o.event_longitude, d.replaced_by
  from oms_outage_events o
  join lateral (
    select * from oms_outage_decisions x
    where x.outage_event_id = o.id and x.decided_at <= oms_outages_learnt_by.at
    order by x.decided_at desc, x.id desc
    limit 1
  ) d on true
  where o.first_detected_at <= oms_outages_learnt_by.at
$$;
comment on function oms_outages_learnt_by(timestamptz) is 'The outages as they were believed at an instant, by when things were learnt.';
