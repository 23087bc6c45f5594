create or replace view oms_meters_with_topology as
select m.id, m.meter_number, m.meter_type, m.status,
  m.power_status, m.power_reported_at, m.last_power_change,
  m.communication_status, m.last_communication, m.last_status_change,
  case when o.outage_event_id is not null then 'off' end as inferred_power_status,
  o.outage_event_id,
  m.customer_id, c.customer_id as customer_code, m.customers, m.priority,
  m.substation_id, s.substation_id as substation_code, s.name as substation_name,
  m.feeder_id, f.feeder_id as feeder_code, f.name as feeder_name,
  m.device_id, d.device_id as device_code, d.kind as device_kind,
  m.dp_id, p.dp_id as dp_code, p.name as dp_name,
  l.circuit_path, m.above_feeder_head, m.link_source, m.link_distance_m,
  m.building_id, m.location_lat, m.location_lng, m.phases, m.cell,
  m.asset_mrid, m.usage_point_mrid, m.onu_id, m.onu_serial_no,
  m.created_at, m.updated_at,
  tf.feeder_id as fed_feeder_code, ts.substation_id as fed_substation_code, tt.device_id as fed_through, x.since as fed_since
from oms_meters m
left join oms_customers c on c.id = m.customer_id
left join network_substations s on s.id = m.substation_id
left join network_feeders f on f.id = m.feeder_id
left join network_devices d on d.id = m.device_id
left join network_distribution_points p on p.id = m.dp_id
left join network_feeder_meters l on l.meter_id = m.id and l.feeder_id = m.feeder_id
left join network_devices h on m.device_id is null and h.feeder_id = m.feeder_id and h.is_feeder_head
left join network_transfers x on x.device_id = coalesce(m.device_id, case when m.above_feeder_head then h.upstream_id else h.id end)
left join network_feeders tf on tf.id = x.feeder_id
left join network_substations ts on ts.id = x.substation_id
left join network_devices tt on tt.id = x.tie_id
left join oms_outage_meters o on o.meter_id = m.id and o.out_until is null;
comment on view oms_meters_with_topology is 'Each meter with its place in the network, what was reported of it, and beside that what the open outage it belongs to says of it. Feeder and substation are the normal ones; the fed_ columns tell what feeds it through a tie now, and are null where nothing does.';
