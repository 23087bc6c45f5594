create or replace view network_feeders_with_meters as
select f.id, f.feeder_id, f.name, f.status, f.substation_id as substation_row_id, s.substation_id, s.name as substation_name,
  f.location_lat, f.location_lng,
  n.total_meters, n.online_meters, n.offline_meters, n.unknown_meters, n.comm_offline_meters, n.inferred_off_meters, n.total_customers,
  (select count(*)::integer from oms_transferred_meters x
    where x.feeder_id = f.id and x.normal_feeder_id is distinct from f.id and x.status = 'active') as transferred_in_meters,
  (select count(*)::integer from oms_transferred_meters x
    where x.normal_feeder_id = f.id and x.feeder_id is distinct from f.id and x.status = 'active') as transferred_out_meters
from network_feeders f
join network_substations s on s.id = f.substation_id
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
  where m.feeder_id = f.id and m.status = 'active'
) n;
comment on view network_feeders_with_meters is 'Each feeder with the counts of its active meters by state; online, offline and unknown add up to the total. Meters count where they normally belong; those fed through a tie from or to another feeder are counted beside.';
