/** Names that outsiders rely on: what `doctor` looks for in the database. */
export const CONTRACT_TABLES = [
  'oms_meters',
  'network_substations',
  'network_feeders',
  'network_distribution_points',
  'network_substation_meters',
  'network_feeder_meters',
  'oms_customers',
  'oms_meter_status_events',
  'oms_outage_events',
  'oms_event_sources',
  'oms_event_timeline',
  'scada_events',
  'scada_event_affected_meters',
  'onu_events',
  'kaifa_events',
  'callcenter_tickets',
] as const;

export const CONTRACT_VIEWS = [
  'oms_meters_with_topology',
  'network_substations_with_meters',
  'network_feeders_with_meters',
  'oms_active_outages',
  'oms_correlation_summary',
] as const;

/** Functions with their argument types as `regprocedure` writes them. */
export const CONTRACT_FUNCTIONS = [
  'insert_scada_event_with_meter_check(jsonb)',
  'insert_onu_event_from_json_with_meter_sync(jsonb)',
  'insert_kaifa_event_from_json_with_meter_sync(jsonb)',
  'insert_callcenter_ticket_from_json_with_meter_link(jsonb)',
  'get_meters_by_substation(text)',
  'get_meters_by_feeder(text)',
  'update_meter_status(text,text,text,text,text,timestamptz,jsonb)',
  'set_device_state(text,boolean,timestamptz,text)',
  'process_scada_event_meters(bigint,text,text,timestamptz)',
  'oms_correlate_events(text,text,text,timestamptz,double precision,double precision,integer,double precision)',
  'haversine_distance_meters(double precision,double precision,double precision,double precision)',
  'get_meters_near(double precision,double precision,double precision)',
  'sync_callcenter_tickets_to_meters()',
  'announce_planned_work(text,text,timestamptz,timestamptz,text,text)',
  'change_planned_work(text,timestamptz,timestamptz,text,text,text)',
  'note_provider_condition(text,text,timestamptz,timestamptz,integer,text,text)',
  'end_provider_condition(text,text,timestamptz,text)',
] as const;

/** Fewest indexes the contract asks for. */
export const CONTRACT_INDEXES = 25;
