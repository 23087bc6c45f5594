create or replace view network_substations_with_meters as
select s.id, s.substation_id, s.name, s.status, s.region_code, s.voltage_level, s.location_lat, s.location_lng,
  (select count(*)::integer from network_feeders f where f.substation_id = s.id) as feeders,
  n.total_meters, n.online_meters, n.offline_meters, n.unknown_meters, n.comm_offline_meters, n.inferred_off_meters, n.total_customers
from network_substations s
cross join lateral (
  select count(*)::integer as total_meters,
    count(*) filter (where oms_meter_state(m.power_status, m.communication_status) = 'online')::integer as online_meters,
    count(*) filter (where oms_meter_state(m.power_status, m.communication_status) = 'offline')::integer as offline_meters,
    count(*) filter (where oms_meter_state(m.power_status, m.communication_status) = 'unknown')::integer as unknown_meters,
    count(*) filter (where m.communication_status = 'offline')::integer as comm_offline_meters,
    count(o.meter_id)::integer as inferred_off_meters,
    coalesce(sum(m.customers), 0)::integer as total_customers
  from oms_meters m
  left join oms_outage_meters o on o.meter_id = m.id and o.out_until is null
  where m.substation_id = s.id and m.status = 'active'
) n;
comment on view network_substations_with_meters is 'Each substation with the counts of its active meters by state; online, offline and unknown add up to the total.';
