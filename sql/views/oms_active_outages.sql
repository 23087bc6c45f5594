create or replace view oms_active_outages as
select o.id, o.event_id, o.event_type, o.status, o.severity, o.confidence_score,
  o.affected_customers_count,
  coalesce(m.customers_out, 0)::integer as customers_out_now, coalesce(m.meters_out, 0)::integer as meters_out_now,
  coalesce(src.source_count, 0)::integer as source_count, coalesce(src.source_types, '{}') as source_types,
  o.device_id, d.device_id as device_code, d.kind as device_kind,
  o.substation_id, s.substation_id as substation_code, s.name as substation_name,
  o.feeder_id, f.feeder_id as feeder_code, f.name as feeder_name,
  o.dp_id, p.dp_id as dp_code, p.name as dp_name,
  o.root_cause, o.description,
  o.started_at, o.first_detected_at, o.last_updated_at, o.estimated_restoration_time,
  o.event_latitude, o.event_longitude, o.affected_area_geojson, o.planned
from oms_outage_events o
join network_devices d on d.id = o.device_id
left join network_substations s on s.id = o.substation_id
left join network_feeders f on f.id = o.feeder_id
left join network_distribution_points p on p.id = o.dp_id
left join lateral (
  select count(*) as source_count, array_agg(distinct e.source_type order by e.source_type) as source_types
  from oms_event_sources e
  where e.outage_event_id = o.id
) src on true
left join lateral (
  select sum(x.customers) as customers_out, count(*) as meters_out
  from oms_outage_meters x
  where x.outage_event_id = o.id and x.out_until is null
) m on true
where oms_is_open(o.status)
order by o.affected_customers_count desc, o.started_at, o.id;
comment on view oms_active_outages is 'Outages that have not ended, largest first, with their place and what speaks for them.';
