create or replace view oms_transferred_meters as
select m.id as meter_id, m.meter_number, m.customers, m.status, m.feeder_id as normal_feeder_id, t.feeder_id, t.substation_id, t.tie_id, t.since
from network_transfers t
join oms_meters m on m.device_id = t.device_id
union all
-- A meter without a device hangs on the head of its feeder, or above it.
select m.id, m.meter_number, m.customers, m.status, m.feeder_id, t.feeder_id, t.substation_id, t.tie_id, t.since
from network_transfers t
join network_devices h on h.is_feeder_head and t.device_id = h.id
join oms_meters m on m.feeder_id = h.feeder_id and m.device_id is null and not m.above_feeder_head
union all
select m.id, m.meter_number, m.customers, m.status, m.feeder_id, t.feeder_id, t.substation_id, t.tie_id, t.since
from network_transfers t
join network_devices h on h.is_feeder_head and t.device_id = h.upstream_id
join oms_meters m on m.feeder_id = h.feeder_id and m.device_id is null and m.above_feeder_head;
comment on view oms_transferred_meters is 'Meters that are fed through a tie now, with the feeder and substation that feed them; whoever is not here is fed the normal way.';
