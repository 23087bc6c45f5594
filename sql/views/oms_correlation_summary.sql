create or replace view oms_correlation_summary as
select o.id, o.event_id, o.status, o.confidence_score, o.affected_customers_count,
  count(e.id)::integer as source_count,
  count(e.id) filter (where e.source_type = 'scada')::integer as scada_events,
  count(e.id) filter (where e.source_type = 'onu')::integer as onu_events,
  count(e.id) filter (where e.source_type = 'kaifa')::integer as kaifa_events,
  count(e.id) filter (where e.source_type = 'call_center')::integer as call_center_events,
  min(e.event_timestamp) as first_event_at, max(e.event_timestamp) as last_event_at,
  o.started_at, o.first_detected_at, o.actual_restoration_time, r.event_id as replaced_by
from oms_outage_events o
left join oms_event_sources e on e.outage_event_id = o.id
left join oms_outage_events r on r.id = o.replaced_by
group by o.id, r.event_id
order by o.started_at desc, o.id desc;
comment on view oms_correlation_summary is 'Every outage with how many events of each provider were correlated to it.';
