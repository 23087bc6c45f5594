-- What the four providers reported, what it says (the evidence log), and the outages that follow from it.

--! include functions/oms_is_open.sql

create table oms_outage_events (
  id bigint generated always as identity primary key,
  event_id text not null unique check (event_id <> ''),
  event_type text not null check (event_type in ('substation_outage', 'feeder_outage', 'device_outage', 'service_outage')),
  status text not null check (status in ('detected', 'confirmed', 'in_progress', 'partially_restored', 'restored', 'cancelled')),
  severity text not null check (severity in ('low', 'medium', 'high', 'critical')),
  confidence_score numeric(6, 5) not null check (confidence_score between 0 and 1),
  affected_customers_count integer not null default 0 check (affected_customers_count >= 0),
  customers_low integer,
  customers_high integer,
  unverified_customers integer not null default 0 check (unverified_customers >= 0),
  planned boolean not null default false,
  estimated_restoration_time timestamptz,
  actual_restoration_time timestamptz,
  root_cause text,
  description text,
  device_id bigint not null references network_devices (id) on delete restrict,
  meter_id bigint references oms_meters (id) on delete restrict,
  substation_id bigint references network_substations (id) on delete restrict,
  feeder_id bigint references network_feeders (id) on delete restrict,
  dp_id bigint references network_distribution_points (id) on delete restrict,
  started_at timestamptz not null,
  first_detected_at timestamptz not null,
  last_updated_at timestamptz not null default now(),
  momentary boolean not null default false,
  replaced_by bigint references oms_outage_events (id) on delete restrict,
  withdrawn_at timestamptz,
  event_latitude double precision,
  event_longitude double precision,
  affected_area_geojson jsonb,
  created_at timestamptz not null default now(),
  check (actual_restoration_time >= started_at),
  check ((status in ('restored', 'cancelled')) = (actual_restoration_time is not null) or status = 'cancelled')
);
create unique index oms_outage_events_open_device_idx on oms_outage_events (device_id)
  where oms_is_open(status) and meter_id is null;
create unique index oms_outage_events_open_service_idx on oms_outage_events (meter_id)
  where oms_is_open(status) and meter_id is not null;
create index oms_outage_events_substation_idx on oms_outage_events (substation_id, started_at desc);
create index oms_outage_events_started_idx on oms_outage_events (started_at desc);

-- No foreign keys in the rows that one event writes by the thousand: checking them row by row took half the time of
-- a trip over 10,000 meters, and neither outages nor events nor meters are ever deleted. Where an outage's start moves, so do
-- all its meters, which stay in their pages where those have room.
create table oms_outage_meters (
  outage_event_id bigint not null,
  meter_id bigint not null,
  customers integer not null check (customers >= 0),
  out_from timestamptz not null,
  out_until timestamptz,
  primary key (outage_event_id, meter_id),
  check (out_until >= out_from)
) with (fillfactor = 50);
create unique index oms_outage_meters_open_meter_idx on oms_outage_meters (meter_id) where out_until is null;

-- A row for all meters of which the same was decided: in a storm ten thousand of them change at once.
create table oms_outage_meter_changes (
  id bigint generated always as identity,
  outage_event_id bigint not null,
  meter_ids bigint[] not null,
  meter_span int8range not null,
  decided_at timestamptz not null,
  is_member boolean not null,
  customers integer not null,
  out_from timestamptz not null,
  out_until timestamptz
);
create index oms_outage_meter_changes_outage_idx on oms_outage_meter_changes (outage_event_id, id);
create index oms_outage_meter_changes_span_idx on oms_outage_meter_changes using gist (meter_span);

create table oms_event_sources (
  id bigint generated always as identity primary key,
  outage_event_id bigint not null,
  source_type text not null check (source_type in ('scada', 'onu', 'kaifa', 'call_center', 'system')),
  source_event_id text not null,
  source_table text not null,
  meter_id bigint,
  correlation_weight numeric(6, 5) not null check (correlation_weight between 0 and 1),
  event_timestamp timestamptz not null,
  detected_at timestamptz not null,
  created_at timestamptz not null default now(),
  unique (outage_event_id, source_type, source_event_id)
);
create index oms_event_sources_event_idx on oms_event_sources (source_type, source_event_id);

create table oms_event_timeline (
  id bigint generated always as identity primary key,
  outage_event_id bigint not null references oms_outage_events (id) on delete cascade,
  event_type text not null,
  status text not null check (status in ('detected', 'confirmed', 'in_progress', 'partially_restored', 'restored', 'cancelled')),
  description text not null,
  source text not null,
  "timestamp" timestamptz not null,
  metadata jsonb not null default '{}',
  created_at timestamptz not null default now()
);
create index oms_event_timeline_outage_idx on oms_event_timeline (outage_event_id, "timestamp");

create table oms_policies (
  version text primary key,
  policy jsonb not null,
  first_used_at timestamptz not null default now()
);

create table oms_outage_decisions (
  id bigint generated always as identity primary key,
  outage_event_id bigint not null,
  decided_at timestamptz not null,
  status text not null check (status in ('detected', 'confirmed', 'in_progress', 'partially_restored', 'restored', 'cancelled')),
  device_id bigint not null,
  meter_id bigint,
  started_at timestamptz not null,
  ended_at timestamptz,
  confidence_score numeric(6, 5) not null check (confidence_score between 0 and 1),
  customers integer not null,
  customers_low integer,
  customers_high integer,
  customers_out_now integer not null,
  unverified_customers integer not null default 0,
  planned boolean not null default false,
  momentary boolean not null default false,
  description text,
  replaced_by bigint,
  policy_version text not null references oms_policies (version) on delete restrict,
  explanation jsonb,
  created_at timestamptz not null default now()
);
create index oms_outage_decisions_outage_idx on oms_outage_decisions (outage_event_id, decided_at desc, id desc);

create table scada_events (
  id bigint generated always as identity primary key,
  event_type text not null,
  substation_id text not null,
  feeder_id text not null default '',
  main_station_id text not null,
  alarm_type text not null,
  signal text not null check (signal in ('switch_open', 'switch_closed', 'voltage_lost', 'voltage_present', 'other')),
  event_timestamp timestamptz not null,
  voltage double precision not null,
  severity text,
  reason text,
  latitude double precision,
  longitude double precision,
  source text,
  network_substation_id bigint references network_substations (id) on delete restrict,
  network_feeder_id bigint references network_feeders (id) on delete restrict,
  device_id bigint references network_devices (id) on delete restrict,
  affected_meter_count integer not null default 0,
  total_meters integer not null default 0,
  offline_meters integer not null default 0,
  online_meters integer not null default 0,
  unknown_meters integer not null default 0,
  total_customers integer not null default 0,
  meters_checked_at timestamptz,
  outage_event_id bigint references oms_outage_events (id) on delete set null,
  clock_suspect boolean not null default false,
  raw_payload json not null,
  received_at timestamptz not null default now(),
  created_at timestamptz not null default now(),
  unique (substation_id, feeder_id, event_type, alarm_type, event_timestamp)
);
create index scada_events_timestamp_idx on scada_events (event_timestamp desc);
create index scada_events_without_meters_idx on scada_events (id) where total_meters = 0;
create index scada_events_outage_idx on scada_events (outage_event_id) where outage_event_id is not null;

create table scada_event_affected_meters (
  scada_event_id bigint not null,
  meter_id bigint not null,
  meter_status text not null check (meter_status in ('offline', 'online', 'unknown')),
  power_status text not null,
  communication_status text not null,
  checked_at timestamptz not null,
  primary key (scada_event_id, meter_id)
);

create table onu_events (
  id bigint generated always as identity primary key,
  event_id text not null unique,
  onu_id bigint not null,
  event_type text not null check (event_type in ('ONU_LastGaspAlert', 'ONU_PowerRestored')),
  event_timestamp timestamptz not null,
  onu_serial text,
  associated_meters text[],
  alarm_category text,
  alarm_type text,
  parcel_code text,
  nms_type text,
  latitude double precision,
  longitude double precision,
  status text not null,
  clock_suspect boolean not null default false,
  raw_payload json not null,
  received_at timestamptz not null default now(),
  created_at timestamptz not null default now()
);
create index onu_events_onu_idx on onu_events (onu_id, event_timestamp desc);

create table onu_event_meters (
  onu_event_id bigint not null,
  meter_id bigint not null,
  matched_by text not null check (matched_by in ('onu_id', 'associated_meter')),
  primary key (onu_event_id, meter_id)
);

create table kaifa_events (
  id bigint generated always as identity primary key,
  event_key text not null unique,
  message_id text,
  event_mrid text,
  asset_mrid text,
  usage_point_mrid text,
  event_type text not null,
  signal text not null check (signal in ('power_off', 'power_on', 'phase_voltage', 'other')),
  severity text,
  reason text,
  event_timestamp timestamptz not null,
  time_source text not null check (time_source in ('event', 'header', 'receipt')),
  meter_id bigint,
  matched_by text check (matched_by in ('asset_mrid', 'usage_point_mrid', 'meter_number')),
  clock_suspect boolean not null default false,
  raw_payload json not null,
  received_at timestamptz not null default now(),
  created_at timestamptz not null default now()
);

create table callcenter_tickets (
  id bigint generated always as identity primary key,
  ticket_id text not null unique,
  intake_id text not null unique,
  oms_event_id text not null unique,
  status text not null check (status in ('Registered', 'Crew Assigned', 'In Progress', 'Partially Restored', 'Restored')),
  event_timestamp timestamptz not null,
  status_changed_at timestamptz not null,
  phone text,
  phone_key text generated always as (oms_phone_key(phone)) stored,
  meter_number text,
  address text,
  address_key text generated always as (oms_text_key(address)) stored,
  notes text,
  call_kind text not null check (call_kind in ('no_supply', 'hazard', 'partial_supply', 'other')),
  meter_id bigint,
  matched_by text check (matched_by in ('meter_number', 'phone', 'address')),
  outage_event_id bigint references oms_outage_events (id) on delete set null,
  source text,
  clock_suspect boolean not null default false,
  received_at timestamptz not null default now(),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index callcenter_tickets_timestamp_idx on callcenter_tickets (event_timestamp desc);
create index callcenter_tickets_meter_idx on callcenter_tickets (meter_id) where meter_id is not null;
create index callcenter_tickets_hazard_idx on callcenter_tickets (event_timestamp desc)
  where call_kind in ('hazard', 'partial_supply') and status <> 'Restored';
create index callcenter_tickets_unlinked_idx on callcenter_tickets (id) where meter_id is null;

create table callcenter_ticket_messages (
  id bigint generated always as identity primary key,
  ticket_id text not null,
  status text not null,
  event_timestamp timestamptz not null,
  phone text,
  meter_number text,
  address text,
  notes text,
  intake_id text,
  oms_event_id text,
  source text,
  raw_payload json not null,
  received_at timestamptz not null default now(),
  created_at timestamptz not null default now(),
  unique (ticket_id, status, event_timestamp)
);

create index callcenter_ticket_messages_oms_event_idx on callcenter_ticket_messages (oms_event_id) where oms_event_id is not null;

create table oms_meter_status_events (
  id bigint generated always as identity,
  meter_id bigint not null,
  event_type text not null check (event_type in ('power_on', 'power_off', 'communication_lost', 'communication_restored')),
  source_type text not null check (source_type in ('scada', 'kaifa', 'onu', 'call_center', 'system')),
  source_event_id text,
  previous_status text,
  new_status text not null,
  event_timestamp timestamptz not null,
  applied boolean not null,
  confidence_score numeric(5, 4),
  metadata jsonb,
  received_at timestamptz not null default now(),
  created_at timestamptz not null default now()
);
create index oms_meter_status_events_meter_idx on oms_meter_status_events (meter_id, event_timestamp);

create table oms_evidence (
  id bigint generated always as identity,
  xid xid8 not null default pg_current_xact_id(),
  kind text not null check (kind in ('switch_open', 'switch_closed', 'voltage_lost', 'voltage_present', 'power_off', 'power_on',
    'heard', 'not_heard', 'phase_voltage', 'no_supply_call', 'call_withdrawn')),
  source_type text not null check (source_type in ('scada', 'onu', 'kaifa', 'call_center', 'system')),
  source_event_id bigint,
  meter_id bigint,
  device_id bigint,
  substation_id bigint,
  event_at timestamptz not null,
  received_at timestamptz not null,
  clock_suspect boolean not null default false,
  primary key (xid, id)
);
create index oms_evidence_meter_idx on oms_evidence (meter_id, event_at) where meter_id is not null;
-- Rows lie in the order of receipt, so a range of some kilobytes finds what was received since an instant.
create index oms_evidence_received_idx on oms_evidence using brin (received_at) with (pages_per_range = 32, autosummarize = on);
create index oms_evidence_device_idx on oms_evidence (substation_id, event_at) where device_id is not null;

create table oms_evidence_positions (
  reader text primary key,
  base pg_snapshot not null,
  target pg_snapshot,
  last_xid xid8,
  last_id bigint,
  judged_until timestamptz,
  updated_at timestamptz not null default now()
);

create table oms_leases (
  name text primary key,
  holder text not null,
  epoch bigint not null check (epoch > 0),
  expires_at timestamptz not null,
  is_locked boolean not null
);

create table oms_unmatched_identifiers (
  id bigint generated always as identity primary key,
  source_type text not null check (source_type in ('scada', 'onu', 'kaifa', 'call_center')),
  source_event_id bigint not null,
  identifier_kind text not null check (identifier_kind in ('substation_id', 'feeder_id', 'onu_id', 'meter_number', 'asset_mrid',
    'usage_point_mrid', 'phone', 'address')),
  identifier_value text not null,
  event_timestamp timestamptz not null,
  first_seen_at timestamptz not null default now(),
  matched_at timestamptz,
  unique (source_type, source_event_id, identifier_kind, identifier_value)
);
create index oms_unmatched_identifiers_open_idx on oms_unmatched_identifiers (identifier_kind, identifier_value)
  where matched_at is null;

create table oms_identity_conflicts (
  id bigint generated always as identity primary key,
  source_type text not null check (source_type in ('scada', 'onu', 'kaifa', 'call_center', 'system')),
  conflict_kind text not null,
  identifier text not null,
  registry_value text not null,
  reported_value text not null,
  source_event_id bigint,
  times_seen integer not null default 1,
  first_seen_at timestamptz not null default now(),
  last_seen_at timestamptz not null default now(),
  unique (source_type, conflict_kind, identifier, registry_value, reported_value)
);

create table oms_dead_letters (
  id bigint generated always as identity primary key,
  source_type text not null check (source_type in ('scada', 'onu', 'kaifa', 'call_center', 'unknown')),
  transport text not null check (transport in ('http', 'file', 'kafka', 'sql')),
  sender text,
  remote_address text,
  topic text,
  partition integer,
  "offset" bigint,
  code text not null,
  field text,
  reason text not null,
  payload bytea not null,
  payload_sha256 bytea not null,
  is_cut boolean not null default false,
  whole_bytes bigint check (whole_bytes >= 0),
  status text not null default 'set_aside' check (status in ('set_aside', 'replayed', 'discarded')),
  times_seen integer not null default 1,
  received_at timestamptz not null default now(),
  last_seen_at timestamptz not null default now(),
  replayed_at timestamptz,
  discarded_at timestamptz,
  discarded_by text,
  discard_reason text check (discard_reason <> ''),
  created_at timestamptz not null default now(),
  unique (source_type, payload_sha256),
  check (status <> 'discarded' or (discarded_at is not null and discarded_by is not null and discard_reason is not null))
);
create index oms_dead_letters_status_idx on oms_dead_letters (status, id desc);

create table oms_api_keys (
  id bigint generated always as identity primary key,
  key_id text not null unique,
  name text not null,
  scopes text[] not null,
  secret_sha256 bytea not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz,
  revoked_at timestamptz,
  last_used_at timestamptz
);

create trigger _100_refuse_change before update or delete on oms_meter_status_events
  for each row execute function tg_refuse_change();
create trigger _100_refuse_truncate before truncate on oms_meter_status_events
  for each statement execute function tg_refuse_change();
create trigger _100_refuse_change before update or delete on oms_evidence
  for each row execute function tg_refuse_change();
create trigger _100_refuse_truncate before truncate on oms_evidence
  for each statement execute function tg_refuse_change();
create trigger _100_refuse_change before update or delete on oms_outage_decisions
  for each row execute function tg_refuse_change();
create trigger _100_refuse_truncate before truncate on oms_outage_decisions
  for each statement execute function tg_refuse_change();
create trigger _100_refuse_change before update or delete on oms_outage_meter_changes
  for each row execute function tg_refuse_change();
create trigger _100_refuse_truncate before truncate on oms_outage_meter_changes
  for each statement execute function tg_refuse_change();
create trigger _100_updated_at before update on callcenter_tickets for each row execute function tg_set_updated_at();
create trigger _100_refuse_delete before delete on oms_meters for each row execute function tg_refuse_change();

--! include functions/oms_clock_suspect.sql
--! include functions/oms_scada_signal.sql
--! include functions/oms_kaifa_signal.sql
--! include functions/oms_call_kind.sql
--! include functions/oms_meter_state.sql
--! include functions/oms_report_rank.sql
--! include functions/oms_outage_event_id.sql
--! include functions/oms_severity.sql
--! include functions/haversine_distance_meters.sql
--! include functions/get_meters_near.sql
--! include functions/get_meters_by_substation.sql
--! include functions/get_meters_by_feeder.sql
--! include functions/settle_status_changes.sql
--! include functions/apply_meter_reports.sql
--! include functions/update_meter_status.sql
--! include functions/oms_is_fed_normally.sql
--! include functions/refresh_transfers.sql
--! include functions/set_device_state.sql
--! include views/oms_transferred_meters.sql
--! include functions/check_scada_event_meters.sql
--! include functions/process_scada_event_meters.sql
--! include functions/open_scada_outages.sql
--! include functions/imply_devices.sql
--! include functions/ensure_scada_devices.sql
--! include functions/resolve_scada_events.sql
--! include functions/ingest_scada_events.sql
--! include functions/require_message_fields.sql
--! include functions/insert_scada_event_with_meter_check.sql
--! include functions/sync_onu_event_meters.sql
--! include functions/ingest_onu_events.sql
--! include functions/insert_onu_event_from_json_with_meter_sync.sql
--! include functions/kaifa_local_name.sql
--! include functions/kaifa_field.sql
--! include functions/kaifa_fields.sql
--! include functions/kaifa_identifiers.sql
--! include functions/kaifa_events_of.sql
--! include functions/kaifa_reference.sql
--! include functions/normalise_kaifa_json.sql
--! include functions/oms_resolve_kaifa_meter.sql
--! include functions/keep_unmatched_kaifa_events.sql
--! include functions/sync_kaifa_event_meters.sql
--! include functions/ingest_kaifa_events.sql
--! include functions/insert_kaifa_events_from_json_with_meter_sync.sql
--! include functions/insert_kaifa_event_from_json_with_meter_sync.sql
--! include functions/link_callcenter_tickets.sql
--! include functions/fold_callcenter_messages.sql
--! include functions/ingest_callcenter_tickets.sql
--! include functions/insert_callcenter_ticket_from_json_with_meter_link.sql
--! include functions/sync_callcenter_tickets_to_meters.sql
--! include functions/sync_late_onu_meters.sql
--! include functions/rematch_kept_events.sql
--! include functions/rematch_unmatched_identifiers.sql
--! include functions/oms_correlate_events.sql
--! include functions/tg_oms_meters__join_onu.sql
--! include functions/tg_registry__rematch.sql
--! include functions/tg_oms_outage_meters__note.sql
--! include functions/oms_outages_learnt_by.sql
--! include functions/oms_outages_at.sql

create trigger _700_note_added after insert on oms_outage_meters
  referencing new table as changed for each statement execute function tg_oms_outage_meters__note();
create trigger _700_note_moved after update on oms_outage_meters
  referencing new table as changed for each statement execute function tg_oms_outage_meters__note();
create trigger _700_note_removed after delete on oms_outage_meters
  referencing old table as changed for each statement execute function tg_oms_outage_meters__note();
create trigger _550_join_onu after insert on oms_meters
  referencing new table as inserted for each statement execute function tg_oms_meters__join_onu();
create trigger _550_join_onu_later after update of onu_id, status on oms_meters
  for each row when (new.onu_id is not null and new.status = 'active'
    and (old.onu_id is distinct from new.onu_id or old.status is distinct from new.status))
  execute function tg_oms_meters__join_onu();
create trigger _600_rematch after insert or update of meter_number, asset_mrid, usage_point_mrid, onu_id, customer_id, feeder_id, substation_id
  on oms_meters for each statement execute function tg_registry__rematch();
create trigger _600_rematch after insert on network_substations for each statement execute function tg_registry__rematch();
create trigger _600_rematch after insert on network_feeders for each statement execute function tg_registry__rematch();
create trigger _600_rematch after insert or update of customer_id, phone, address on oms_customers
  for each statement execute function tg_registry__rematch();

--! include views/oms_meters_with_topology.sql
--! include views/network_substations_with_meters.sql
--! include views/network_feeders_with_meters.sql
--! include views/oms_active_outages.sql
--! include views/oms_correlation_summary.sql
--! include views/oms_hazard_calls.sql

--! include comments.sql
