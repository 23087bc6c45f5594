import { afterAll, beforeAll, expect, test } from 'vitest';
import { seedSmallNetwork } from './small-network.ts';
import { createTestDatabase, type TestDatabase } from './test-database.ts';

// A statement of the program or of the utility's people for each index: one that no statement needs only slows writes.
const USES: Readonly<Record<string, string>> = {
  callcenter_ticket_messages_oms_event_idx: `select ticket_id from callcenter_ticket_messages where oms_event_id = 'O'`,
  callcenter_ticket_messages_ticket_id_status_event_timestamp_key: `select * from callcenter_ticket_messages where ticket_id = 'T1'`,
  callcenter_tickets_hazard_idx: `select * from callcenter_tickets where call_kind in ('hazard', 'partial_supply') and status <> 'Restored'`,
  callcenter_tickets_intake_id_key: `select * from callcenter_tickets where intake_id = 'I'`,
  callcenter_tickets_meter_idx: `select * from callcenter_tickets where meter_id = 1`,
  callcenter_tickets_oms_event_id_key: `select * from callcenter_tickets where oms_event_id = 'O'`,
  callcenter_tickets_ticket_id_key: `select * from callcenter_tickets where ticket_id = 'T1'`,
  callcenter_tickets_timestamp_idx: `select * from callcenter_tickets order by event_timestamp desc limit 10`,
  callcenter_tickets_unlinked_idx: 'select id from callcenter_tickets where meter_id is null order by id',
  kaifa_events_event_key_key: `select * from kaifa_events where event_key = 'k'`,
  kaifa_events_pkey: 'select * from kaifa_events where id = 1',
  network_device_states_device_id_state_at_source_open_key: `select * from network_device_states where device_id = 1 order by state_at desc limit 1`,
  network_devices_closed_tie_idx:
    'select id from network_devices where normally_open and not open order by id',
  network_devices_device_id_key: `select * from network_devices where device_id = 'D'`,
  network_devices_feeder_head_idx: 'select * from network_devices where feeder_id = 1 and is_feeder_head',
  network_devices_feeder_idx: 'select * from network_devices where feeder_id = 1',
  network_devices_substation_idx: `select * from network_devices where substation_id = 1 and kind = 'substation'`,
  network_devices_upstream_idx: 'select * from network_devices where upstream_id = 1',
  network_distribution_points_building_idx: `select * from network_distribution_points where building_id = 'B'`,
  network_distribution_points_dp_id_key: `select * from network_distribution_points where dp_id = 'P'`,
  network_distribution_points_feeder_idx: 'select * from network_distribution_points where feeder_id = 1',
  network_feeder_meters_meter_idx: 'select * from network_feeder_meters where meter_id = 1',
  network_feeders_feeder_id_key: `select * from network_feeders where feeder_id = 'F00K123'`,
  network_feeders_substation_idx: 'select * from network_feeders where substation_id = 1',
  network_substation_meters_meter_idx: 'select * from network_substation_meters where meter_id = 1',
  network_substations_substation_id_key: `select * from network_substations where substation_id = '4A00000K123'`,
  oms_customers_address_key_idx: `select * from oms_customers where address_key = 'x'`,
  oms_customers_phone_key_idx: `select * from oms_customers where phone_key = '790123456'`,
  oms_dead_letters_status_idx: `select * from oms_dead_letters where status = 'set_aside' order by id desc limit 10`,
  oms_event_sources_event_idx: `select * from oms_event_sources where source_type = 'scada' and source_event_id = '1'`,
  oms_event_timeline_outage_idx:
    'select * from oms_event_timeline where outage_event_id = 1 order by "timestamp"',
  oms_evidence_device_idx:
    'select * from oms_evidence where substation_id = 1 and device_id is not null order by event_at',
  oms_evidence_meter_idx: 'select * from oms_evidence where meter_id = 1 order by event_at desc limit 1',
  oms_evidence_pkey: `select * from oms_evidence where xid >= '10'::xid8 order by xid, id limit 100`,
  oms_meter_status_events_meter_idx:
    'select * from oms_meter_status_events where meter_id = 1 order by event_timestamp desc limit 10',
  oms_meters_asset_mrid_idx: `select id from oms_meters where asset_mrid = 'asset-1'`,
  oms_meters_building_idx: `select id from oms_meters where building_id = 'B3'`,
  oms_meters_customer_idx: 'select id from oms_meters where customer_id = 1',
  oms_meters_device_idx: 'select id from oms_meters where device_id = 1',
  oms_meters_feeder_idx: 'select id from oms_meters where feeder_id = 1 and not above_feeder_head',
  oms_meters_location_idx:
    'select id from oms_meters where location_lat between 31 and 32 and location_lng between 35 and 36',
  oms_meters_meter_number_key: `select id from oms_meters where meter_number = 'M12345678'`,
  oms_meters_onu_idx: 'select id from oms_meters where onu_id = 3230316',
  oms_meters_substation_idx: 'select id from oms_meters where substation_id = 1',
  oms_meters_usage_point_mrid_idx: `select id from oms_meters where usage_point_mrid = 'up-1'`,
  oms_condition_changes_subject_idx: `select * from oms_condition_changes where subject = 'oms_planned_work' and subject_id = 1 order by id`,
  oms_planned_work_device_idx: 'select * from oms_planned_work where device_id = 1 order by ends_at',
  oms_planned_work_ends_idx: `select * from oms_planned_work where status = 'planned' and ends_at >= now() - interval '48 hours' order by ends_at`,
  oms_planned_work_work_id_key: `select * from oms_planned_work where work_id = 'PW-1'`,
  oms_provider_conditions_lasting_idx: `select * from oms_provider_conditions where source_type = 'kaifa' and condition = 'silent' and ends_at is null`,
  oms_outage_events_event_id_key: `select * from oms_outage_events where event_id = 'O'`,
  oms_outage_events_open_device_idx: `select * from oms_outage_events where device_id = 1 and meter_id is null and status in ('detected', 'confirmed', 'in_progress', 'partially_restored')`,
  oms_outage_events_open_service_idx: `select * from oms_outage_events where meter_id = 1 and status in ('detected', 'confirmed', 'in_progress', 'partially_restored')`,
  oms_outage_meter_changes_outage_idx:
    'select * from oms_outage_meter_changes where outage_event_id = 1 order by id',
  oms_outage_meter_changes_span_idx: 'select * from oms_outage_meter_changes where meter_span @> 1::bigint',
  oms_outage_decisions_outage_idx:
    'select * from oms_outage_decisions where outage_event_id = 1 order by decided_at desc, id desc limit 1',
  oms_evidence_received_idx: `select * from oms_evidence where received_at >= '2026-01-01'`,
  oms_outage_events_started_idx: 'select * from oms_outage_events order by started_at desc limit 10',
  oms_outage_events_substation_idx:
    'select * from oms_outage_events where substation_id = 1 order by started_at desc limit 10',
  oms_outage_meters_open_meter_idx:
    'select * from oms_outage_meters where meter_id = 1 and out_until is null',
  oms_unmatched_identifiers_open_idx: `select * from oms_unmatched_identifiers where matched_at is null and identifier_kind = 'onu_id' and identifier_value = '1'`,
  onu_event_meters_pkey: 'select * from onu_event_meters where onu_event_id = 1',
  onu_events_event_id_key: `select * from onu_events where event_id = 'E1'`,
  onu_events_onu_idx:
    'select * from onu_events where onu_id = 3230316 order by event_timestamp desc limit 10',
  scada_event_affected_meters_pkey: 'select * from scada_event_affected_meters where scada_event_id = 1',
  scada_events_outage_idx: 'select * from scada_events where outage_event_id = 1',
  scada_events_substation_id_feeder_id_event_type_alarm_type__key: `select * from scada_events where substation_id = 'S' and feeder_id = 'F' and event_type = 'e'`,
  scada_events_timestamp_idx: `select * from scada_events where event_timestamp >= now() - interval '24 hours' order by event_timestamp desc`,
  scada_events_without_meters_idx: 'select id from scada_events where total_meters = 0',
};

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase({ max: 1 });
  await seedSmallNetwork(database.pool);
  // The tables are small here, so a plan is asked for as if they were not.
  await database.pool.query('set enable_seqscan = off; set enable_sort = off');
});
afterAll(() => database.drop());

/** Indexes of ranges of pages, which are read by bitmaps alone. */
const BY_BITMAP = ['oms_evidence_received_idx'];

test.each(Object.entries(USES))('%s serves its statement', async (index, statement) => {
  await database.pool.query(`set enable_bitmapscan = ${BY_BITMAP.includes(index) ? 'on' : 'off'}`);
  const { rows } = await database.pool.query({ text: `explain (costs off) ${statement}`, rowMode: 'array' });
  expect(rows.flat().join('\n')).toContain(index);
});

test('no index but keys is without a statement that needs it, and there are more than the contract asks for', async () => {
  const { rows } = await database.pool.query(
    `select c.relname from pg_index i join pg_class c on c.oid = i.indexrelid
     where c.relnamespace = 'public'::regnamespace and not i.indisunique order by 1`,
  );
  expect(rows.map((row) => row.relname).filter((name) => !(name in USES))).toEqual([]);
  expect(Object.keys(USES).length).toBeGreaterThanOrEqual(25);
});
