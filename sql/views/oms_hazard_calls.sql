create or replace view oms_hazard_calls as
select t.id, t.ticket_id, t.status, t.call_kind, t.event_timestamp, t.notes, t.meter_number, t.meter_id, t.matched_by,
  t.outage_event_id, o.event_id as outage_code, s.name as substation_name, f.name as feeder_name
from callcenter_tickets t
left join oms_meters m on m.id = t.meter_id
left join network_substations s on s.id = m.substation_id
left join network_feeders f on f.id = m.feeder_id
left join oms_outage_events o on o.id = t.outage_event_id
where t.call_kind in ('hazard', 'partial_supply') and t.status <> 'Restored'
order by t.call_kind = 'hazard' desc, t.event_timestamp desc;
comment on view oms_hazard_calls is 'Calls that report a danger, then those with partial supply, newest first: shown before everything else.';
