-- The schema that the migrations lead to, for reading. Generated: change it by a migration, then npm run db:dump.

create table callcenter_ticket_messages (
  id bigint generated always as identity not null,
  ticket_id text not null,
  status text not null,
  event_timestamp timestamp with time zone not null,
  phone text,
  meter_number text,
  address text,
  notes text,
  intake_id text,
  oms_event_id text,
  source text,
  raw_payload json not null,
  received_at timestamp with time zone default now() not null,
  created_at timestamp with time zone default now() not null,
  constraint callcenter_ticket_messages_pkey PRIMARY KEY (id),
  constraint callcenter_ticket_messages_ticket_id_status_event_timestamp_key UNIQUE (ticket_id, status, event_timestamp)
);
CREATE INDEX callcenter_ticket_messages_oms_event_idx ON callcenter_ticket_messages USING btree (oms_event_id) WHERE (oms_event_id IS NOT NULL);
comment on table callcenter_ticket_messages is 'Every message about a ticket, as it came; its status history.';
comment on column callcenter_ticket_messages.id is 'Internal key.';
comment on column callcenter_ticket_messages.ticket_id is 'ticketId as sent.';
comment on column callcenter_ticket_messages.status is 'Status it tells.';
comment on column callcenter_ticket_messages.event_timestamp is 'timestamp as sent.';
comment on column callcenter_ticket_messages.phone is 'Personal data: customer.phone as sent.';
comment on column callcenter_ticket_messages.meter_number is 'customer.meterNumber as sent.';
comment on column callcenter_ticket_messages.address is 'Personal data: customer.address as sent.';
comment on column callcenter_ticket_messages.notes is 'Personal data: notes as sent.';
comment on column callcenter_ticket_messages.intake_id is 'intake.intakeId as sent.';
comment on column callcenter_ticket_messages.oms_event_id is 'intake.omsEventId as sent.';
comment on column callcenter_ticket_messages.source is 'source as sent.';
comment on column callcenter_ticket_messages.raw_payload is 'The message as it was taken.';
comment on column callcenter_ticket_messages.received_at is 'When the message was received.';
comment on column callcenter_ticket_messages.created_at is 'When the row was made.';

create table callcenter_tickets (
  id bigint generated always as identity not null,
  ticket_id text not null,
  intake_id text not null,
  oms_event_id text not null,
  status text not null,
  event_timestamp timestamp with time zone not null,
  status_changed_at timestamp with time zone not null,
  phone text,
  phone_key text generated always as (oms_phone_key(phone)) stored,
  meter_number text,
  address text,
  address_key text generated always as (oms_text_key(address)) stored,
  notes text,
  call_kind text not null,
  meter_id bigint,
  matched_by text,
  outage_event_id bigint,
  source text,
  clock_suspect boolean default false not null,
  received_at timestamp with time zone default now() not null,
  created_at timestamp with time zone default now() not null,
  updated_at timestamp with time zone default now() not null,
  constraint callcenter_tickets_pkey PRIMARY KEY (id),
  constraint callcenter_tickets_intake_id_key UNIQUE (intake_id),
  constraint callcenter_tickets_oms_event_id_key UNIQUE (oms_event_id),
  constraint callcenter_tickets_ticket_id_key UNIQUE (ticket_id),
  constraint callcenter_tickets_call_kind_check CHECK ((call_kind = ANY (ARRAY['no_supply'::text, 'hazard'::text, 'partial_supply'::text, 'other'::text]))),
  constraint callcenter_tickets_matched_by_check CHECK ((matched_by = ANY (ARRAY['meter_number'::text, 'phone'::text, 'address'::text]))),
  constraint callcenter_tickets_status_check CHECK ((status = ANY (ARRAY['Registered'::text, 'Crew Assigned'::text, 'In Progress'::text, 'Partially Restored'::text, 'Restored'::text]))),
  constraint callcenter_tickets_outage_event_id_fkey FOREIGN KEY (outage_event_id) REFERENCES oms_outage_events(id) ON DELETE SET NULL
);
CREATE INDEX callcenter_tickets_hazard_idx ON callcenter_tickets USING btree (event_timestamp DESC) WHERE ((call_kind = ANY (ARRAY['hazard'::text, 'partial_supply'::text])) AND (status <> 'Restored'::text));
CREATE INDEX callcenter_tickets_meter_idx ON callcenter_tickets USING btree (meter_id) WHERE (meter_id IS NOT NULL);
CREATE INDEX callcenter_tickets_timestamp_idx ON callcenter_tickets USING btree (event_timestamp DESC);
CREATE INDEX callcenter_tickets_unlinked_idx ON callcenter_tickets USING btree (id) WHERE (meter_id IS NULL);
CREATE TRIGGER _100_updated_at BEFORE UPDATE ON callcenter_tickets FOR EACH ROW EXECUTE FUNCTION tg_set_updated_at();
comment on table callcenter_tickets is 'Trouble calls, one row a ticket, as its messages tell it together. Phone, address and notes are personal data.';
comment on column callcenter_tickets.id is 'Internal key.';
comment on column callcenter_tickets.ticket_id is 'ticketId as sent: the identity.';
comment on column callcenter_tickets.intake_id is 'Tracking id of the intake, unique.';
comment on column callcenter_tickets.oms_event_id is 'Tracking id that the caller may ask by, unique.';
comment on column callcenter_tickets.status is 'Status of the newest message.';
comment on column callcenter_tickets.event_timestamp is 'When the call came: the earliest time of its messages.';
comment on column callcenter_tickets.status_changed_at is 'Time of the newest message.';
comment on column callcenter_tickets.phone is 'Personal data: the caller''s phone.';
comment on column callcenter_tickets.phone_key is 'Phone reduced for comparing (oms_phone_key).';
comment on column callcenter_tickets.meter_number is 'Meter number the caller gave.';
comment on column callcenter_tickets.address is 'Personal data: address the caller gave.';
comment on column callcenter_tickets.address_key is 'Address reduced for comparing (oms_text_key).';
comment on column callcenter_tickets.notes is 'Personal data: what the caller said.';
comment on column callcenter_tickets.call_kind is 'no_supply, hazard, partial_supply or other; only no_supply is evidence of an outage.';
comment on column callcenter_tickets.meter_id is 'The meter the call belongs to; null while nothing matches.';
comment on column callcenter_tickets.matched_by is 'What found the meter: meter_number, phone or address.';
comment on column callcenter_tickets.outage_event_id is 'The outage it belongs to.';
comment on column callcenter_tickets.source is 'Where the call came in, as sent.';
comment on column callcenter_tickets.clock_suspect is 'True where it is stamped more than ten minutes after it was received, or ten years before: it changes no state.';
comment on column callcenter_tickets.received_at is 'When the message was received.';
comment on column callcenter_tickets.created_at is 'When the row was made.';
comment on column callcenter_tickets.updated_at is 'When the row last changed.';

create table kaifa_events (
  id bigint generated always as identity not null,
  event_key text not null,
  message_id text,
  event_mrid text,
  asset_mrid text,
  usage_point_mrid text,
  event_type text not null,
  signal text not null,
  severity text,
  reason text,
  event_timestamp timestamp with time zone not null,
  time_source text not null,
  meter_id bigint,
  matched_by text,
  clock_suspect boolean default false not null,
  raw_payload json not null,
  received_at timestamp with time zone default now() not null,
  created_at timestamp with time zone default now() not null,
  constraint kaifa_events_pkey PRIMARY KEY (id),
  constraint kaifa_events_event_key_key UNIQUE (event_key),
  constraint kaifa_events_matched_by_check CHECK ((matched_by = ANY (ARRAY['asset_mrid'::text, 'usage_point_mrid'::text, 'meter_number'::text]))),
  constraint kaifa_events_signal_check CHECK ((signal = ANY (ARRAY['power_off'::text, 'power_on'::text, 'phase_voltage'::text, 'other'::text]))),
  constraint kaifa_events_time_source_check CHECK ((time_source = ANY (ARRAY['event'::text, 'header'::text, 'receipt'::text])))
);
comment on table kaifa_events is 'Events of the smart-meter head-end (IEC 61968-9 EndDeviceEvent), one row each.';
comment on column kaifa_events.id is 'Internal key.';
comment on column kaifa_events.event_key is 'Identity: message id, event mRID, asset, type and created time, whichever are there.';
comment on column kaifa_events.message_id is 'Header MessageID.';
comment on column kaifa_events.event_mrid is 'EndDeviceEvent mRID.';
comment on column kaifa_events.asset_mrid is 'Assets/mRID.';
comment on column kaifa_events.usage_point_mrid is 'UsagePoint/mRID.';
comment on column kaifa_events.event_type is 'EndDeviceEventType ref as sent: text or IEC 61968-9 code.';
comment on column kaifa_events.signal is 'What it says: power_off, power_on, phase_voltage or other; from the type, never from the severity.';
comment on column kaifa_events.severity is 'severity as sent; says nothing about supply.';
comment on column kaifa_events.reason is 'reason as sent.';
comment on column kaifa_events.event_timestamp is 'When it happened, by the best clock given.';
comment on column kaifa_events.time_source is 'Whose time that is: the event''s own, the header''s, or the time of receipt.';
comment on column kaifa_events.meter_id is 'The meter; null while its identifiers match none.';
comment on column kaifa_events.matched_by is 'The identifier that found the meter.';
comment on column kaifa_events.clock_suspect is 'True where it is stamped more than ten minutes after it was received, or ten years before: it changes no state.';
comment on column kaifa_events.raw_payload is 'The message as it was taken.';
comment on column kaifa_events.received_at is 'When the message was received.';
comment on column kaifa_events.created_at is 'When the row was made.';

create table lastgasp_migrations (
  number integer not null,
  name text not null,
  sha256 text not null,
  breaking boolean not null,
  applied_at timestamp with time zone,
  constraint lastgasp_migrations_pkey PRIMARY KEY (number)
);
comment on table lastgasp_migrations is 'The steps that brought the schema to what it is; written by the migration runner alone.';
comment on column lastgasp_migrations.number is 'Place of the migration in the order.';
comment on column lastgasp_migrations.name is 'Name of its file in sql/migrations, without ".sql".';
comment on column lastgasp_migrations.sha256 is 'Hash of the text that ran, includes written out; an edited migration is refused by it.';
comment on column lastgasp_migrations.breaking is 'Whether a program that does not know this migration must refuse the database.';
comment on column lastgasp_migrations.applied_at is 'When it ran; null while one that cannot run in a transaction is under way or was cut off.';

create table network_device_states (
  id bigint generated always as identity not null,
  device_id bigint not null,
  open boolean not null,
  state_at timestamp with time zone not null,
  source text not null,
  told_by text default SESSION_USER not null,
  recorded_at timestamp with time zone default now() not null,
  constraint network_device_states_pkey PRIMARY KEY (id),
  constraint network_device_states_device_id_state_at_source_open_key UNIQUE (device_id, state_at, source, open),
  constraint network_device_states_source_check CHECK ((source <> ''::text)),
  constraint network_device_states_device_id_fkey FOREIGN KEY (device_id) REFERENCES network_devices(id) ON DELETE RESTRICT
);
CREATE TRIGGER _100_refuse_change BEFORE DELETE OR UPDATE ON network_device_states FOR EACH ROW EXECUTE FUNCTION tg_refuse_change();
CREATE TRIGGER _100_refuse_truncate BEFORE TRUNCATE ON network_device_states FOR EACH STATEMENT EXECUTE FUNCTION tg_refuse_change();
comment on table network_device_states is 'Everything that was ever said of how a switch stands; set_device_state adds to it.';
comment on column network_device_states.id is 'Internal key.';
comment on column network_device_states.device_id is 'The device.';
comment on column network_device_states.open is 'True for open.';
comment on column network_device_states.state_at is 'Since when, in event time.';
comment on column network_device_states.source is 'Who or what says so: operator, scada or another name.';
comment on column network_device_states.told_by is 'The database role of the session that told it.';
comment on column network_device_states.recorded_at is 'When it was told.';

create table network_devices (
  id bigint generated always as identity not null,
  device_id text not null,
  kind text not null,
  name text,
  substation_id bigint,
  feeder_id bigint,
  upstream_id bigint,
  normally_open boolean default false not null,
  open boolean default false not null,
  state_at timestamp with time zone,
  state_source text,
  other_end_id bigint,
  phases text,
  is_feeder_head boolean default false not null,
  implied boolean default false not null,
  location_lat double precision,
  location_lng double precision,
  created_at timestamp with time zone default now() not null,
  updated_at timestamp with time zone default now() not null,
  constraint network_devices_pkey PRIMARY KEY (id),
  constraint network_devices_device_id_key UNIQUE (device_id),
  constraint network_devices_check CHECK ((upstream_id <> id)),
  constraint network_devices_device_id_check CHECK ((device_id <> ''::text)),
  constraint network_devices_kind_check CHECK ((kind = ANY (ARRAY['breaker'::text, 'recloser'::text, 'sectionalizer'::text, 'fuse'::text, 'switch'::text, 'transformer'::text, 'line'::text, 'distribution_point'::text, 'feeder'::text, 'substation'::text]))),
  constraint network_devices_location_lat_check CHECK (((location_lat >= ('-90'::integer)::double precision) AND (location_lat <= (90)::double precision))),
  constraint network_devices_location_lng_check CHECK (((location_lng >= ('-180'::integer)::double precision) AND (location_lng <= (180)::double precision))),
  constraint network_devices_feeder_id_fkey FOREIGN KEY (feeder_id) REFERENCES network_feeders(id) ON DELETE RESTRICT,
  constraint network_devices_other_end_id_fkey FOREIGN KEY (other_end_id) REFERENCES network_devices(id) ON DELETE RESTRICT,
  constraint network_devices_substation_id_fkey FOREIGN KEY (substation_id) REFERENCES network_substations(id) ON DELETE RESTRICT,
  constraint network_devices_upstream_id_fkey FOREIGN KEY (upstream_id) REFERENCES network_devices(id) ON DELETE RESTRICT
);
CREATE INDEX network_devices_closed_tie_idx ON network_devices USING btree (id) WHERE (normally_open AND (NOT open));
CREATE UNIQUE INDEX network_devices_feeder_head_idx ON network_devices USING btree (feeder_id) WHERE is_feeder_head;
CREATE INDEX network_devices_feeder_idx ON network_devices USING btree (feeder_id);
CREATE UNIQUE INDEX network_devices_substation_idx ON network_devices USING btree (substation_id) WHERE (kind = 'substation'::text);
CREATE INDEX network_devices_upstream_idx ON network_devices USING btree (upstream_id);
CREATE TRIGGER _100_updated_at BEFORE UPDATE ON network_devices FOR EACH ROW EXECUTE FUNCTION tg_set_updated_at();
CREATE TRIGGER _900_revise AFTER INSERT OR DELETE OR UPDATE ON network_devices FOR EACH STATEMENT EXECUTE FUNCTION tg_registry__revise();
comment on table network_devices is 'Everything that can interrupt supply, as a tree from the substation down (CIM ProtectedSwitch, Fuse, PowerTransformer …), and line sections for their place.';
comment on column network_devices.id is 'Internal key.';
comment on column network_devices.device_id is 'The utility''s own id; for an implied device the id of its feeder or substation.';
comment on column network_devices.kind is 'What the device is.';
comment on column network_devices.name is 'Name that operators use.';
comment on column network_devices.substation_id is 'The substation that normally feeds the device.';
comment on column network_devices.feeder_id is 'The feeder it belongs to; null for station equipment above several feeders.';
comment on column network_devices.upstream_id is 'The next device towards the source; null for the substation itself.';
comment on column network_devices.normally_open is 'True for a tie that carries no load in the normal state (CIM Switch.normalOpen).';
comment on column network_devices.open is 'Present state: the newest of network_device_states, the normal one where there is none (CIM Switch.open). Set by set_device_state.';
comment on column network_devices.state_at is 'Since when it stands so; null where nobody said.';
comment on column network_devices.state_source is 'Who said that it stands so: operator, scada or another name.';
comment on column network_devices.other_end_id is 'Of a tie, the device at whose load side it ends; its other end is that of upstream_id.';
comment on column network_devices.phases is 'Phases it carries, such as ABC or A.';
comment on column network_devices.is_feeder_head is 'True for the one breaker at the head of its feeder: a feeder trip concerns what lies below it.';
comment on column network_devices.implied is 'True where the utility''s data has no such device and one stands in for it: the substation as a whole, or a feeder''s head breaker.';
comment on column network_devices.location_lat is 'Latitude, WGS 84 degrees.';
comment on column network_devices.location_lng is 'Longitude, WGS 84 degrees.';
comment on column network_devices.created_at is 'When the row was made.';
comment on column network_devices.updated_at is 'When the row last changed; kept by trigger.';

create table network_distribution_points (
  id bigint generated always as identity not null,
  dp_id text not null,
  feeder_id bigint,
  device_id bigint,
  name text not null,
  location_lat double precision,
  location_lng double precision,
  building_id text,
  status text default 'active'::text not null,
  created_at timestamp with time zone default now() not null,
  updated_at timestamp with time zone default now() not null,
  constraint network_distribution_points_pkey PRIMARY KEY (id),
  constraint network_distribution_points_dp_id_key UNIQUE (dp_id),
  constraint network_distribution_points_dp_id_check CHECK ((dp_id <> ''::text)),
  constraint network_distribution_points_location_lat_check CHECK (((location_lat >= ('-90'::integer)::double precision) AND (location_lat <= (90)::double precision))),
  constraint network_distribution_points_location_lng_check CHECK (((location_lng >= ('-180'::integer)::double precision) AND (location_lng <= (180)::double precision))),
  constraint network_distribution_points_status_check CHECK ((status = ANY (ARRAY['active'::text, 'inactive'::text]))),
  constraint network_distribution_points_device_id_fkey FOREIGN KEY (device_id) REFERENCES network_devices(id) ON DELETE RESTRICT,
  constraint network_distribution_points_feeder_id_fkey FOREIGN KEY (feeder_id) REFERENCES network_feeders(id) ON DELETE RESTRICT
);
CREATE INDEX network_distribution_points_building_idx ON network_distribution_points USING btree (building_id);
CREATE INDEX network_distribution_points_feeder_idx ON network_distribution_points USING btree (feeder_id);
CREATE TRIGGER _100_updated_at BEFORE UPDATE ON network_distribution_points FOR EACH ROW EXECUTE FUNCTION tg_set_updated_at();
CREATE TRIGGER _900_revise AFTER INSERT OR DELETE OR UPDATE ON network_distribution_points FOR EACH STATEMENT EXECUTE FUNCTION tg_registry__revise();
comment on table network_distribution_points is 'Distribution points: the places where low-voltage supply to one or more buildings begins.';
comment on column network_distribution_points.id is 'Internal key.';
comment on column network_distribution_points.dp_id is 'The utility''s own id.';
comment on column network_distribution_points.feeder_id is 'The feeder that normally supplies it.';
comment on column network_distribution_points.device_id is 'The device that supplies it, or that it is.';
comment on column network_distribution_points.name is 'Name that operators use.';
comment on column network_distribution_points.location_lat is 'Latitude, WGS 84 degrees.';
comment on column network_distribution_points.location_lng is 'Longitude, WGS 84 degrees.';
comment on column network_distribution_points.building_id is 'The building it stands in or serves.';
comment on column network_distribution_points.status is 'active, or inactive when taken out of service.';
comment on column network_distribution_points.created_at is 'When the row was made.';
comment on column network_distribution_points.updated_at is 'When the row last changed; kept by trigger.';

create table network_feeder_meters (
  feeder_id bigint not null,
  meter_id bigint not null,
  circuit_path text,
  priority smallint default 4 not null,
  created_at timestamp with time zone default now() not null,
  constraint network_feeder_meters_pkey PRIMARY KEY (feeder_id, meter_id),
  constraint network_feeder_meters_priority_check CHECK (((priority >= 1) AND (priority <= 4))),
  constraint network_feeder_meters_feeder_id_fkey FOREIGN KEY (feeder_id) REFERENCES network_feeders(id) ON DELETE CASCADE,
  constraint network_feeder_meters_meter_id_fkey FOREIGN KEY (meter_id) REFERENCES oms_meters(id) ON DELETE CASCADE
);
CREATE INDEX network_feeder_meters_meter_idx ON network_feeder_meters USING btree (meter_id);
CREATE TRIGGER _500_adopt AFTER INSERT ON network_feeder_meters REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION tg_network_meters__adopt();
comment on table network_feeder_meters is 'Which meters a feeder supplies; kept in step with oms_meters.feeder_id by triggers, both ways.';
comment on column network_feeder_meters.feeder_id is 'The feeder.';
comment on column network_feeder_meters.meter_id is 'The meter.';
comment on column network_feeder_meters.circuit_path is 'Devices from the feeder''s head to the meter, joined by " > ".';
comment on column network_feeder_meters.priority is 'Priority of the service: 1 critical to 4 low.';
comment on column network_feeder_meters.created_at is 'When the row was made.';

create table network_feeders (
  id bigint generated always as identity not null,
  feeder_id text not null,
  substation_id bigint not null,
  name text not null,
  location_lat double precision,
  location_lng double precision,
  capacity_kva numeric(12,2),
  status text default 'active'::text not null,
  created_at timestamp with time zone default now() not null,
  updated_at timestamp with time zone default now() not null,
  constraint network_feeders_pkey PRIMARY KEY (id),
  constraint network_feeders_feeder_id_key UNIQUE (feeder_id),
  constraint network_feeders_feeder_id_check CHECK ((feeder_id <> ''::text)),
  constraint network_feeders_location_lat_check CHECK (((location_lat >= ('-90'::integer)::double precision) AND (location_lat <= (90)::double precision))),
  constraint network_feeders_location_lng_check CHECK (((location_lng >= ('-180'::integer)::double precision) AND (location_lng <= (180)::double precision))),
  constraint network_feeders_status_check CHECK ((status = ANY (ARRAY['active'::text, 'inactive'::text]))),
  constraint network_feeders_substation_id_fkey FOREIGN KEY (substation_id) REFERENCES network_substations(id) ON DELETE RESTRICT
);
CREATE INDEX network_feeders_substation_idx ON network_feeders USING btree (substation_id);
CREATE TRIGGER _100_updated_at BEFORE UPDATE ON network_feeders FOR EACH ROW EXECUTE FUNCTION tg_set_updated_at();
CREATE TRIGGER _600_rematch AFTER INSERT ON network_feeders FOR EACH STATEMENT EXECUTE FUNCTION tg_registry__rematch();
CREATE TRIGGER _900_revise AFTER INSERT OR DELETE OR UPDATE ON network_feeders FOR EACH STATEMENT EXECUTE FUNCTION tg_registry__revise();
comment on table network_feeders is 'Feeders (CIM Feeder): the group of equipment behind one feeder head.';
comment on column network_feeders.id is 'Internal key.';
comment on column network_feeders.feeder_id is 'The code that SCADA sends as feederId.';
comment on column network_feeders.substation_id is 'The substation that normally energises the feeder.';
comment on column network_feeders.name is 'Name that operators use.';
comment on column network_feeders.location_lat is 'Latitude of the feeder''s head, WGS 84 degrees.';
comment on column network_feeders.location_lng is 'Longitude of the feeder''s head, WGS 84 degrees.';
comment on column network_feeders.capacity_kva is 'Rated capacity in kVA.';
comment on column network_feeders.status is 'active, or inactive when taken out of service.';
comment on column network_feeders.created_at is 'When the row was made.';
comment on column network_feeders.updated_at is 'When the row last changed; kept by trigger.';

create table network_substation_meters (
  substation_id bigint not null,
  meter_id bigint not null,
  feeder_id bigint,
  priority smallint default 4 not null,
  created_at timestamp with time zone default now() not null,
  constraint network_substation_meters_pkey PRIMARY KEY (substation_id, meter_id),
  constraint network_substation_meters_priority_check CHECK (((priority >= 1) AND (priority <= 4))),
  constraint network_substation_meters_feeder_id_fkey FOREIGN KEY (feeder_id) REFERENCES network_feeders(id) ON DELETE CASCADE,
  constraint network_substation_meters_meter_id_fkey FOREIGN KEY (meter_id) REFERENCES oms_meters(id) ON DELETE CASCADE,
  constraint network_substation_meters_substation_id_fkey FOREIGN KEY (substation_id) REFERENCES network_substations(id) ON DELETE CASCADE
);
CREATE INDEX network_substation_meters_meter_idx ON network_substation_meters USING btree (meter_id);
CREATE TRIGGER _500_adopt AFTER INSERT ON network_substation_meters REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION tg_network_meters__adopt();
comment on table network_substation_meters is 'Which meters a substation supplies; kept in step with oms_meters.substation_id by triggers, both ways.';
comment on column network_substation_meters.substation_id is 'The substation.';
comment on column network_substation_meters.meter_id is 'The meter.';
comment on column network_substation_meters.feeder_id is 'The feeder in between, where known.';
comment on column network_substation_meters.priority is 'Priority of the service: 1 critical to 4 low.';
comment on column network_substation_meters.created_at is 'When the row was made.';

create table network_substations (
  id bigint generated always as identity not null,
  substation_id text not null,
  name text not null,
  location_lat double precision,
  location_lng double precision,
  region_code text,
  voltage_level text,
  status text default 'active'::text not null,
  created_at timestamp with time zone default now() not null,
  updated_at timestamp with time zone default now() not null,
  constraint network_substations_pkey PRIMARY KEY (id),
  constraint network_substations_substation_id_key UNIQUE (substation_id),
  constraint network_substations_location_lat_check CHECK (((location_lat >= ('-90'::integer)::double precision) AND (location_lat <= (90)::double precision))),
  constraint network_substations_location_lng_check CHECK (((location_lng >= ('-180'::integer)::double precision) AND (location_lng <= (180)::double precision))),
  constraint network_substations_status_check CHECK ((status = ANY (ARRAY['active'::text, 'inactive'::text]))),
  constraint network_substations_substation_id_check CHECK ((substation_id <> ''::text))
);
CREATE TRIGGER _100_updated_at BEFORE UPDATE ON network_substations FOR EACH ROW EXECUTE FUNCTION tg_set_updated_at();
CREATE TRIGGER _600_rematch AFTER INSERT ON network_substations FOR EACH STATEMENT EXECUTE FUNCTION tg_registry__rematch();
CREATE TRIGGER _900_revise AFTER INSERT OR DELETE OR UPDATE ON network_substations FOR EACH STATEMENT EXECUTE FUNCTION tg_registry__revise();
comment on table network_substations is 'Substations (CIM Substation).';
comment on column network_substations.id is 'Internal key.';
comment on column network_substations.substation_id is 'The code that SCADA sends as substationId.';
comment on column network_substations.name is 'Name that operators use.';
comment on column network_substations.location_lat is 'Latitude, WGS 84 degrees.';
comment on column network_substations.location_lng is 'Longitude, WGS 84 degrees.';
comment on column network_substations.region_code is 'The utility''s region.';
comment on column network_substations.voltage_level is 'Nominal voltage, as the utility writes it.';
comment on column network_substations.status is 'active, or inactive when taken out of service.';
comment on column network_substations.created_at is 'When the row was made.';
comment on column network_substations.updated_at is 'When the row last changed; kept by trigger.';

create table network_transfers (
  device_id bigint not null,
  tie_id bigint not null,
  feeder_id bigint,
  substation_id bigint,
  since timestamp with time zone,
  constraint network_transfers_pkey PRIMARY KEY (device_id),
  constraint network_transfers_device_id_fkey FOREIGN KEY (device_id) REFERENCES network_devices(id) ON DELETE CASCADE,
  constraint network_transfers_feeder_id_fkey FOREIGN KEY (feeder_id) REFERENCES network_feeders(id) ON DELETE CASCADE,
  constraint network_transfers_substation_id_fkey FOREIGN KEY (substation_id) REFERENCES network_substations(id) ON DELETE CASCADE,
  constraint network_transfers_tie_id_fkey FOREIGN KEY (tie_id) REFERENCES network_devices(id) ON DELETE CASCADE
);
comment on table network_transfers is 'What is fed through a tie now, kept by refresh_transfers: a row for each device on whose load side that is so.';
comment on column network_transfers.device_id is 'The device; what hangs on it is fed through the tie.';
comment on column network_transfers.tie_id is 'The closed tie.';
comment on column network_transfers.feeder_id is 'The feeder that feeds it now; null where it is fed from before a feeder''s head.';
comment on column network_transfers.substation_id is 'The substation that feeds it now.';
comment on column network_transfers.since is 'When the last of the switches stood so; null where nobody said.';

create table oms_api_keys (
  id bigint generated always as identity not null,
  key_id text not null,
  name text not null,
  scopes text[] not null,
  secret_sha256 bytea not null,
  created_at timestamp with time zone default now() not null,
  expires_at timestamp with time zone,
  revoked_at timestamp with time zone,
  last_used_at timestamp with time zone,
  constraint oms_api_keys_pkey PRIMARY KEY (id),
  constraint oms_api_keys_key_id_key UNIQUE (key_id)
);
comment on table oms_api_keys is 'Keys of providers and readers; the secret itself is not kept.';
comment on column oms_api_keys.id is 'Internal key.';
comment on column oms_api_keys.key_id is 'Public part of the key.';
comment on column oms_api_keys.name is 'Whose it is.';
comment on column oms_api_keys.scopes is 'What it opens.';
comment on column oms_api_keys.secret_sha256 is 'SHA-256 of the secret part.';
comment on column oms_api_keys.created_at is 'When the row was made.';
comment on column oms_api_keys.expires_at is 'When it ends.';
comment on column oms_api_keys.revoked_at is 'When it was withdrawn.';
comment on column oms_api_keys.last_used_at is 'When it last opened something.';

create table oms_condition_changes (
  id bigint generated always as identity not null,
  subject text not null,
  subject_id bigint not null,
  changed_by text not null,
  changed_at timestamp with time zone default now() not null,
  before jsonb,
  after jsonb not null,
  constraint oms_condition_changes_pkey PRIMARY KEY (id),
  constraint oms_condition_changes_subject_check CHECK ((subject = ANY (ARRAY['oms_planned_work'::text, 'oms_provider_conditions'::text])))
);
CREATE INDEX oms_condition_changes_subject_idx ON oms_condition_changes USING btree (subject, subject_id, id);
CREATE TRIGGER _100_refuse_change BEFORE DELETE OR UPDATE ON oms_condition_changes FOR EACH ROW EXECUTE FUNCTION tg_refuse_change();
CREATE TRIGGER _100_refuse_truncate BEFORE TRUNCATE ON oms_condition_changes FOR EACH STATEMENT EXECUTE FUNCTION tg_refuse_change();
comment on table oms_condition_changes is 'Every change of announced work and of the providers'' conditions, with who made it; only grows.';
comment on column oms_condition_changes.id is 'Internal key.';
comment on column oms_condition_changes.subject is 'The table that was changed.';
comment on column oms_condition_changes.subject_id is 'Its row.';
comment on column oms_condition_changes.changed_by is 'Who changed it.';
comment on column oms_condition_changes.changed_at is 'When.';
comment on column oms_condition_changes.before is 'The row before; null where it was made.';
comment on column oms_condition_changes.after is 'The row afterwards.';

create table oms_customers (
  id bigint generated always as identity not null,
  customer_id text not null,
  name text,
  phone text,
  phone_key text generated always as (oms_phone_key(phone)) stored,
  address text,
  address_key text generated always as (oms_text_key(address)) stored,
  building_id text,
  status text default 'active'::text not null,
  created_at timestamp with time zone default now() not null,
  updated_at timestamp with time zone default now() not null,
  constraint oms_customers_pkey PRIMARY KEY (id),
  constraint oms_customers_customer_id_key UNIQUE (customer_id),
  constraint oms_customers_customer_id_check CHECK ((customer_id <> ''::text)),
  constraint oms_customers_status_check CHECK ((status = ANY (ARRAY['active'::text, 'inactive'::text])))
);
CREATE INDEX oms_customers_address_key_idx ON oms_customers USING btree (address_key) WHERE (address_key IS NOT NULL);
CREATE INDEX oms_customers_phone_key_idx ON oms_customers USING btree (phone_key) WHERE (phone_key IS NOT NULL);
CREATE TRIGGER _100_updated_at BEFORE UPDATE ON oms_customers FOR EACH ROW EXECUTE FUNCTION tg_set_updated_at();
CREATE TRIGGER _600_rematch AFTER INSERT OR UPDATE OF customer_id, phone, address ON oms_customers FOR EACH STATEMENT EXECUTE FUNCTION tg_registry__rematch();
CREATE TRIGGER _900_revise AFTER INSERT OR DELETE OR UPDATE ON oms_customers FOR EACH STATEMENT EXECUTE FUNCTION tg_registry__revise();
comment on table oms_customers is 'Customers with an account (CIM Customer). Name, phone and address are personal data.';
comment on column oms_customers.id is 'Internal key.';
comment on column oms_customers.customer_id is 'The utility''s account or customer number.';
comment on column oms_customers.name is 'Personal data: name.';
comment on column oms_customers.phone is 'Personal data: phone number as the utility wrote it.';
comment on column oms_customers.phone_key is 'Phone number reduced to what a caller''s number is compared with (oms_phone_key).';
comment on column oms_customers.address is 'Personal data: address as the utility wrote it.';
comment on column oms_customers.address_key is 'Address reduced to what a caller''s address is compared with (oms_text_key).';
comment on column oms_customers.building_id is 'The building of the customer''s service.';
comment on column oms_customers.status is 'active, or inactive when the account is closed.';
comment on column oms_customers.created_at is 'When the row was made.';
comment on column oms_customers.updated_at is 'When the row last changed; kept by trigger.';

create table oms_dead_letters (
  id bigint generated always as identity not null,
  source_type text not null,
  transport text not null,
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
  is_cut boolean default false not null,
  whole_bytes bigint,
  status text default 'set_aside'::text not null,
  times_seen integer default 1 not null,
  received_at timestamp with time zone default now() not null,
  last_seen_at timestamp with time zone default now() not null,
  replayed_at timestamp with time zone,
  discarded_at timestamp with time zone,
  discarded_by text,
  discard_reason text,
  created_at timestamp with time zone default now() not null,
  constraint oms_dead_letters_pkey PRIMARY KEY (id),
  constraint oms_dead_letters_source_type_payload_sha256_key UNIQUE (source_type, payload_sha256),
  constraint oms_dead_letters_check CHECK (((status <> 'discarded'::text) OR ((discarded_at IS NOT NULL) AND (discarded_by IS NOT NULL) AND (discard_reason IS NOT NULL)))),
  constraint oms_dead_letters_discard_reason_check CHECK ((discard_reason <> ''::text)),
  constraint oms_dead_letters_source_type_check CHECK ((source_type = ANY (ARRAY['scada'::text, 'onu'::text, 'kaifa'::text, 'call_center'::text, 'unknown'::text]))),
  constraint oms_dead_letters_status_check CHECK ((status = ANY (ARRAY['set_aside'::text, 'replayed'::text, 'discarded'::text]))),
  constraint oms_dead_letters_transport_check CHECK ((transport = ANY (ARRAY['http'::text, 'file'::text, 'kafka'::text, 'sql'::text]))),
  constraint oms_dead_letters_whole_bytes_check CHECK ((whole_bytes >= 0))
);
CREATE INDEX oms_dead_letters_status_idx ON oms_dead_letters USING btree (status, id DESC);
comment on table oms_dead_letters is 'Messages that could not be understood, as they came, with the reason; to look at and to replay.';
comment on column oms_dead_letters.id is 'Internal key.';
comment on column oms_dead_letters.source_type is 'Provider, or unknown.';
comment on column oms_dead_letters.transport is 'How it came: http, file, kafka or sql.';
comment on column oms_dead_letters.sender is 'Who sent it, where known.';
comment on column oms_dead_letters.remote_address is 'Network address it was sent from, of a message that the gateway kept without reading it: too large, or compressed.';
comment on column oms_dead_letters.topic is 'Kafka topic.';
comment on column oms_dead_letters.partition is 'Kafka partition.';
comment on column oms_dead_letters."offset" is 'Kafka offset.';
comment on column oms_dead_letters.code is 'Kind of reason.';
comment on column oms_dead_letters.field is 'Field at fault, as a path.';
comment on column oms_dead_letters.reason is 'The reason in words.';
comment on column oms_dead_letters.payload is 'The bytes as they came; of a cut message its first ones.';
comment on column oms_dead_letters.payload_sha256 is 'Their SHA-256: the same bytes are one dead letter.';
comment on column oms_dead_letters.is_cut is 'True where only the beginning is kept, since the message was too large: it cannot be replayed.';
comment on column oms_dead_letters.whole_bytes is 'Bytes of a cut message as its sender declared them or as they were counted; null where neither was possible.';
comment on column oms_dead_letters.status is 'set_aside, replayed or discarded.';
comment on column oms_dead_letters.times_seen is 'How often the same bytes came.';
comment on column oms_dead_letters.received_at is 'When the message was received.';
comment on column oms_dead_letters.last_seen_at is 'When they last came.';
comment on column oms_dead_letters.replayed_at is 'When it was taken after all.';
comment on column oms_dead_letters.discarded_at is 'When somebody decided that it is not to be taken.';
comment on column oms_dead_letters.discarded_by is 'Who decided it.';
comment on column oms_dead_letters.discard_reason is 'Why.';
comment on column oms_dead_letters.created_at is 'When the row was made.';

create table oms_event_sources (
  id bigint generated always as identity not null,
  outage_event_id bigint not null,
  source_type text not null,
  source_event_id text not null,
  source_table text not null,
  meter_id bigint,
  correlation_weight numeric(6,5) not null,
  event_timestamp timestamp with time zone not null,
  detected_at timestamp with time zone not null,
  created_at timestamp with time zone default now() not null,
  constraint oms_event_sources_pkey PRIMARY KEY (id),
  constraint oms_event_sources_outage_event_id_source_type_source_event__key UNIQUE (outage_event_id, source_type, source_event_id),
  constraint oms_event_sources_correlation_weight_check CHECK (((correlation_weight >= (0)::numeric) AND (correlation_weight <= (1)::numeric))),
  constraint oms_event_sources_source_type_check CHECK ((source_type = ANY (ARRAY['scada'::text, 'onu'::text, 'kaifa'::text, 'call_center'::text, 'system'::text])))
);
CREATE INDEX oms_event_sources_event_idx ON oms_event_sources USING btree (source_type, source_event_id);
comment on table oms_event_sources is 'Which provider events speak for an outage.';
comment on column oms_event_sources.id is 'Internal key.';
comment on column oms_event_sources.outage_event_id is 'The outage.';
comment on column oms_event_sources.source_type is 'Provider.';
comment on column oms_event_sources.source_event_id is 'Row of the provider''s table, as text.';
comment on column oms_event_sources.source_table is 'That table.';
comment on column oms_event_sources.meter_id is 'The meter it is about, where it is about one.';
comment on column oms_event_sources.correlation_weight is 'How much the source counts by itself, 0 to 1.';
comment on column oms_event_sources.event_timestamp is 'When it happened.';
comment on column oms_event_sources.detected_at is 'When it was received.';
comment on column oms_event_sources.created_at is 'When the row was made.';

create table oms_event_timeline (
  id bigint generated always as identity not null,
  outage_event_id bigint not null,
  event_type text not null,
  status text not null,
  description text not null,
  source text not null,
  "timestamp" timestamp with time zone not null,
  metadata jsonb default '{}'::jsonb not null,
  created_at timestamp with time zone default now() not null,
  constraint oms_event_timeline_pkey PRIMARY KEY (id),
  constraint oms_event_timeline_status_check CHECK ((status = ANY (ARRAY['detected'::text, 'confirmed'::text, 'in_progress'::text, 'partially_restored'::text, 'restored'::text, 'cancelled'::text]))),
  constraint oms_event_timeline_outage_event_id_fkey FOREIGN KEY (outage_event_id) REFERENCES oms_outage_events(id) ON DELETE CASCADE
);
CREATE INDEX oms_event_timeline_outage_idx ON oms_event_timeline USING btree (outage_event_id, "timestamp");
comment on table oms_event_timeline is 'What happened to an outage, in order.';
comment on column oms_event_timeline.id is 'Internal key.';
comment on column oms_event_timeline.outage_event_id is 'The outage.';
comment on column oms_event_timeline.event_type is 'What happened.';
comment on column oms_event_timeline.status is 'Status after it.';
comment on column oms_event_timeline.description is 'In words.';
comment on column oms_event_timeline.source is 'Who or what did it.';
comment on column oms_event_timeline."timestamp" is 'When it happened.';
comment on column oms_event_timeline.metadata is 'Figures and ids that belong to it.';
comment on column oms_event_timeline.created_at is 'When the row was made.';

create table oms_evidence (
  id bigint generated always as identity not null,
  xid xid8 default pg_current_xact_id() not null,
  kind text not null,
  source_type text not null,
  source_event_id bigint,
  meter_id bigint,
  device_id bigint,
  substation_id bigint,
  event_at timestamp with time zone not null,
  received_at timestamp with time zone not null,
  clock_suspect boolean default false not null,
  constraint oms_evidence_pkey PRIMARY KEY (xid, id),
  constraint oms_evidence_kind_check CHECK ((kind = ANY (ARRAY['switch_open'::text, 'switch_closed'::text, 'voltage_lost'::text, 'voltage_present'::text, 'power_off'::text, 'power_on'::text, 'heard'::text, 'not_heard'::text, 'phase_voltage'::text, 'no_supply_call'::text, 'call_withdrawn'::text]))),
  constraint oms_evidence_source_type_check CHECK ((source_type = ANY (ARRAY['scada'::text, 'onu'::text, 'kaifa'::text, 'call_center'::text, 'system'::text])))
);
CREATE INDEX oms_evidence_device_idx ON oms_evidence USING btree (substation_id, event_at) WHERE (device_id IS NOT NULL);
CREATE INDEX oms_evidence_meter_idx ON oms_evidence USING btree (meter_id, event_at) WHERE (meter_id IS NOT NULL);
CREATE INDEX oms_evidence_received_idx ON oms_evidence USING brin (received_at) WITH (pages_per_range='32', autosummarize='on');
CREATE TRIGGER _100_refuse_change BEFORE DELETE OR UPDATE ON oms_evidence FOR EACH ROW EXECUTE FUNCTION tg_refuse_change();
CREATE TRIGGER _100_refuse_truncate BEFORE TRUNCATE ON oms_evidence FOR EACH STATEMENT EXECUTE FUNCTION tg_refuse_change();
comment on table oms_evidence is 'The evidence log that correlation reads, in the order of commits. Append-only.';
comment on column oms_evidence.id is 'Internal key.';
comment on column oms_evidence.xid is 'Transaction that wrote it: with snapshots it tells a reader exactly what it has not seen.';
comment on column oms_evidence.kind is 'What it says.';
comment on column oms_evidence.source_type is 'Who says it.';
comment on column oms_evidence.source_event_id is 'Row of the provider''s event table.';
comment on column oms_evidence.meter_id is 'The meter it is about.';
comment on column oms_evidence.device_id is 'The device it is about.';
comment on column oms_evidence.substation_id is 'The substation of the meter or device.';
comment on column oms_evidence.event_at is 'When it happened.';
comment on column oms_evidence.received_at is 'When the message was received.';
comment on column oms_evidence.clock_suspect is 'True where it is stamped more than ten minutes after it was received, or ten years before: it changes no state.';

create table oms_evidence_positions (
  reader text not null,
  base pg_snapshot not null,
  target pg_snapshot,
  last_xid xid8,
  last_id bigint,
  judged_until timestamp with time zone,
  updated_at timestamp with time zone default now() not null,
  constraint oms_evidence_positions_pkey PRIMARY KEY (reader)
);
comment on table oms_evidence_positions is 'How far each reader of the evidence log has come.';
comment on column oms_evidence_positions.reader is 'Name of the reader.';
comment on column oms_evidence_positions.base is 'Everything visible in this snapshot has been processed.';
comment on column oms_evidence_positions.target is 'While a backlog is worked off: the snapshot it is read up to.';
comment on column oms_evidence_positions.last_xid is 'Within the backlog: transaction of the last row processed.';
comment on column oms_evidence_positions.last_id is 'Within the backlog: id of the last row processed.';
comment on column oms_evidence_positions.judged_until is 'Where the clock stood at the last judgement: silence before it has been counted.';
comment on column oms_evidence_positions.updated_at is 'When it last moved on.';

create table oms_identity_conflicts (
  id bigint generated always as identity not null,
  source_type text not null,
  conflict_kind text not null,
  identifier text not null,
  registry_value text not null,
  reported_value text not null,
  source_event_id bigint,
  times_seen integer default 1 not null,
  first_seen_at timestamp with time zone default now() not null,
  last_seen_at timestamp with time zone default now() not null,
  constraint oms_identity_conflicts_pkey PRIMARY KEY (id),
  constraint oms_identity_conflicts_source_type_conflict_kind_identifier_key UNIQUE (source_type, conflict_kind, identifier, registry_value, reported_value),
  constraint oms_identity_conflicts_source_type_check CHECK ((source_type = ANY (ARRAY['scada'::text, 'onu'::text, 'kaifa'::text, 'call_center'::text, 'system'::text])))
);
comment on table oms_identity_conflicts is 'Where a provider says something else of an identity than the registry.';
comment on column oms_identity_conflicts.id is 'Internal key.';
comment on column oms_identity_conflicts.source_type is 'Provider.';
comment on column oms_identity_conflicts.conflict_kind is 'What differs.';
comment on column oms_identity_conflicts.identifier is 'Of what.';
comment on column oms_identity_conflicts.registry_value is 'What the registry has.';
comment on column oms_identity_conflicts.reported_value is 'What was sent.';
comment on column oms_identity_conflicts.source_event_id is 'First event that said so.';
comment on column oms_identity_conflicts.times_seen is 'How often.';
comment on column oms_identity_conflicts.first_seen_at is 'First time.';
comment on column oms_identity_conflicts.last_seen_at is 'Last time.';

create table oms_leases (
  name text not null,
  holder text not null,
  epoch bigint not null,
  expires_at timestamp with time zone not null,
  is_locked boolean not null,
  constraint oms_leases_pkey PRIMARY KEY (name),
  constraint oms_leases_epoch_check CHECK ((epoch > 0))
);
comment on table oms_leases is 'Who may write what only one may: each of its transactions locks the row and finds its own epoch there.';
comment on column oms_leases.name is 'What it is about, such as correlator.';
comment on column oms_leases.holder is 'The process that has it.';
comment on column oms_leases.epoch is 'Rises each time another one takes it.';
comment on column oms_leases.expires_at is 'From then on another one may take it.';
comment on column oms_leases.is_locked is 'Whether its holder has the advisory lock as well, so that a free lock means that its session has ended.';

create table oms_meter_status_events (
  id bigint generated always as identity not null,
  meter_id bigint not null,
  event_type text not null,
  source_type text not null,
  source_event_id text,
  previous_status text,
  new_status text not null,
  event_timestamp timestamp with time zone not null,
  applied boolean not null,
  confidence_score numeric(5,4),
  metadata jsonb,
  received_at timestamp with time zone default now() not null,
  created_at timestamp with time zone default now() not null,
  constraint oms_meter_status_events_event_type_check CHECK ((event_type = ANY (ARRAY['power_on'::text, 'power_off'::text, 'communication_lost'::text, 'communication_restored'::text]))),
  constraint oms_meter_status_events_source_type_check CHECK ((source_type = ANY (ARRAY['scada'::text, 'kaifa'::text, 'onu'::text, 'call_center'::text, 'system'::text])))
);
CREATE INDEX oms_meter_status_events_meter_idx ON oms_meter_status_events USING btree (meter_id, event_timestamp);
CREATE TRIGGER _100_refuse_change BEFORE DELETE OR UPDATE ON oms_meter_status_events FOR EACH ROW EXECUTE FUNCTION tg_refuse_change();
CREATE TRIGGER _100_refuse_truncate BEFORE TRUNCATE ON oms_meter_status_events FOR EACH STATEMENT EXECUTE FUNCTION tg_refuse_change();
comment on table oms_meter_status_events is 'The audit trail of meters: every report of supply, and every change of whether a meter can be heard. Append-only.';
comment on column oms_meter_status_events.id is 'Internal key.';
comment on column oms_meter_status_events.meter_id is 'The meter.';
comment on column oms_meter_status_events.event_type is 'power_on, power_off, communication_lost or communication_restored.';
comment on column oms_meter_status_events.source_type is 'Who reported it.';
comment on column oms_meter_status_events.source_event_id is 'Row of the provider''s event table, or the reference of whoever set it.';
comment on column oms_meter_status_events.previous_status is 'The state before, at the event''s own time.';
comment on column oms_meter_status_events.new_status is 'The state reported.';
comment on column oms_meter_status_events.event_timestamp is 'When it happened.';
comment on column oms_meter_status_events.applied is 'False where a newer report was known already, or its clock is not believed: the state did not change.';
comment on column oms_meter_status_events.confidence_score is 'How far the report is believed by itself, 0 to 1.';
comment on column oms_meter_status_events.metadata is 'What else is known of it.';
comment on column oms_meter_status_events.received_at is 'When the report was received.';
comment on column oms_meter_status_events.created_at is 'When the row was made.';

create table oms_meters (
  id bigint generated always as identity not null,
  meter_number text not null,
  meter_type text,
  customer_id bigint,
  substation_id bigint,
  feeder_id bigint,
  dp_id bigint,
  device_id bigint,
  above_feeder_head boolean default false not null,
  link_source text default 'explicit'::text not null,
  link_distance_m double precision,
  location_lat double precision,
  location_lng double precision,
  building_id text,
  customers integer default 1 not null,
  priority smallint default 4 not null,
  phases text,
  cell text,
  communication_status text default 'unknown'::text not null,
  last_communication timestamp with time zone,
  last_communication_rank smallint default 0 not null,
  last_status_change timestamp with time zone,
  power_status text default 'unknown'::text not null,
  power_reported_at timestamp with time zone,
  power_reported_rank smallint default 0 not null,
  last_power_change timestamp with time zone,
  asset_mrid text,
  usage_point_mrid text,
  onu_id bigint,
  onu_serial_no text,
  status text default 'active'::text not null,
  created_at timestamp with time zone default now() not null,
  updated_at timestamp with time zone default now() not null,
  constraint oms_meters_pkey PRIMARY KEY (id),
  constraint oms_meters_meter_number_key UNIQUE (meter_number),
  constraint oms_meters_asset_mrid_check CHECK ((asset_mrid <> ''::text)),
  constraint oms_meters_communication_status_check CHECK ((communication_status = ANY (ARRAY['online'::text, 'offline'::text, 'unknown'::text]))),
  constraint oms_meters_customers_check CHECK ((customers >= 0)),
  constraint oms_meters_link_distance_m_check CHECK ((link_distance_m >= (0)::double precision)),
  constraint oms_meters_link_source_check CHECK ((link_source = ANY (ARRAY['explicit'::text, 'building'::text, 'proximity'::text, 'none'::text]))),
  constraint oms_meters_location_lat_check CHECK (((location_lat >= ('-90'::integer)::double precision) AND (location_lat <= (90)::double precision))),
  constraint oms_meters_location_lng_check CHECK (((location_lng >= ('-180'::integer)::double precision) AND (location_lng <= (180)::double precision))),
  constraint oms_meters_meter_number_check CHECK ((meter_number <> ''::text)),
  constraint oms_meters_power_status_check CHECK ((power_status = ANY (ARRAY['on'::text, 'off'::text, 'unknown'::text]))),
  constraint oms_meters_priority_check CHECK (((priority >= 1) AND (priority <= 4))),
  constraint oms_meters_status_check CHECK ((status = ANY (ARRAY['active'::text, 'retired'::text]))),
  constraint oms_meters_usage_point_mrid_check CHECK ((usage_point_mrid <> ''::text)),
  constraint oms_meters_customer_id_fkey FOREIGN KEY (customer_id) REFERENCES oms_customers(id) ON DELETE RESTRICT,
  constraint oms_meters_device_id_fkey FOREIGN KEY (device_id) REFERENCES network_devices(id) ON DELETE RESTRICT,
  constraint oms_meters_dp_id_fkey FOREIGN KEY (dp_id) REFERENCES network_distribution_points(id) ON DELETE RESTRICT,
  constraint oms_meters_feeder_id_fkey FOREIGN KEY (feeder_id) REFERENCES network_feeders(id) ON DELETE RESTRICT,
  constraint oms_meters_substation_id_fkey FOREIGN KEY (substation_id) REFERENCES network_substations(id) ON DELETE RESTRICT
) with (fillfactor=50);
CREATE UNIQUE INDEX oms_meters_asset_mrid_idx ON oms_meters USING btree (asset_mrid) WHERE (asset_mrid IS NOT NULL);
CREATE INDEX oms_meters_building_idx ON oms_meters USING btree (building_id);
CREATE INDEX oms_meters_customer_idx ON oms_meters USING btree (customer_id);
CREATE INDEX oms_meters_device_idx ON oms_meters USING btree (device_id);
CREATE INDEX oms_meters_feeder_idx ON oms_meters USING btree (feeder_id);
CREATE INDEX oms_meters_location_idx ON oms_meters USING btree (location_lat, location_lng) WHERE (location_lat IS NOT NULL);
CREATE INDEX oms_meters_onu_idx ON oms_meters USING btree (onu_id) WHERE (onu_id IS NOT NULL);
CREATE INDEX oms_meters_substation_idx ON oms_meters USING btree (substation_id);
CREATE INDEX oms_meters_usage_point_mrid_idx ON oms_meters USING btree (usage_point_mrid) WHERE (usage_point_mrid IS NOT NULL);
CREATE TRIGGER _100_refuse_delete BEFORE DELETE ON oms_meters FOR EACH ROW EXECUTE FUNCTION tg_refuse_change();
CREATE TRIGGER _100_updated_at BEFORE UPDATE ON oms_meters FOR EACH ROW WHEN (new.updated_at IS DISTINCT FROM now()) EXECUTE FUNCTION tg_set_updated_at();
CREATE TRIGGER _500_link_inserted AFTER INSERT ON oms_meters REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION tg_oms_meters__link_inserted();
CREATE TRIGGER _500_link_moved AFTER UPDATE OF feeder_id, substation_id, priority ON oms_meters FOR EACH ROW WHEN (old.feeder_id IS DISTINCT FROM new.feeder_id OR old.substation_id IS DISTINCT FROM new.substation_id OR old.priority IS DISTINCT FROM new.priority) EXECUTE FUNCTION tg_oms_meters__link_moved();
CREATE TRIGGER _550_join_onu AFTER INSERT ON oms_meters REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION tg_oms_meters__join_onu();
CREATE TRIGGER _550_join_onu_later AFTER UPDATE OF onu_id, status ON oms_meters FOR EACH ROW WHEN (new.onu_id IS NOT NULL AND new.status = 'active'::text AND (old.onu_id IS DISTINCT FROM new.onu_id OR old.status IS DISTINCT FROM new.status)) EXECUTE FUNCTION tg_oms_meters__join_onu();
CREATE TRIGGER _600_rematch AFTER INSERT OR UPDATE OF meter_number, asset_mrid, usage_point_mrid, onu_id, customer_id, feeder_id, substation_id ON oms_meters FOR EACH STATEMENT EXECUTE FUNCTION tg_registry__rematch();
CREATE TRIGGER _900_revise AFTER INSERT OR DELETE OR UPDATE OF meter_number, asset_mrid, usage_point_mrid, onu_id, customer_id, building_id, substation_id, feeder_id, dp_id, device_id, above_feeder_head, customers, status ON oms_meters FOR EACH STATEMENT EXECUTE FUNCTION tg_registry__revise();
comment on table oms_meters is 'The registry: one row for each meter of all four systems (CIM UsagePoint with its EndDevice), with where it hangs in the network and the newest state reported of it.';
comment on column oms_meters.id is 'Internal key.';
comment on column oms_meters.meter_number is 'The number printed on the meter.';
comment on column oms_meters.meter_type is 'Make or kind, as the utility writes it.';
comment on column oms_meters.customer_id is 'The customer it serves.';
comment on column oms_meters.substation_id is 'The substation that normally feeds it.';
comment on column oms_meters.feeder_id is 'The feeder that normally feeds it.';
comment on column oms_meters.dp_id is 'The distribution point it is connected at.';
comment on column oms_meters.device_id is 'The nearest device upstream of it.';
comment on column oms_meters.above_feeder_head is 'True where it is fed from before its feeder''s head breaker: a feeder trip does not concern it.';
comment on column oms_meters.link_source is 'How its place in the network is known: explicit data, its building, the nearest distribution point, or not at all.';
comment on column oms_meters.link_distance_m is 'Distance in metres to the distribution point it was linked to by proximity.';
comment on column oms_meters.location_lat is 'Latitude, WGS 84 degrees.';
comment on column oms_meters.location_lng is 'Longitude, WGS 84 degrees.';
comment on column oms_meters.building_id is 'The building it stands in.';
comment on column oms_meters.customers is 'Customers it stands for; more than one for a common service.';
comment on column oms_meters.priority is 'Priority of its service: 1 critical to 4 low.';
comment on column oms_meters.phases is 'Phases it is connected to.';
comment on column oms_meters.cell is 'The radio cell, concentrator or access point its messages come through.';
comment on column oms_meters.communication_status is 'Whether it can be heard: online, offline or unknown. Silence makes it offline, never off.';
comment on column oms_meters.last_communication is 'Event time of the newest message from it or from its ONU.';
comment on column oms_meters.last_communication_rank is 'Breaks ties between messages of the same instant, so that arrival order never decides.';
comment on column oms_meters.last_status_change is 'Event time since which communication_status holds.';
comment on column oms_meters.power_status is 'Newest reported supply: on, off or unknown.';
comment on column oms_meters.power_reported_at is 'Event time of the newest report of its supply.';
comment on column oms_meters.power_reported_rank is 'Breaks ties between reports of the same instant, so that arrival order never decides.';
comment on column oms_meters.last_power_change is 'Event time since which power_status holds.';
comment on column oms_meters.asset_mrid is 'The head-end''s Assets/mRID.';
comment on column oms_meters.usage_point_mrid is 'The head-end''s UsagePoint/mRID.';
comment on column oms_meters.onu_id is 'Number of the fibre terminal in its building.';
comment on column oms_meters.onu_serial_no is 'Serial of that fibre terminal.';
comment on column oms_meters.status is 'active, or retired when it was exchanged or taken out.';
comment on column oms_meters.created_at is 'When the row was made.';
comment on column oms_meters.updated_at is 'When the row last changed; kept by trigger.';

create table oms_outage_decisions (
  id bigint generated always as identity not null,
  outage_event_id bigint not null,
  decided_at timestamp with time zone not null,
  status text not null,
  device_id bigint not null,
  meter_id bigint,
  started_at timestamp with time zone not null,
  ended_at timestamp with time zone,
  confidence_score numeric(6,5) not null,
  customers integer not null,
  customers_low integer,
  customers_high integer,
  customers_out_now integer not null,
  unverified_customers integer default 0 not null,
  planned boolean default false not null,
  momentary boolean default false not null,
  description text,
  replaced_by bigint,
  policy_version text not null,
  explanation jsonb,
  created_at timestamp with time zone default now() not null,
  constraint oms_outage_decisions_pkey PRIMARY KEY (id),
  constraint oms_outage_decisions_confidence_score_check CHECK (((confidence_score >= (0)::numeric) AND (confidence_score <= (1)::numeric))),
  constraint oms_outage_decisions_status_check CHECK ((status = ANY (ARRAY['detected'::text, 'confirmed'::text, 'in_progress'::text, 'partially_restored'::text, 'restored'::text, 'cancelled'::text]))),
  constraint oms_outage_decisions_policy_version_fkey FOREIGN KEY (policy_version) REFERENCES oms_policies(version) ON DELETE RESTRICT
);
CREATE INDEX oms_outage_decisions_outage_idx ON oms_outage_decisions USING btree (outage_event_id, decided_at DESC, id DESC);
CREATE TRIGGER _100_refuse_change BEFORE DELETE OR UPDATE ON oms_outage_decisions FOR EACH ROW EXECUTE FUNCTION tg_refuse_change();
CREATE TRIGGER _100_refuse_truncate BEFORE TRUNCATE ON oms_outage_decisions FOR EACH STATEMENT EXECUTE FUNCTION tg_refuse_change();
comment on table oms_outage_decisions is 'What was believed of each outage, whenever that changed, and why. Append-only.';
comment on column oms_outage_decisions.id is 'Internal key.';
comment on column oms_outage_decisions.outage_event_id is 'The outage.';
comment on column oms_outage_decisions.decided_at is 'When it was decided, by the clock of the judgement: what was received until then was known.';
comment on column oms_outage_decisions.status is 'Status from then on.';
comment on column oms_outage_decisions.device_id is 'The device that was held to interrupt.';
comment on column oms_outage_decisions.meter_id is 'Of a service: its meter.';
comment on column oms_outage_decisions.started_at is 'When supply was lost, as it was believed then.';
comment on column oms_outage_decisions.ended_at is 'When supply was back, as it was believed then.';
comment on column oms_outage_decisions.confidence_score is 'Posterior probability, 0 to 1.';
comment on column oms_outage_decisions.customers is 'Everyone it interrupted, in customers.';
comment on column oms_outage_decisions.customers_low is 'Lower end of the 80 % interval of customers out.';
comment on column oms_outage_decisions.customers_high is 'Upper end of it.';
comment on column oms_outage_decisions.customers_out_now is 'Customers still out then.';
comment on column oms_outage_decisions.unverified_customers is 'After its end: customers whose supply nobody had confirmed then.';
comment on column oms_outage_decisions.planned is 'Whether announced work explained it.';
comment on column oms_outage_decisions.momentary is 'Whether it was shorter than the limit of a sustained interruption.';
comment on column oms_outage_decisions.description is 'Why it was believed, in a sentence.';
comment on column oms_outage_decisions.replaced_by is 'The outage that took its place.';
comment on column oms_outage_decisions.policy_version is 'The numbers that it rests on.';
comment on column oms_outage_decisions.explanation is 'Evidence for, against and silent with weights; ranked alternatives; what would change the answer; what to ping next. Null where the outage was taken off: the row before tells why it had been believed.';
comment on column oms_outage_decisions.created_at is 'When the row was written.';

create table oms_outage_events (
  id bigint generated always as identity not null,
  event_id text not null,
  event_type text not null,
  status text not null,
  severity text not null,
  confidence_score numeric(6,5) not null,
  affected_customers_count integer default 0 not null,
  customers_low integer,
  customers_high integer,
  unverified_customers integer default 0 not null,
  planned boolean default false not null,
  estimated_restoration_time timestamp with time zone,
  actual_restoration_time timestamp with time zone,
  root_cause text,
  description text,
  device_id bigint not null,
  meter_id bigint,
  substation_id bigint,
  feeder_id bigint,
  dp_id bigint,
  started_at timestamp with time zone not null,
  first_detected_at timestamp with time zone not null,
  last_updated_at timestamp with time zone default now() not null,
  momentary boolean default false not null,
  replaced_by bigint,
  withdrawn_at timestamp with time zone,
  event_latitude double precision,
  event_longitude double precision,
  affected_area_geojson jsonb,
  created_at timestamp with time zone default now() not null,
  constraint oms_outage_events_pkey PRIMARY KEY (id),
  constraint oms_outage_events_event_id_key UNIQUE (event_id),
  constraint oms_outage_events_affected_customers_count_check CHECK ((affected_customers_count >= 0)),
  constraint oms_outage_events_check CHECK ((actual_restoration_time >= started_at)),
  constraint oms_outage_events_check1 CHECK ((((status = ANY (ARRAY['restored'::text, 'cancelled'::text])) = (actual_restoration_time IS NOT NULL)) OR (status = 'cancelled'::text))),
  constraint oms_outage_events_confidence_score_check CHECK (((confidence_score >= (0)::numeric) AND (confidence_score <= (1)::numeric))),
  constraint oms_outage_events_event_id_check CHECK ((event_id <> ''::text)),
  constraint oms_outage_events_event_type_check CHECK ((event_type = ANY (ARRAY['substation_outage'::text, 'feeder_outage'::text, 'device_outage'::text, 'service_outage'::text]))),
  constraint oms_outage_events_severity_check CHECK ((severity = ANY (ARRAY['low'::text, 'medium'::text, 'high'::text, 'critical'::text]))),
  constraint oms_outage_events_status_check CHECK ((status = ANY (ARRAY['detected'::text, 'confirmed'::text, 'in_progress'::text, 'partially_restored'::text, 'restored'::text, 'cancelled'::text]))),
  constraint oms_outage_events_unverified_customers_check CHECK ((unverified_customers >= 0)),
  constraint oms_outage_events_device_id_fkey FOREIGN KEY (device_id) REFERENCES network_devices(id) ON DELETE RESTRICT,
  constraint oms_outage_events_dp_id_fkey FOREIGN KEY (dp_id) REFERENCES network_distribution_points(id) ON DELETE RESTRICT,
  constraint oms_outage_events_feeder_id_fkey FOREIGN KEY (feeder_id) REFERENCES network_feeders(id) ON DELETE RESTRICT,
  constraint oms_outage_events_meter_id_fkey FOREIGN KEY (meter_id) REFERENCES oms_meters(id) ON DELETE RESTRICT,
  constraint oms_outage_events_replaced_by_fkey FOREIGN KEY (replaced_by) REFERENCES oms_outage_events(id) ON DELETE RESTRICT,
  constraint oms_outage_events_substation_id_fkey FOREIGN KEY (substation_id) REFERENCES network_substations(id) ON DELETE RESTRICT
);
CREATE UNIQUE INDEX oms_outage_events_open_device_idx ON oms_outage_events USING btree (device_id) WHERE (oms_is_open(status) AND (meter_id IS NULL));
CREATE UNIQUE INDEX oms_outage_events_open_service_idx ON oms_outage_events USING btree (meter_id) WHERE (oms_is_open(status) AND (meter_id IS NOT NULL));
CREATE INDEX oms_outage_events_started_idx ON oms_outage_events USING btree (started_at DESC);
CREATE INDEX oms_outage_events_substation_idx ON oms_outage_events USING btree (substation_id, started_at DESC);
comment on table oms_outage_events is 'Outages (CIM Outage): one row for each time a device interrupted supply.';
comment on column oms_outage_events.id is 'Internal key.';
comment on column oms_outage_events.event_id is 'Human id, made from device and start.';
comment on column oms_outage_events.event_type is 'What interrupted: substation_outage, feeder_outage, device_outage or service_outage.';
comment on column oms_outage_events.status is 'Life cycle: detected, confirmed, in_progress, partially_restored, restored or cancelled.';
comment on column oms_outage_events.severity is 'From the customers it interrupted.';
comment on column oms_outage_events.confidence_score is 'How sure it is, 0 to 1.';
comment on column oms_outage_events.affected_customers_count is 'Everyone it interrupted, in customers; stays after restoration.';
comment on column oms_outage_events.customers_low is 'Lower end of the 80 % interval of the customers it interrupted.';
comment on column oms_outage_events.customers_high is 'Upper end of it.';
comment on column oms_outage_events.unverified_customers is 'Restored: customers whose supply nobody has confirmed yet.';
comment on column oms_outage_events.planned is 'True where announced work explains it.';
comment on column oms_outage_events.estimated_restoration_time is 'ETR.';
comment on column oms_outage_events.actual_restoration_time is 'When supply was back.';
comment on column oms_outage_events.root_cause is 'Cause, as far as it is known.';
comment on column oms_outage_events.description is 'Free text.';
comment on column oms_outage_events.device_id is 'The device that interrupted.';
comment on column oms_outage_events.meter_id is 'Where one meter''s own service is out: that meter; the device is then what it hangs on.';
comment on column oms_outage_events.substation_id is 'Its substation.';
comment on column oms_outage_events.feeder_id is 'Its feeder.';
comment on column oms_outage_events.dp_id is 'Its distribution point.';
comment on column oms_outage_events.started_at is 'When supply was lost, by event time.';
comment on column oms_outage_events.first_detected_at is 'When the first message that tells of it was received.';
comment on column oms_outage_events.last_updated_at is 'When the row last changed.';
comment on column oms_outage_events.momentary is 'True where it ended within five minutes (IEEE 1366).';
comment on column oms_outage_events.replaced_by is 'The outage it turned out to be part of, or to be.';
comment on column oms_outage_events.withdrawn_at is 'When evidence took it back altogether; cancelled without it means that a person did.';
comment on column oms_outage_events.event_latitude is 'Latitude, degrees.';
comment on column oms_outage_events.event_longitude is 'Longitude, degrees.';
comment on column oms_outage_events.affected_area_geojson is 'Area as GeoJSON.';
comment on column oms_outage_events.created_at is 'When the row was made.';

create table oms_outage_meter_changes (
  id bigint generated always as identity not null,
  outage_event_id bigint not null,
  meter_ids bigint[] not null,
  meter_span int8range not null,
  decided_at timestamp with time zone not null,
  is_member boolean not null,
  customers integer not null,
  out_from timestamp with time zone not null,
  out_until timestamp with time zone
);
CREATE INDEX oms_outage_meter_changes_outage_idx ON oms_outage_meter_changes USING btree (outage_event_id, id);
CREATE INDEX oms_outage_meter_changes_span_idx ON oms_outage_meter_changes USING gist (meter_span);
CREATE TRIGGER _100_refuse_change BEFORE DELETE OR UPDATE ON oms_outage_meter_changes FOR EACH ROW EXECUTE FUNCTION tg_refuse_change();
CREATE TRIGGER _100_refuse_truncate BEFORE TRUNCATE ON oms_outage_meter_changes FOR EACH STATEMENT EXECUTE FUNCTION tg_refuse_change();
comment on table oms_outage_meter_changes is 'What was believed of meters'' parts in each outage, whenever that changed; a row for all of which the same was decided. Append-only.';
comment on column oms_outage_meter_changes.id is 'Internal key; later changes have higher ones.';
comment on column oms_outage_meter_changes.outage_event_id is 'The outage.';
comment on column oms_outage_meter_changes.meter_ids is 'The meters.';
comment on column oms_outage_meter_changes.meter_span is 'From the lowest of the meters'' keys to the highest, for an index that finds what was decided of one.';
comment on column oms_outage_meter_changes.decided_at is 'When it was decided, by the clock of the judgement: what was received until then was known.';
comment on column oms_outage_meter_changes.is_member is 'False where the meters were held to be no part of the outage from then on.';
comment on column oms_outage_meter_changes.customers is 'Customers behind each of the meters.';
comment on column oms_outage_meter_changes.out_from is 'When they lost supply, as it was believed then.';
comment on column oms_outage_meter_changes.out_until is 'When they had supply again, as it was believed then; null while they were out.';

create table oms_outage_meters (
  outage_event_id bigint not null,
  meter_id bigint not null,
  customers integer not null,
  out_from timestamp with time zone not null,
  out_until timestamp with time zone,
  constraint oms_outage_meters_pkey PRIMARY KEY (outage_event_id, meter_id),
  constraint oms_outage_meters_check CHECK ((out_until >= out_from)),
  constraint oms_outage_meters_customers_check CHECK ((customers >= 0))
) with (fillfactor=50);
CREATE UNIQUE INDEX oms_outage_meters_open_meter_idx ON oms_outage_meters USING btree (meter_id) WHERE (out_until IS NULL);
CREATE TRIGGER _700_note_added AFTER INSERT ON oms_outage_meters REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION tg_oms_outage_meters__note();
CREATE TRIGGER _700_note_moved AFTER UPDATE ON oms_outage_meters REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION tg_oms_outage_meters__note();
CREATE TRIGGER _700_note_removed AFTER DELETE ON oms_outage_meters REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION tg_oms_outage_meters__note();
comment on table oms_outage_meters is 'Whom an outage interrupts: a meter is in at most one open outage at a time.';
comment on column oms_outage_meters.outage_event_id is 'The outage.';
comment on column oms_outage_meters.meter_id is 'The meter.';
comment on column oms_outage_meters.customers is 'Customers it stands for.';
comment on column oms_outage_meters.out_from is 'Since when it is held to be out.';
comment on column oms_outage_meters.out_until is 'Until when; null while it is out.';

create table oms_planned_work (
  id bigint generated always as identity not null,
  work_id text not null,
  device_id bigint not null,
  starts_at timestamp with time zone not null,
  ends_at timestamp with time zone not null,
  description text,
  status text default 'planned'::text not null,
  created_by text not null,
  created_at timestamp with time zone default now() not null,
  updated_by text not null,
  updated_at timestamp with time zone default now() not null,
  constraint oms_planned_work_pkey PRIMARY KEY (id),
  constraint oms_planned_work_work_id_key UNIQUE (work_id),
  constraint oms_planned_work_check CHECK ((ends_at > starts_at)),
  constraint oms_planned_work_status_check CHECK ((status = ANY (ARRAY['planned'::text, 'cancelled'::text]))),
  constraint oms_planned_work_work_id_check CHECK ((work_id <> ''::text)),
  constraint oms_planned_work_device_id_fkey FOREIGN KEY (device_id) REFERENCES network_devices(id) ON DELETE RESTRICT
);
CREATE INDEX oms_planned_work_device_idx ON oms_planned_work USING btree (device_id, ends_at);
CREATE INDEX oms_planned_work_ends_idx ON oms_planned_work USING btree (ends_at) WHERE (status = 'planned'::text);
CREATE TRIGGER _100_refuse_delete BEFORE DELETE ON oms_planned_work FOR EACH ROW EXECUTE FUNCTION tg_refuse_change();
CREATE TRIGGER _100_updated_at BEFORE UPDATE ON oms_planned_work FOR EACH ROW EXECUTE FUNCTION tg_set_updated_at();
CREATE TRIGGER _500_note AFTER INSERT OR UPDATE ON oms_planned_work FOR EACH ROW EXECUTE FUNCTION tg_conditions__note();
comment on table oms_planned_work is 'Work for which a device is opened, as it was announced: it explains what is out below in its time. Written by announce_planned_work and change_planned_work.';
comment on column oms_planned_work.id is 'Internal key.';
comment on column oms_planned_work.work_id is 'The utility''s own number of the work.';
comment on column oms_planned_work.device_id is 'The device that is opened for it.';
comment on column oms_planned_work.starts_at is 'When supply is announced to go.';
comment on column oms_planned_work.ends_at is 'When it is announced to be back.';
comment on column oms_planned_work.description is 'What is done, as the planner wrote it.';
comment on column oms_planned_work.status is 'planned, or cancelled: then it explains nothing.';
comment on column oms_planned_work.created_by is 'Who announced it.';
comment on column oms_planned_work.created_at is 'When the row was made.';
comment on column oms_planned_work.updated_by is 'Who changed it last.';
comment on column oms_planned_work.updated_at is 'When the row last changed; kept by trigger.';

create table oms_policies (
  version text not null,
  policy jsonb not null,
  first_used_at timestamp with time zone default now() not null,
  constraint oms_policies_pkey PRIMARY KEY (version)
);
comment on table oms_policies is 'The numbers that judgements rested on, by version.';
comment on column oms_policies.version is 'Hash of the numbers.';
comment on column oms_policies.policy is 'The numbers themselves.';
comment on column oms_policies.first_used_at is 'When a judgement first rested on them.';

create table oms_provider_conditions (
  id bigint generated always as identity not null,
  source_type text not null,
  condition text not null,
  starts_at timestamp with time zone not null,
  ends_at timestamp with time zone,
  lag_seconds integer,
  note text,
  is_automatic boolean default false not null,
  created_by text not null,
  created_at timestamp with time zone default now() not null,
  updated_by text not null,
  updated_at timestamp with time zone default now() not null,
  constraint oms_provider_conditions_pkey PRIMARY KEY (id),
  constraint oms_provider_conditions_check CHECK ((ends_at >= starts_at)),
  constraint oms_provider_conditions_check1 CHECK (((lag_seconds IS NULL) OR (condition = 'late'::text))),
  constraint oms_provider_conditions_condition_check CHECK ((condition = ANY (ARRAY['silent'::text, 'late'::text, 'duplicating'::text, 'unreliable'::text]))),
  constraint oms_provider_conditions_lag_seconds_check CHECK ((lag_seconds > 0)),
  constraint oms_provider_conditions_source_type_check CHECK ((source_type = ANY (ARRAY['scada'::text, 'onu'::text, 'kaifa'::text, 'call_center'::text])))
);
CREATE UNIQUE INDEX oms_provider_conditions_lasting_idx ON oms_provider_conditions USING btree (source_type, condition) WHERE (ends_at IS NULL);
CREATE TRIGGER _100_refuse_delete BEFORE DELETE ON oms_provider_conditions FOR EACH ROW EXECUTE FUNCTION tg_refuse_change();
CREATE TRIGGER _100_updated_at BEFORE UPDATE ON oms_provider_conditions FOR EACH ROW EXECUTE FUNCTION tg_set_updated_at();
CREATE TRIGGER _500_note AFTER INSERT OR UPDATE ON oms_provider_conditions FOR EACH ROW EXECUTE FUNCTION tg_conditions__note();
comment on table oms_provider_conditions is 'What is known to be wrong with a provider, and when: its silence then says nothing, and what it tells weighs less. Written by note_provider_condition and end_provider_condition.';
comment on column oms_provider_conditions.id is 'Internal key.';
comment on column oms_provider_conditions.source_type is 'The provider.';
comment on column oms_provider_conditions.condition is 'silent: tells nothing. late: tells everything later than usual. duplicating: tells things again as if they were new. unreliable: tells what is not so, and not all that is.';
comment on column oms_provider_conditions.starts_at is 'Since when, by the time of what happens and not of what is received.';
comment on column oms_provider_conditions.ends_at is 'Until when; null while it lasts.';
comment on column oms_provider_conditions.lag_seconds is 'Of a late one: by how many seconds at most; null where nobody knows.';
comment on column oms_provider_conditions.note is 'What was seen, as whoever noted it wrote it.';
comment on column oms_provider_conditions.is_automatic is 'Found by the system itself, which ends it too; false where a person noted it or took it over.';
comment on column oms_provider_conditions.created_by is 'Who noted it.';
comment on column oms_provider_conditions.created_at is 'When the row was made.';
comment on column oms_provider_conditions.updated_by is 'Who changed it last.';
comment on column oms_provider_conditions.updated_at is 'When the row last changed; kept by trigger.';

create table oms_provider_health (
  source_type text not null,
  measured_at timestamp with time zone not null,
  last_received_at timestamp with time zone,
  figures jsonb not null,
  found text[] default '{}'::text[] not null,
  overruled text[] default '{}'::text[] not null,
  constraint oms_provider_health_pkey PRIMARY KEY (source_type),
  constraint oms_provider_health_source_type_check CHECK ((source_type = ANY (ARRAY['scada'::text, 'onu'::text, 'kaifa'::text, 'call_center'::text])))
);
comment on table oms_provider_health is 'How each provider did when it was last looked at; written by the correlating process.';
comment on column oms_provider_health.source_type is 'The provider.';
comment on column oms_provider_health.measured_at is 'When it was looked at.';
comment on column oms_provider_health.last_received_at is 'When it was last heard, be it with something new, known, or set aside.';
comment on column oms_provider_health.figures is 'What was measured, and what is usual; as GET /api/providers gives it.';
comment on column oms_provider_health.found is 'Conditions that were found and lasted then.';
comment on column oms_provider_health.overruled is 'Conditions that were found and that somebody ended: not noted again until the provider has been well.';

create table oms_provider_hours (
  source_type text not null,
  hour timestamp with time zone not null,
  stored integer not null,
  duplicate integer not null,
  rejected integer not null,
  longest_silence_seconds integer not null,
  delays integer not null,
  median_delay_seconds double precision,
  constraint oms_provider_hours_pkey PRIMARY KEY (source_type, hour),
  constraint oms_provider_hours_longest_silence_seconds_check CHECK ((longest_silence_seconds >= 0)),
  constraint oms_provider_hours_source_type_check CHECK ((source_type = ANY (ARRAY['scada'::text, 'onu'::text, 'kaifa'::text, 'call_center'::text])))
);
comment on table oms_provider_hours is 'The hours of which a provider''s usual rhythm is learnt; kept for five weeks.';
comment on column oms_provider_hours.source_type is 'The provider.';
comment on column oms_provider_hours.hour is 'The hour''s beginning.';
comment on column oms_provider_hours.stored is 'Events that were new.';
comment on column oms_provider_hours.duplicate is 'Events that were known.';
comment on column oms_provider_hours.rejected is 'Messages and parts of messages that were set aside.';
comment on column oms_provider_hours.longest_silence_seconds is 'The longest time that it had been silent at any moment of the hour, which may have begun before.';
comment on column oms_provider_hours.delays is 'Pieces of evidence that the median is of.';
comment on column oms_provider_hours.median_delay_seconds is 'Median of receipt less the time of the event; null where there were none.';

create table oms_provider_minutes (
  source_type text not null,
  minute timestamp with time zone not null,
  session integer not null,
  stored integer default 0 not null,
  duplicate integer default 0 not null,
  rejected integer default 0 not null,
  first_received_at timestamp with time zone not null,
  last_received_at timestamp with time zone not null,
  constraint oms_provider_minutes_pkey PRIMARY KEY (source_type, minute, session),
  constraint oms_provider_minutes_source_type_check CHECK ((source_type = ANY (ARRAY['scada'::text, 'onu'::text, 'kaifa'::text, 'call_center'::text])))
) with (fillfactor=50);
comment on table oms_provider_minutes is 'What each provider sent, by the minute in which it was received; a row for each session that stored some. Kept for three days.';
comment on column oms_provider_minutes.source_type is 'The provider.';
comment on column oms_provider_minutes.minute is 'The minute''s beginning.';
comment on column oms_provider_minutes.session is 'Process id of the database session that counted.';
comment on column oms_provider_minutes.stored is 'Events that were new.';
comment on column oms_provider_minutes.duplicate is 'Events that were known.';
comment on column oms_provider_minutes.rejected is 'Messages and parts of messages that were set aside.';
comment on column oms_provider_minutes.first_received_at is 'Receipt of the first of them.';
comment on column oms_provider_minutes.last_received_at is 'Receipt of the last of them.';

create table oms_registry_revisions (
  only_row boolean default true not null,
  revision bigint default 0 not null,
  changed_at timestamp with time zone default now() not null,
  constraint oms_registry_revisions_pkey PRIMARY KEY (only_row),
  constraint oms_registry_revisions_only_row_check CHECK (only_row)
);
comment on table oms_registry_revisions is 'One row that counts changes of the registry, so that whoever holds the network in memory knows when to read it again.';
comment on column oms_registry_revisions.only_row is 'Always true: the table has one row.';
comment on column oms_registry_revisions.revision is 'Rises with each statement that changes the network, the meters'' place or their identities.';
comment on column oms_registry_revisions.changed_at is 'When it last rose.';

create table oms_source_positions (
  topic text not null,
  partition integer not null,
  topic_id uuid not null,
  next_offset bigint not null,
  restarts integer default 0 not null,
  passed_over bigint default 0 not null,
  updated_at timestamp with time zone default now() not null,
  constraint oms_source_positions_pkey PRIMARY KEY (topic, partition),
  constraint oms_source_positions_next_offset_check CHECK ((next_offset >= 0)),
  constraint oms_source_positions_partition_check CHECK ((partition >= 0)),
  constraint oms_source_positions_passed_over_check CHECK ((passed_over >= 0)),
  constraint oms_source_positions_restarts_check CHECK ((restarts >= 0)),
  constraint oms_source_positions_topic_check CHECK ((topic <> ''::text))
);
comment on table oms_source_positions is 'How far each partition of a Kafka topic has been taken in: the truth, whatever offsets the broker has.';
comment on column oms_source_positions.topic is 'Name of the topic.';
comment on column oms_source_positions.partition is 'Partition of the topic.';
comment on column oms_source_positions.topic_id is 'The broker''s own id of the topic: another one means that the topic was made anew. All zeros from brokers that give none.';
comment on column oms_source_positions.next_offset is 'Offset of the next message to take; it moves only in the transaction that writes the messages before it.';
comment on column oms_source_positions.restarts is 'How often reading began again at the partition''s oldest message, because the topic was made anew or the position was not there any more.';
comment on column oms_source_positions.passed_over is 'Messages that the broker had deleted before they were taken.';
comment on column oms_source_positions.updated_at is 'When the position last moved.';

create table oms_unmatched_identifiers (
  id bigint generated always as identity not null,
  source_type text not null,
  source_event_id bigint not null,
  identifier_kind text not null,
  identifier_value text not null,
  event_timestamp timestamp with time zone not null,
  first_seen_at timestamp with time zone default now() not null,
  matched_at timestamp with time zone,
  constraint oms_unmatched_identifiers_pkey PRIMARY KEY (id),
  constraint oms_unmatched_identifiers_source_type_source_event_id_ident_key UNIQUE (source_type, source_event_id, identifier_kind, identifier_value),
  constraint oms_unmatched_identifiers_identifier_kind_check CHECK ((identifier_kind = ANY (ARRAY['substation_id'::text, 'feeder_id'::text, 'onu_id'::text, 'meter_number'::text, 'asset_mrid'::text, 'usage_point_mrid'::text, 'phone'::text, 'address'::text]))),
  constraint oms_unmatched_identifiers_source_type_check CHECK ((source_type = ANY (ARRAY['scada'::text, 'onu'::text, 'kaifa'::text, 'call_center'::text])))
);
CREATE INDEX oms_unmatched_identifiers_open_idx ON oms_unmatched_identifiers USING btree (identifier_kind, identifier_value) WHERE (matched_at IS NULL);
comment on table oms_unmatched_identifiers is 'Identifiers of kept events that match nothing in the registry, and those that did later.';
comment on column oms_unmatched_identifiers.id is 'Internal key.';
comment on column oms_unmatched_identifiers.source_type is 'Provider.';
comment on column oms_unmatched_identifiers.source_event_id is 'Row of the provider''s event table.';
comment on column oms_unmatched_identifiers.identifier_kind is 'Which identifier.';
comment on column oms_unmatched_identifiers.identifier_value is 'Its value; a phone is reduced to its key.';
comment on column oms_unmatched_identifiers.event_timestamp is 'When the event happened.';
comment on column oms_unmatched_identifiers.first_seen_at is 'When it was found to match nothing.';
comment on column oms_unmatched_identifiers.matched_at is 'When the registry learnt it; null while it matches nothing.';

create table onu_event_meters (
  onu_event_id bigint not null,
  meter_id bigint not null,
  matched_by text not null,
  constraint onu_event_meters_pkey PRIMARY KEY (onu_event_id, meter_id),
  constraint onu_event_meters_matched_by_check CHECK ((matched_by = ANY (ARRAY['onu_id'::text, 'associated_meter'::text])))
);
comment on table onu_event_meters is 'Which meters an ONU event was applied to.';
comment on column onu_event_meters.onu_event_id is 'The ONU event.';
comment on column onu_event_meters.meter_id is 'The meter.';
comment on column onu_event_meters.matched_by is 'onu_id for a meter the registry has on the ONU, associated_meter for one only the message names.';

create table onu_events (
  id bigint generated always as identity not null,
  event_id text not null,
  onu_id bigint not null,
  event_type text not null,
  event_timestamp timestamp with time zone not null,
  onu_serial text,
  associated_meters text[],
  alarm_category text,
  alarm_type text,
  parcel_code text,
  nms_type text,
  latitude double precision,
  longitude double precision,
  status text not null,
  clock_suspect boolean default false not null,
  raw_payload json not null,
  received_at timestamp with time zone default now() not null,
  created_at timestamp with time zone default now() not null,
  constraint onu_events_pkey PRIMARY KEY (id),
  constraint onu_events_event_id_key UNIQUE (event_id),
  constraint onu_events_event_type_check CHECK ((event_type = ANY (ARRAY['ONU_LastGaspAlert'::text, 'ONU_PowerRestored'::text])))
);
CREATE INDEX onu_events_onu_idx ON onu_events USING btree (onu_id, event_timestamp DESC);
comment on table onu_events is 'Messages of fibre terminals: dying gasps and power back.';
comment on column onu_events.id is 'Internal key.';
comment on column onu_events.event_id is 'eventId as sent, else made from ONU, type and time: the identity.';
comment on column onu_events.onu_id is 'onuId as sent.';
comment on column onu_events.event_type is 'type as sent.';
comment on column onu_events.event_timestamp is 'When it happened, by the sender''s clock.';
comment on column onu_events.onu_serial is 'Serial as sent.';
comment on column onu_events.associated_meters is 'Meter numbers that the message names.';
comment on column onu_events.alarm_category is 'alarmData.category as sent.';
comment on column onu_events.alarm_type is 'alarmData.alarmType as sent.';
comment on column onu_events.parcel_code is 'alarmData.parcel as sent.';
comment on column onu_events.nms_type is 'nmsType as sent.';
comment on column onu_events.latitude is 'Latitude as sent, degrees.';
comment on column onu_events.longitude is 'Longitude as sent, degrees.';
comment on column onu_events.status is 'status as sent, else power_lost or power_restored.';
comment on column onu_events.clock_suspect is 'True where it is stamped more than ten minutes after it was received, or ten years before: it changes no state.';
comment on column onu_events.raw_payload is 'The message as it was taken.';
comment on column onu_events.received_at is 'When the message was received.';
comment on column onu_events.created_at is 'When the row was made.';

create table scada_event_affected_meters (
  scada_event_id bigint not null,
  meter_id bigint not null,
  meter_status text not null,
  power_status text not null,
  communication_status text not null,
  checked_at timestamp with time zone not null,
  constraint scada_event_affected_meters_pkey PRIMARY KEY (scada_event_id, meter_id),
  constraint scada_event_affected_meters_meter_status_check CHECK ((meter_status = ANY (ARRAY['offline'::text, 'online'::text, 'unknown'::text])))
);
comment on table scada_event_affected_meters is 'The state of each meter in a SCADA event''s scope when the event came.';
comment on column scada_event_affected_meters.scada_event_id is 'The SCADA event.';
comment on column scada_event_affected_meters.meter_id is 'The meter.';
comment on column scada_event_affected_meters.meter_status is 'offline, online or unknown, as oms_meter_state counts it.';
comment on column scada_event_affected_meters.power_status is 'Its reported supply at that time.';
comment on column scada_event_affected_meters.communication_status is 'Whether it could be heard at that time.';
comment on column scada_event_affected_meters.checked_at is 'When it was checked.';

create table scada_events (
  id bigint generated always as identity not null,
  event_type text not null,
  substation_id text not null,
  feeder_id text default ''::text not null,
  main_station_id text not null,
  alarm_type text not null,
  signal text not null,
  event_timestamp timestamp with time zone not null,
  voltage double precision not null,
  severity text,
  reason text,
  latitude double precision,
  longitude double precision,
  source text,
  network_substation_id bigint,
  network_feeder_id bigint,
  device_id bigint,
  affected_meter_count integer default 0 not null,
  total_meters integer default 0 not null,
  offline_meters integer default 0 not null,
  online_meters integer default 0 not null,
  unknown_meters integer default 0 not null,
  total_customers integer default 0 not null,
  meters_checked_at timestamp with time zone,
  outage_event_id bigint,
  clock_suspect boolean default false not null,
  raw_payload json not null,
  received_at timestamp with time zone default now() not null,
  created_at timestamp with time zone default now() not null,
  constraint scada_events_pkey PRIMARY KEY (id),
  constraint scada_events_substation_id_feeder_id_event_type_alarm_type__key UNIQUE (substation_id, feeder_id, event_type, alarm_type, event_timestamp),
  constraint scada_events_signal_check CHECK ((signal = ANY (ARRAY['switch_open'::text, 'switch_closed'::text, 'voltage_lost'::text, 'voltage_present'::text, 'other'::text]))),
  constraint scada_events_device_id_fkey FOREIGN KEY (device_id) REFERENCES network_devices(id) ON DELETE RESTRICT,
  constraint scada_events_network_feeder_id_fkey FOREIGN KEY (network_feeder_id) REFERENCES network_feeders(id) ON DELETE RESTRICT,
  constraint scada_events_network_substation_id_fkey FOREIGN KEY (network_substation_id) REFERENCES network_substations(id) ON DELETE RESTRICT,
  constraint scada_events_outage_event_id_fkey FOREIGN KEY (outage_event_id) REFERENCES oms_outage_events(id) ON DELETE SET NULL
);
CREATE INDEX scada_events_outage_idx ON scada_events USING btree (outage_event_id) WHERE (outage_event_id IS NOT NULL);
CREATE INDEX scada_events_timestamp_idx ON scada_events USING btree (event_timestamp DESC);
CREATE INDEX scada_events_without_meters_idx ON scada_events USING btree (id) WHERE (total_meters = 0);
comment on table scada_events is 'Messages of SCADA about substations and feeders; it names no meters.';
comment on column scada_events.id is 'Internal key.';
comment on column scada_events.event_type is 'eventType as sent.';
comment on column scada_events.substation_id is 'The provider''s own substation code, substationId as sent.';
comment on column scada_events.feeder_id is 'The provider''s own feeder code, feederId as sent; empty for an alarm about the whole substation.';
comment on column scada_events.main_station_id is 'mainStationId as sent.';
comment on column scada_events.alarm_type is 'alarmType as sent.';
comment on column scada_events.signal is 'What it says: switch_open, switch_closed, voltage_lost, voltage_present or other.';
comment on column scada_events.event_timestamp is 'When it happened, by SCADA''s clock.';
comment on column scada_events.voltage is 'Voltage as sent: volts or kilovolts, the sender''s choice.';
comment on column scada_events.severity is 'severity as sent.';
comment on column scada_events.reason is 'reason as sent.';
comment on column scada_events.latitude is 'Latitude as sent, degrees.';
comment on column scada_events.longitude is 'Longitude as sent, degrees.';
comment on column scada_events.source is 'Sender, from the header X-SCADA-Source.';
comment on column scada_events.network_substation_id is 'The substation of the registry; null while its code matches none.';
comment on column scada_events.network_feeder_id is 'The feeder of the registry; null where it names none or its code matches none.';
comment on column scada_events.device_id is 'The device it is evidence about: the feeder''s head breaker, or the substation as a whole.';
comment on column scada_events.affected_meter_count is 'Meters in its scope where it says that supply was lost, else 0.';
comment on column scada_events.total_meters is 'Active meters in its scope.';
comment on column scada_events.offline_meters is 'Of these, with power off or not to be heard.';
comment on column scada_events.online_meters is 'Of these, with power on and heard.';
comment on column scada_events.unknown_meters is 'The rest of these.';
comment on column scada_events.total_customers is 'Customers that the meters in its scope stand for.';
comment on column scada_events.meters_checked_at is 'When the meters of its scope were checked.';
comment on column scada_events.outage_event_id is 'The outage it belongs to.';
comment on column scada_events.clock_suspect is 'True where it is stamped more than ten minutes after it was received, or ten years before: it changes no state.';
comment on column scada_events.raw_payload is 'The message as it was taken.';
comment on column scada_events.received_at is 'When the message was received.';
comment on column scada_events.created_at is 'When the row was made.';

create view network_feeders_with_meters as
 SELECT f.id,
    f.feeder_id,
    f.name,
    f.status,
    f.substation_id AS substation_row_id,
    s.substation_id,
    s.name AS substation_name,
    f.location_lat,
    f.location_lng,
    n.total_meters,
    n.online_meters,
    n.offline_meters,
    n.unknown_meters,
    n.comm_offline_meters,
    n.inferred_off_meters,
    n.total_customers,
    ( SELECT count(*)::integer AS count
           FROM oms_transferred_meters x
          WHERE x.feeder_id = f.id AND x.normal_feeder_id IS DISTINCT FROM f.id AND x.status = 'active'::text) AS transferred_in_meters,
    ( SELECT count(*)::integer AS count
           FROM oms_transferred_meters x
          WHERE x.normal_feeder_id = f.id AND x.feeder_id IS DISTINCT FROM f.id AND x.status = 'active'::text) AS transferred_out_meters
   FROM network_feeders f
     JOIN network_substations s ON s.id = f.substation_id
     CROSS JOIN LATERAL ( SELECT count(*)::integer AS total_meters,
            count(*) FILTER (WHERE oms_meter_state(m.power_status, m.communication_status) = 'online'::text)::integer AS online_meters,
            count(*) FILTER (WHERE oms_meter_state(m.power_status, m.communication_status) = 'offline'::text)::integer AS offline_meters,
            count(*) FILTER (WHERE oms_meter_state(m.power_status, m.communication_status) = 'unknown'::text)::integer AS unknown_meters,
            count(*) FILTER (WHERE m.communication_status = 'offline'::text)::integer AS comm_offline_meters,
            count(o.meter_id)::integer AS inferred_off_meters,
            COALESCE(sum(m.customers), 0::bigint)::integer AS total_customers
           FROM oms_meters m
             LEFT JOIN oms_outage_meters o ON o.meter_id = m.id AND o.out_until IS NULL
          WHERE m.feeder_id = f.id AND m.status = 'active'::text) n;
comment on view network_feeders_with_meters is 'Each feeder with the counts of its active meters by state; online, offline and unknown add up to the total. Meters count where they normally belong; those fed through a tie from or to another feeder are counted beside.';
comment on column network_feeders_with_meters.id is 'Internal key.';
comment on column network_feeders_with_meters.feeder_id is 'The code that SCADA sends as feederId.';
comment on column network_feeders_with_meters.name is 'Name that operators use.';
comment on column network_feeders_with_meters.status is 'active, or inactive when taken out of service.';
comment on column network_feeders_with_meters.substation_row_id is 'Internal key of its substation.';
comment on column network_feeders_with_meters.substation_id is 'Code of its substation.';
comment on column network_feeders_with_meters.substation_name is 'Name of its substation.';
comment on column network_feeders_with_meters.location_lat is 'Latitude of the feeder''s head, WGS 84 degrees.';
comment on column network_feeders_with_meters.location_lng is 'Longitude of the feeder''s head, WGS 84 degrees.';
comment on column network_feeders_with_meters.total_meters is 'Active meters.';
comment on column network_feeders_with_meters.online_meters is 'Of these, with power on and heard.';
comment on column network_feeders_with_meters.offline_meters is 'Of these, with power off or not to be heard.';
comment on column network_feeders_with_meters.unknown_meters is 'The rest of these.';
comment on column network_feeders_with_meters.comm_offline_meters is 'Of all, not to be heard.';
comment on column network_feeders_with_meters.inferred_off_meters is 'Of all, in an open outage.';
comment on column network_feeders_with_meters.total_customers is 'Customers they stand for.';
comment on column network_feeders_with_meters.transferred_in_meters is 'Meters of other feeders that it feeds now through ties.';
comment on column network_feeders_with_meters.transferred_out_meters is 'Its own meters that another feeder feeds now through ties.';

create view network_substations_with_meters as
 SELECT s.id,
    s.substation_id,
    s.name,
    s.status,
    s.region_code,
    s.voltage_level,
    s.location_lat,
    s.location_lng,
    ( SELECT count(*)::integer AS count
           FROM network_feeders f
          WHERE f.substation_id = s.id) AS feeders,
    n.total_meters,
    n.online_meters,
    n.offline_meters,
    n.unknown_meters,
    n.comm_offline_meters,
    n.inferred_off_meters,
    n.total_customers
   FROM network_substations s
     CROSS JOIN LATERAL ( SELECT count(*)::integer AS total_meters,
            count(*) FILTER (WHERE oms_meter_state(m.power_status, m.communication_status) = 'online'::text)::integer AS online_meters,
            count(*) FILTER (WHERE oms_meter_state(m.power_status, m.communication_status) = 'offline'::text)::integer AS offline_meters,
            count(*) FILTER (WHERE oms_meter_state(m.power_status, m.communication_status) = 'unknown'::text)::integer AS unknown_meters,
            count(*) FILTER (WHERE m.communication_status = 'offline'::text)::integer AS comm_offline_meters,
            count(o.meter_id)::integer AS inferred_off_meters,
            COALESCE(sum(m.customers), 0::bigint)::integer AS total_customers
           FROM oms_meters m
             LEFT JOIN oms_outage_meters o ON o.meter_id = m.id AND o.out_until IS NULL
          WHERE m.substation_id = s.id AND m.status = 'active'::text) n;
comment on view network_substations_with_meters is 'Each substation with the counts of its active meters by state; online, offline and unknown add up to the total.';
comment on column network_substations_with_meters.id is 'Internal key.';
comment on column network_substations_with_meters.substation_id is 'The code that SCADA sends as substationId.';
comment on column network_substations_with_meters.name is 'Name that operators use.';
comment on column network_substations_with_meters.status is 'active, or inactive when taken out of service.';
comment on column network_substations_with_meters.region_code is 'The utility''s region.';
comment on column network_substations_with_meters.voltage_level is 'Nominal voltage, as the utility writes it.';
comment on column network_substations_with_meters.location_lat is 'Latitude, WGS 84 degrees.';
comment on column network_substations_with_meters.location_lng is 'Longitude, WGS 84 degrees.';
comment on column network_substations_with_meters.feeders is 'Feeders it has.';
comment on column network_substations_with_meters.total_meters is 'Active meters.';
comment on column network_substations_with_meters.online_meters is 'Of these, with power on and heard.';
comment on column network_substations_with_meters.offline_meters is 'Of these, with power off or not to be heard.';
comment on column network_substations_with_meters.unknown_meters is 'The rest of these.';
comment on column network_substations_with_meters.comm_offline_meters is 'Of all, not to be heard.';
comment on column network_substations_with_meters.inferred_off_meters is 'Of all, in an open outage.';
comment on column network_substations_with_meters.total_customers is 'Customers they stand for.';

create view oms_active_outages as
 SELECT o.id,
    o.event_id,
    o.event_type,
    o.status,
    o.severity,
    o.confidence_score,
    o.affected_customers_count,
    COALESCE(m.customers_out, 0::bigint)::integer AS customers_out_now,
    COALESCE(m.meters_out, 0::bigint)::integer AS meters_out_now,
    COALESCE(src.source_count, 0::bigint)::integer AS source_count,
    COALESCE(src.source_types, '{}'::text[]) AS source_types,
    o.device_id,
    d.device_id AS device_code,
    d.kind AS device_kind,
    o.substation_id,
    s.substation_id AS substation_code,
    s.name AS substation_name,
    o.feeder_id,
    f.feeder_id AS feeder_code,
    f.name AS feeder_name,
    o.dp_id,
    p.dp_id AS dp_code,
    p.name AS dp_name,
    o.root_cause,
    o.description,
    o.started_at,
    o.first_detected_at,
    o.last_updated_at,
    o.estimated_restoration_time,
    o.event_latitude,
    o.event_longitude,
    o.affected_area_geojson,
    o.planned
   FROM oms_outage_events o
     JOIN network_devices d ON d.id = o.device_id
     LEFT JOIN network_substations s ON s.id = o.substation_id
     LEFT JOIN network_feeders f ON f.id = o.feeder_id
     LEFT JOIN network_distribution_points p ON p.id = o.dp_id
     LEFT JOIN LATERAL ( SELECT count(*) AS source_count,
            array_agg(DISTINCT e.source_type ORDER BY e.source_type) AS source_types
           FROM oms_event_sources e
          WHERE e.outage_event_id = o.id) src ON true
     LEFT JOIN LATERAL ( SELECT sum(x.customers) AS customers_out,
            count(*) AS meters_out
           FROM oms_outage_meters x
          WHERE x.outage_event_id = o.id AND x.out_until IS NULL) m ON true
  WHERE oms_is_open(o.status)
  ORDER BY o.affected_customers_count DESC, o.started_at, o.id;
comment on view oms_active_outages is 'Outages that have not ended, largest first, with their place and what speaks for them.';
comment on column oms_active_outages.id is 'Internal key.';
comment on column oms_active_outages.event_id is 'Human id, made from device and start.';
comment on column oms_active_outages.event_type is 'What interrupted: substation_outage, feeder_outage, device_outage or service_outage.';
comment on column oms_active_outages.status is 'Life cycle: detected, confirmed, in_progress, partially_restored, restored or cancelled.';
comment on column oms_active_outages.severity is 'From the customers it interrupted.';
comment on column oms_active_outages.confidence_score is 'How sure it is, 0 to 1.';
comment on column oms_active_outages.affected_customers_count is 'Everyone it interrupted, in customers; stays after restoration.';
comment on column oms_active_outages.customers_out_now is 'Customers still out.';
comment on column oms_active_outages.meters_out_now is 'Meters still out.';
comment on column oms_active_outages.source_count is 'Provider events that speak for it.';
comment on column oms_active_outages.source_types is 'Their providers.';
comment on column oms_active_outages.device_id is 'The device that interrupted.';
comment on column oms_active_outages.device_code is 'Id of the device.';
comment on column oms_active_outages.device_kind is 'Kind of the device.';
comment on column oms_active_outages.substation_id is 'Its substation.';
comment on column oms_active_outages.substation_code is 'Code of the substation.';
comment on column oms_active_outages.substation_name is 'Name of the substation.';
comment on column oms_active_outages.feeder_id is 'Its feeder.';
comment on column oms_active_outages.feeder_code is 'Code of the feeder.';
comment on column oms_active_outages.feeder_name is 'Name of the feeder.';
comment on column oms_active_outages.dp_id is 'Its distribution point.';
comment on column oms_active_outages.dp_code is 'Id of the distribution point.';
comment on column oms_active_outages.dp_name is 'Name of the distribution point.';
comment on column oms_active_outages.root_cause is 'Cause, as far as it is known.';
comment on column oms_active_outages.description is 'Free text.';
comment on column oms_active_outages.started_at is 'When supply was lost, by event time.';
comment on column oms_active_outages.first_detected_at is 'When the first message that tells of it was received.';
comment on column oms_active_outages.last_updated_at is 'When the row last changed.';
comment on column oms_active_outages.estimated_restoration_time is 'ETR.';
comment on column oms_active_outages.event_latitude is 'Latitude, degrees.';
comment on column oms_active_outages.event_longitude is 'Longitude, degrees.';
comment on column oms_active_outages.affected_area_geojson is 'Area as GeoJSON.';
comment on column oms_active_outages.planned is 'Whether announced work explains it.';

create view oms_correlation_summary as
 SELECT o.id,
    o.event_id,
    o.status,
    o.confidence_score,
    o.affected_customers_count,
    count(e.id)::integer AS source_count,
    count(e.id) FILTER (WHERE e.source_type = 'scada'::text)::integer AS scada_events,
    count(e.id) FILTER (WHERE e.source_type = 'onu'::text)::integer AS onu_events,
    count(e.id) FILTER (WHERE e.source_type = 'kaifa'::text)::integer AS kaifa_events,
    count(e.id) FILTER (WHERE e.source_type = 'call_center'::text)::integer AS call_center_events,
    min(e.event_timestamp) AS first_event_at,
    max(e.event_timestamp) AS last_event_at,
    o.started_at,
    o.first_detected_at,
    o.actual_restoration_time,
    r.event_id AS replaced_by
   FROM oms_outage_events o
     LEFT JOIN oms_event_sources e ON e.outage_event_id = o.id
     LEFT JOIN oms_outage_events r ON r.id = o.replaced_by
  GROUP BY o.id, r.event_id
  ORDER BY o.started_at DESC, o.id DESC;
comment on view oms_correlation_summary is 'Every outage with how many events of each provider were correlated to it.';
comment on column oms_correlation_summary.id is 'Internal key.';
comment on column oms_correlation_summary.event_id is 'Human id, made from device and start.';
comment on column oms_correlation_summary.status is 'Life cycle: detected, confirmed, in_progress, partially_restored, restored or cancelled.';
comment on column oms_correlation_summary.confidence_score is 'How sure it is, 0 to 1.';
comment on column oms_correlation_summary.affected_customers_count is 'Everyone it interrupted, in customers; stays after restoration.';
comment on column oms_correlation_summary.source_count is 'Provider events that speak for it.';
comment on column oms_correlation_summary.scada_events is 'Of these, of SCADA.';
comment on column oms_correlation_summary.onu_events is 'Of these, of fibre terminals.';
comment on column oms_correlation_summary.kaifa_events is 'Of these, of the meter head-end.';
comment on column oms_correlation_summary.call_center_events is 'Of these, calls.';
comment on column oms_correlation_summary.first_event_at is 'Event time of the first.';
comment on column oms_correlation_summary.last_event_at is 'Event time of the last.';
comment on column oms_correlation_summary.started_at is 'When supply was lost, by event time.';
comment on column oms_correlation_summary.first_detected_at is 'When the first message that tells of it was received.';
comment on column oms_correlation_summary.actual_restoration_time is 'When supply was back.';
comment on column oms_correlation_summary.replaced_by is 'Human id of the outage that replaced it.';

create view oms_hazard_calls as
 SELECT t.id,
    t.ticket_id,
    t.status,
    t.call_kind,
    t.event_timestamp,
    t.notes,
    t.meter_number,
    t.meter_id,
    t.matched_by,
    t.outage_event_id,
    o.event_id AS outage_code,
    s.name AS substation_name,
    f.name AS feeder_name
   FROM callcenter_tickets t
     LEFT JOIN oms_meters m ON m.id = t.meter_id
     LEFT JOIN network_substations s ON s.id = m.substation_id
     LEFT JOIN network_feeders f ON f.id = m.feeder_id
     LEFT JOIN oms_outage_events o ON o.id = t.outage_event_id
  WHERE (t.call_kind = ANY (ARRAY['hazard'::text, 'partial_supply'::text])) AND t.status <> 'Restored'::text
  ORDER BY (t.call_kind = 'hazard'::text) DESC, t.event_timestamp DESC;
comment on view oms_hazard_calls is 'Calls that report a danger, then those with partial supply, newest first: shown before everything else.';
comment on column oms_hazard_calls.id is 'Internal key.';
comment on column oms_hazard_calls.ticket_id is 'ticketId as sent: the identity.';
comment on column oms_hazard_calls.status is 'Status of the newest message.';
comment on column oms_hazard_calls.call_kind is 'no_supply, hazard, partial_supply or other; only no_supply is evidence of an outage.';
comment on column oms_hazard_calls.event_timestamp is 'When the call came: the earliest time of its messages.';
comment on column oms_hazard_calls.notes is 'Personal data: what the caller said.';
comment on column oms_hazard_calls.meter_number is 'Meter number the caller gave.';
comment on column oms_hazard_calls.meter_id is 'The meter the call belongs to; null while nothing matches.';
comment on column oms_hazard_calls.matched_by is 'What found the meter: meter_number, phone or address.';
comment on column oms_hazard_calls.outage_event_id is 'The outage it belongs to.';
comment on column oms_hazard_calls.outage_code is 'Human id of the outage it belongs to.';
comment on column oms_hazard_calls.substation_name is 'Substation of its meter.';
comment on column oms_hazard_calls.feeder_name is 'Feeder of its meter.';

create view oms_meters_with_topology as
 SELECT m.id,
    m.meter_number,
    m.meter_type,
    m.status,
    m.power_status,
    m.power_reported_at,
    m.last_power_change,
    m.communication_status,
    m.last_communication,
    m.last_status_change,
        CASE
            WHEN o.outage_event_id IS NOT NULL THEN 'off'::text
            ELSE NULL::text
        END AS inferred_power_status,
    o.outage_event_id,
    m.customer_id,
    c.customer_id AS customer_code,
    m.customers,
    m.priority,
    m.substation_id,
    s.substation_id AS substation_code,
    s.name AS substation_name,
    m.feeder_id,
    f.feeder_id AS feeder_code,
    f.name AS feeder_name,
    m.device_id,
    d.device_id AS device_code,
    d.kind AS device_kind,
    m.dp_id,
    p.dp_id AS dp_code,
    p.name AS dp_name,
    l.circuit_path,
    m.above_feeder_head,
    m.link_source,
    m.link_distance_m,
    m.building_id,
    m.location_lat,
    m.location_lng,
    m.phases,
    m.cell,
    m.asset_mrid,
    m.usage_point_mrid,
    m.onu_id,
    m.onu_serial_no,
    m.created_at,
    m.updated_at,
    tf.feeder_id AS fed_feeder_code,
    ts.substation_id AS fed_substation_code,
    tt.device_id AS fed_through,
    x.since AS fed_since
   FROM oms_meters m
     LEFT JOIN oms_customers c ON c.id = m.customer_id
     LEFT JOIN network_substations s ON s.id = m.substation_id
     LEFT JOIN network_feeders f ON f.id = m.feeder_id
     LEFT JOIN network_devices d ON d.id = m.device_id
     LEFT JOIN network_distribution_points p ON p.id = m.dp_id
     LEFT JOIN network_feeder_meters l ON l.meter_id = m.id AND l.feeder_id = m.feeder_id
     LEFT JOIN network_devices h ON m.device_id IS NULL AND h.feeder_id = m.feeder_id AND h.is_feeder_head
     LEFT JOIN network_transfers x ON x.device_id = COALESCE(m.device_id,
        CASE
            WHEN m.above_feeder_head THEN h.upstream_id
            ELSE h.id
        END)
     LEFT JOIN network_feeders tf ON tf.id = x.feeder_id
     LEFT JOIN network_substations ts ON ts.id = x.substation_id
     LEFT JOIN network_devices tt ON tt.id = x.tie_id
     LEFT JOIN oms_outage_meters o ON o.meter_id = m.id AND o.out_until IS NULL;
comment on view oms_meters_with_topology is 'Each meter with its place in the network, what was reported of it, and beside that what the open outage it belongs to says of it. Feeder and substation are the normal ones; the fed_ columns tell what feeds it through a tie now, and are null where nothing does.';
comment on column oms_meters_with_topology.id is 'Internal key.';
comment on column oms_meters_with_topology.meter_number is 'The number printed on the meter.';
comment on column oms_meters_with_topology.meter_type is 'Make or kind, as the utility writes it.';
comment on column oms_meters_with_topology.status is 'active, or retired when it was exchanged or taken out.';
comment on column oms_meters_with_topology.power_status is 'Newest reported supply: on, off or unknown.';
comment on column oms_meters_with_topology.power_reported_at is 'Event time of the newest report of its supply.';
comment on column oms_meters_with_topology.last_power_change is 'Event time since which power_status holds.';
comment on column oms_meters_with_topology.communication_status is 'Whether it can be heard: online, offline or unknown. Silence makes it offline, never off.';
comment on column oms_meters_with_topology.last_communication is 'Event time of the newest message from it or from its ONU.';
comment on column oms_meters_with_topology.last_status_change is 'Event time since which communication_status holds.';
comment on column oms_meters_with_topology.inferred_power_status is 'off where the meter is in an open outage, whatever it reported; else null: nothing is inferred.';
comment on column oms_meters_with_topology.outage_event_id is 'The open outage it is in.';
comment on column oms_meters_with_topology.customer_id is 'The customer it serves.';
comment on column oms_meters_with_topology.customer_code is 'The utility''s customer number.';
comment on column oms_meters_with_topology.customers is 'Customers it stands for; more than one for a common service.';
comment on column oms_meters_with_topology.priority is 'Priority of its service: 1 critical to 4 low.';
comment on column oms_meters_with_topology.substation_id is 'The substation that normally feeds it.';
comment on column oms_meters_with_topology.substation_code is 'Code of the substation.';
comment on column oms_meters_with_topology.substation_name is 'Name of the substation.';
comment on column oms_meters_with_topology.feeder_id is 'The feeder that normally feeds it.';
comment on column oms_meters_with_topology.feeder_code is 'Code of the feeder.';
comment on column oms_meters_with_topology.feeder_name is 'Name of the feeder.';
comment on column oms_meters_with_topology.device_id is 'The nearest device upstream of it.';
comment on column oms_meters_with_topology.device_code is 'Id of the nearest device upstream.';
comment on column oms_meters_with_topology.device_kind is 'Kind of that device.';
comment on column oms_meters_with_topology.dp_id is 'The distribution point it is connected at.';
comment on column oms_meters_with_topology.dp_code is 'Id of the distribution point.';
comment on column oms_meters_with_topology.dp_name is 'Name of the distribution point.';
comment on column oms_meters_with_topology.circuit_path is 'Devices from the feeder''s head to the meter.';
comment on column oms_meters_with_topology.above_feeder_head is 'True where it is fed from before its feeder''s head breaker: a feeder trip does not concern it.';
comment on column oms_meters_with_topology.link_source is 'How its place in the network is known: explicit data, its building, the nearest distribution point, or not at all.';
comment on column oms_meters_with_topology.link_distance_m is 'Distance in metres to the distribution point it was linked to by proximity.';
comment on column oms_meters_with_topology.building_id is 'The building it stands in.';
comment on column oms_meters_with_topology.location_lat is 'Latitude, WGS 84 degrees.';
comment on column oms_meters_with_topology.location_lng is 'Longitude, WGS 84 degrees.';
comment on column oms_meters_with_topology.phases is 'Phases it is connected to.';
comment on column oms_meters_with_topology.cell is 'The radio cell, concentrator or access point its messages come through.';
comment on column oms_meters_with_topology.asset_mrid is 'The head-end''s Assets/mRID.';
comment on column oms_meters_with_topology.usage_point_mrid is 'The head-end''s UsagePoint/mRID.';
comment on column oms_meters_with_topology.onu_id is 'Number of the fibre terminal in its building.';
comment on column oms_meters_with_topology.onu_serial_no is 'Serial of that fibre terminal.';
comment on column oms_meters_with_topology.created_at is 'When the row was made.';
comment on column oms_meters_with_topology.updated_at is 'When the row last changed; kept by trigger.';
comment on column oms_meters_with_topology.fed_feeder_code is 'Code of the feeder that feeds it now through a tie; null where it is fed the normal way.';
comment on column oms_meters_with_topology.fed_substation_code is 'Code of the substation that feeds it now through a tie.';
comment on column oms_meters_with_topology.fed_through is 'Id of the tie.';
comment on column oms_meters_with_topology.fed_since is 'Since when.';

create view oms_transferred_meters as
 SELECT m.id AS meter_id,
    m.meter_number,
    m.customers,
    m.status,
    m.feeder_id AS normal_feeder_id,
    t.feeder_id,
    t.substation_id,
    t.tie_id,
    t.since
   FROM network_transfers t
     JOIN oms_meters m ON m.device_id = t.device_id
UNION ALL
 SELECT m.id AS meter_id,
    m.meter_number,
    m.customers,
    m.status,
    m.feeder_id AS normal_feeder_id,
    t.feeder_id,
    t.substation_id,
    t.tie_id,
    t.since
   FROM network_transfers t
     JOIN network_devices h ON h.is_feeder_head AND t.device_id = h.id
     JOIN oms_meters m ON m.feeder_id = h.feeder_id AND m.device_id IS NULL AND NOT m.above_feeder_head
UNION ALL
 SELECT m.id AS meter_id,
    m.meter_number,
    m.customers,
    m.status,
    m.feeder_id AS normal_feeder_id,
    t.feeder_id,
    t.substation_id,
    t.tie_id,
    t.since
   FROM network_transfers t
     JOIN network_devices h ON h.is_feeder_head AND t.device_id = h.upstream_id
     JOIN oms_meters m ON m.feeder_id = h.feeder_id AND m.device_id IS NULL AND m.above_feeder_head;
comment on view oms_transferred_meters is 'Meters that are fed through a tie now, with the feeder and substation that feed them; whoever is not here is fed the normal way.';
comment on column oms_transferred_meters.meter_id is 'Internal key of the meter.';
comment on column oms_transferred_meters.meter_number is 'The number printed on the meter.';
comment on column oms_transferred_meters.customers is 'Customers it stands for.';
comment on column oms_transferred_meters.status is 'Whether the registry counts it: active or not.';
comment on column oms_transferred_meters.normal_feeder_id is 'The feeder that feeds it in the normal state.';
comment on column oms_transferred_meters.feeder_id is 'The feeder that feeds it now.';
comment on column oms_transferred_meters.substation_id is 'The substation that feeds it now.';
comment on column oms_transferred_meters.tie_id is 'The tie through which it is fed.';
comment on column oms_transferred_meters.since is 'Since when.';

CREATE OR REPLACE FUNCTION announce_planned_work(work_id text, device_id text, starts_at timestamp with time zone, ends_at timestamp with time zone, description text DEFAULT NULL::text, announced_by text DEFAULT NULL::text)
 RETURNS bigint
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
declare
  v_device network_devices;
  v_known oms_planned_work;
  v_by text := coalesce(nullif(trim(announce_planned_work.announced_by), ''), session_user);
  v_work text := nullif(trim(announce_planned_work.work_id), '');
  v_text text := nullif(trim(announce_planned_work.description), '');
  v_id bigint;
begin
  if v_work is null then
    raise exception 'work_id: required' using errcode = 'LGINV';
  elsif length(v_work) > 100 then
    raise exception 'work_id: must have at most 100 characters' using errcode = 'LGINV';
  end if;
  if announce_planned_work.device_id is null or announce_planned_work.device_id = '' then
    raise exception 'device_id: required' using errcode = 'LGINV';
  end if;
  perform require_work_times(announce_planned_work.starts_at, announce_planned_work.ends_at);
  v_id := device_named(announce_planned_work.device_id);
  select d.* into v_device from network_devices d where d.id = v_id;
  if v_device.id is null then
    raise exception 'device_id: no device, feeder or substation % in the registry', announce_planned_work.device_id using errcode = 'LGNTF';
  elsif v_device.kind = 'line' then
    raise exception 'device_id: % is a line, which opens nothing; name the device that is opened for the work',
      announce_planned_work.device_id using errcode = 'LGINV';
  elsif v_device.normally_open then
    raise exception 'device_id: % is normally open, so that nobody loses supply by it', announce_planned_work.device_id
      using errcode = 'LGINV';
  end if;

  insert into oms_planned_work (work_id, device_id, starts_at, ends_at, description, created_by, updated_by)
  values (v_work, v_device.id, announce_planned_work.starts_at, announce_planned_work.ends_at, v_text, v_by, v_by)
  on conflict do nothing
  returning oms_planned_work.id into v_id;
  if v_id is not null then
    return v_id;
  end if;
  select w.* into v_known from oms_planned_work w where w.work_id = v_work;
  if (v_known.device_id, v_known.starts_at, v_known.ends_at, v_known.status, v_known.description)
    is distinct from (v_device.id, announce_planned_work.starts_at, announce_planned_work.ends_at, 'planned', v_text) then
    raise exception 'work_id: % is announced already, and otherwise; change_planned_work changes it', v_work using errcode = 'LGINV';
  end if;
  return v_known.id;
end
$function$;
comment on function announce_planned_work(text,text,timestamp with time zone,timestamp with time zone,text,text) is 'Announces work for which a device is opened: its own number, the device''s id, from when to when, what is done, who says so. Gives the row''s id.';

CREATE OR REPLACE FUNCTION apply_meter_reports(source_type text, source_event_ids bigint[], meter_ids bigint[], kinds text[], event_ats timestamp with time zone[], received_ats timestamp with time zone[], source_refs text[] DEFAULT NULL::text[], metadata jsonb DEFAULT NULL::jsonb)
 RETURNS integer
 LANGUAGE plpgsql
 SET enable_seqscan TO 'off'
AS $function$
declare
  v_rank_good constant smallint := oms_report_rank(apply_meter_reports.source_type, 'power_on');
  v_rank_bad constant smallint := oms_report_rank(apply_meter_reports.source_type, 'power_off');
  -- How far a report of this source is believed by itself (start values of the policy).
  v_confidence constant numeric(5, 4) := case apply_meter_reports.source_type when 'system' then 1 when 'scada' then 0.99
    when 'kaifa' then 0.95 when 'onu' then 0.8 else 0.5 end;
  v_reports integer;
  v_late_meters bigint[];
  v_late_kinds text[];
  v_late_ats timestamptz[];
begin
  with met as (
    select r.*, l.substation_id, l.power_status, l.communication_status,
      not r.suspect and r.tells_power and (l.power_reported_at is null
        or (r.event_at, r.rank) > (l.power_reported_at, l.power_reported_rank)) as newer_power,
      not r.suspect and r.tells_word and (l.last_communication is null
        or (r.event_at, r.rank) > (l.last_communication, l.last_communication_rank)) as newer_word
    from (
      select u.*, u.kind in ('power_on', 'power_off') as tells_power, u.kind <> 'phase_voltage' as tells_word,
        u.kind in ('power_on', 'heard') as is_good,
        case when u.kind in ('power_off', 'not_heard') then v_rank_bad else v_rank_good end as rank,
        oms_clock_suspect(u.event_at, u.received_at) as suspect
      from unnest(apply_meter_reports.source_event_ids, apply_meter_reports.meter_ids, apply_meter_reports.kinds,
        apply_meter_reports.event_ats, apply_meter_reports.received_ats, apply_meter_reports.source_refs)
        with ordinality as u (source_event_id, meter_id, kind, event_at, received_at, source_ref, ord)
    ) r
    join (
      select m.id, m.substation_id, m.power_status, m.power_reported_at, m.power_reported_rank,
        m.communication_status, m.last_communication, m.last_communication_rank
      from oms_meters m
      where m.id = any (apply_meter_reports.meter_ids)
      order by m.id
      for no key update
    ) l on l.id = r.meter_id
  ), placed as (
    -- What the batch told before: the last instants of each state that beat the registry's, and those of any report of supply.
    select r.*,
      max(r.event_at) filter (where r.newer_power and r.is_good) over earlier as on_at,
      max(r.event_at) filter (where r.newer_power and not r.is_good) over earlier as off_at,
      max(r.event_at) filter (where r.newer_word and r.is_good) over earlier as online_at,
      max(r.event_at) filter (where r.newer_word and not r.is_good) over earlier as offline_at,
      max(r.event_at) filter (where r.tells_power and r.is_good) over earlier as told_on_at,
      max(r.event_at) filter (where r.tells_power and not r.is_good) over earlier as told_off_at
    from met r
    window earlier as (partition by r.meter_id order by r.event_at, r.rank, r.ord rows between unbounded preceding and 1 preceding)
  ), judged as materialized (
    -- On and online rank above off and offline of the same instant; of the same told twice the first counts.
    select p.ord, p.source_event_id, p.meter_id, p.kind, p.event_at, p.received_at, p.source_ref, p.substation_id,
      p.tells_power, p.tells_word, p.is_good, p.rank, p.suspect,
      case when not p.tells_power then null when p.is_good then 'on' else 'off' end as power,
      case when p.is_good then 'online' else 'offline' end as word,
      p.newer_power and p.event_at is distinct from case when p.is_good then p.on_at else p.off_at end as newer_power,
      p.newer_word and p.event_at is distinct from case when p.is_good then p.online_at else p.offline_at end as newer_word,
      case when p.on_at >= p.off_at then 'on' when p.off_at is not null then 'off' when p.on_at is not null then 'on'
        else p.power_status end as power_before,
      case when p.online_at >= p.offline_at then 'online' when p.offline_at is not null then 'offline'
        when p.online_at is not null then 'online' else p.communication_status end as word_before,
      greatest(p.told_on_at, p.told_off_at) as told_at,
      case when p.told_on_at >= p.told_off_at then 'on' when p.told_off_at is not null then 'off'
        when p.told_on_at is not null then 'on' end as told
    from placed p
    order by p.meter_id, p.event_at, p.rank, p.ord
  ), moved as (
    update oms_meters m
    set power_status = coalesce(s.power, m.power_status),
      power_reported_at = coalesce(s.power_at, m.power_reported_at),
      power_reported_rank = coalesce(s.power_rank, m.power_reported_rank),
      last_power_change = coalesce(s.power_change_at, m.last_power_change),
      communication_status = coalesce(s.word, m.communication_status),
      last_communication = coalesce(s.word_at, m.last_communication),
      last_communication_rank = coalesce(s.word_rank, m.last_communication_rank),
      last_status_change = coalesce(s.word_change_at, m.last_status_change),
      updated_at = now()
    from (
      select t.meter_id, t.power_at, t.power_change_at, t.word_at, t.word_change_at,
        case when t.on_at = t.power_at then 'on' when t.power_at is not null then 'off' end as power,
        case when t.on_at = t.power_at then v_rank_good when t.power_at is not null then v_rank_bad end as power_rank,
        case when t.online_at = t.word_at then 'online' when t.word_at is not null then 'offline' end as word,
        case when t.online_at = t.word_at then v_rank_good when t.word_at is not null then v_rank_bad end as word_rank
      from (
        select j.meter_id,
          max(j.event_at) filter (where j.newer_power) as power_at,
          max(j.event_at) filter (where j.newer_power and j.is_good) as on_at,
          max(j.event_at) filter (where j.newer_power and j.power <> j.power_before) as power_change_at,
          max(j.event_at) filter (where j.newer_word) as word_at,
          max(j.event_at) filter (where j.newer_word and j.is_good) as online_at,
          max(j.event_at) filter (where j.newer_word and j.word <> j.word_before) as word_change_at
        from judged j
        where j.newer_power or j.newer_word
        group by j.meter_id
      ) t
    ) s
    where m.id = s.meter_id
  ), audited as (
    insert into oms_meter_status_events (meter_id, event_type, source_type, source_event_id, previous_status, new_status,
      event_timestamp, applied, confidence_score, metadata, received_at)
    select j.meter_id,
      case when j.tells_power then j.kind when j.is_good then 'communication_restored' else 'communication_lost' end,
      apply_meter_reports.source_type, coalesce(j.source_ref, j.source_event_id::text),
      case when j.newer_power then j.power_before
        -- Too late to change the state: the trail gets it, beside the state that held at its own time.
        when j.tells_power then coalesce((
          select e.new_status from oms_meter_status_events e
          where e.meter_id = j.meter_id and e.event_timestamp <= j.event_at and e.event_type in ('power_on', 'power_off')
            and (j.told_at is null or e.event_timestamp > j.told_at)
          order by e.event_timestamp desc, e.id desc limit 1), j.told, 'unknown')
        else j.word_before end,
      coalesce(j.power, j.word), j.event_at, j.newer_power or not j.tells_power,
      case when j.suspect then 0.1::numeric(5, 4) else v_confidence end,
      case when j.suspect then coalesce(apply_meter_reports.metadata, '{}') || '{"clock_suspect": true}'
        else apply_meter_reports.metadata end,
      j.received_at
    from judged j
    where j.tells_power or (j.newer_word and j.word <> j.word_before)
    order by j.meter_id, j.event_at, j.rank, j.ord
  ), believed as (
    insert into oms_evidence (kind, source_type, source_event_id, meter_id, substation_id, event_at, received_at, clock_suspect)
    select j.kind, apply_meter_reports.source_type, j.source_event_id, j.meter_id, j.substation_id, j.event_at, j.received_at,
      j.suspect
    from judged j
    order by j.meter_id, j.event_at, j.rank, j.ord
  )
  select count(*), array_agg(j.meter_id) filter (where j.is_late), array_agg(j.kind) filter (where j.is_late),
    array_agg(j.event_at) filter (where j.is_late)
  into v_reports, v_late_meters, v_late_kinds, v_late_ats
  from (
    select j.meter_id, j.kind, j.event_at, not j.suspect and j.tells_word
      and (not j.newer_word or (j.tells_power and not j.newer_power)) as is_late
    from judged j
  ) j;

  if v_late_meters is not null then
    perform settle_status_changes(v_late_meters, v_late_kinds, v_late_ats);
  end if;
  if v_reports > 0 then
    perform pg_notify('lastgasp_evidence', '');
  end if;
  return v_reports;
end
$function$;
comment on function apply_meter_reports(text,bigint[],bigint[],text[],timestamp with time zone[],timestamp with time zone[],text[],jsonb) is 'Applies reports of meters to the registry, the audit trail and the evidence log, one array element a report; gives how many it took.';

CREATE OR REPLACE FUNCTION change_planned_work(work_id text, starts_at timestamp with time zone DEFAULT NULL::timestamp with time zone, ends_at timestamp with time zone DEFAULT NULL::timestamp with time zone, description text DEFAULT NULL::text, status text DEFAULT NULL::text, changed_by text DEFAULT NULL::text)
 RETURNS boolean
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
declare
  v_known oms_planned_work;
  v_new oms_planned_work;
begin
  select w.* into v_known from oms_planned_work w where w.work_id = trim(change_planned_work.work_id) for update;
  if v_known.id is null then
    raise exception 'work_id: no work % was announced', coalesce(change_planned_work.work_id, 'null') using errcode = 'LGNTF';
  end if;
  if change_planned_work.status not in ('planned', 'cancelled') then
    raise exception 'status: must be planned or cancelled, got %', change_planned_work.status using errcode = 'LGINV';
  end if;
  v_new := v_known;
  v_new.starts_at := coalesce(change_planned_work.starts_at, v_known.starts_at);
  v_new.ends_at := coalesce(change_planned_work.ends_at, v_known.ends_at);
  v_new.description := coalesce(nullif(trim(change_planned_work.description), ''), v_known.description);
  v_new.status := coalesce(change_planned_work.status, v_known.status);
  perform require_work_times(v_new.starts_at, v_new.ends_at);
  if v_new is not distinct from v_known then
    return false;
  end if;
  update oms_planned_work w
  set starts_at = v_new.starts_at, ends_at = v_new.ends_at, description = v_new.description, status = v_new.status,
    updated_by = coalesce(nullif(trim(change_planned_work.changed_by), ''), session_user)
  where w.id = v_known.id;
  return true;
end
$function$;
comment on function change_planned_work(text,timestamp with time zone,timestamp with time zone,text,text,text) is 'Moves, describes or cancels announced work, or takes its cancelling back: its number, and what is to be other than it was. True where that changed anything.';

CREATE OR REPLACE FUNCTION check_scada_event_meters(event_ids bigint[])
 RETURNS void
 LANGUAGE sql
 SET enable_seqscan TO 'off'
AS $function$
  with events as materialized (
    select e.id, e.network_feeder_id, e.network_substation_id, e.signal
    from scada_events e
    where e.id = any (check_scada_event_meters.event_ids) and e.signal <> 'other' and e.meters_checked_at is null
  ), transferred as materialized (
    select x.meter_id, x.feeder_id, x.substation_id
    from oms_transferred_meters x
    where (select exists (select from network_transfers)) and x.status = 'active'
  ), found as materialized (
    select e.id, m.id as meter_id, m.customers, m.power_status, m.communication_status,
      oms_meter_state(m.power_status, m.communication_status) as meter_status
    from events e
    join oms_meters m on m.feeder_id = e.network_feeder_id and not m.above_feeder_head and m.status = 'active'
    where not exists (select from transferred t where t.meter_id = m.id)
    union all
    select e.id, m.id, m.customers, m.power_status, m.communication_status, oms_meter_state(m.power_status, m.communication_status)
    from events e
    join oms_meters m on m.substation_id = e.network_substation_id and m.status = 'active'
    where e.network_feeder_id is null and not exists (select from transferred t where t.meter_id = m.id)
    union all
    select e.id, m.id, m.customers, m.power_status, m.communication_status, oms_meter_state(m.power_status, m.communication_status)
    from events e
    join transferred t on case when e.network_feeder_id is null then t.substation_id = e.network_substation_id
      else t.feeder_id = e.network_feeder_id end
    join oms_meters m on m.id = t.meter_id
  ), recorded as (
    insert into scada_event_affected_meters (scada_event_id, meter_id, meter_status, power_status, communication_status, checked_at)
    select f.id, f.meter_id, f.meter_status, f.power_status, f.communication_status, now()
    from found f
    on conflict do nothing
  ), counted as (
    select f.id, count(*)::integer as total, sum(f.customers)::integer as customers,
      count(*) filter (where f.meter_status = 'offline')::integer as offline,
      count(*) filter (where f.meter_status = 'online')::integer as online,
      count(*) filter (where f.meter_status = 'unknown')::integer as unknown
    from found f
    group by f.id
  )
  update scada_events e
  set total_meters = coalesce(c.total, 0),
    offline_meters = coalesce(c.offline, 0),
    online_meters = coalesce(c.online, 0),
    unknown_meters = coalesce(c.unknown, 0),
    total_customers = coalesce(c.customers, 0),
    affected_meter_count = case when v.signal in ('switch_open', 'voltage_lost') then coalesce(c.total, 0) else 0 end,
    meters_checked_at = now()
  from events v
  left join counted c on c.id = v.id
  where e.id = v.id
$function$;
comment on function check_scada_event_meters(bigint[]) is 'Checks the meters of the scope of each of these SCADA events and writes down the state found.';

CREATE OR REPLACE FUNCTION count_provider_messages(source_type text, received_ats timestamp with time zone[], stored_ats timestamp with time zone[], rejected_ats timestamp with time zone[] DEFAULT NULL::timestamp with time zone[])
 RETURNS void
 LANGUAGE sql
AS $function$
  insert into oms_provider_minutes as m (source_type, minute, session, stored, duplicate, rejected, first_received_at, last_received_at)
  select count_provider_messages.source_type, date_bin('1 minute', c.at, 'epoch'), pg_backend_pid(),
    count(*) filter (where c.what = 'stored'),
    count(*) filter (where c.what = 'received') - count(*) filter (where c.what = 'stored'),
    count(*) filter (where c.what = 'rejected'), min(c.at), max(c.at)
  from (
    select 'received' as what, r.at from unnest(count_provider_messages.received_ats) as r (at)
    union all select 'stored', s.at from unnest(count_provider_messages.stored_ats) as s (at)
    union all select 'rejected', x.at from unnest(count_provider_messages.rejected_ats) as x (at)
  ) c
  group by 2
  on conflict (source_type, minute, session) do update
    set stored = m.stored + excluded.stored, duplicate = m.duplicate + excluded.duplicate, rejected = m.rejected + excluded.rejected,
      first_received_at = least(m.first_received_at, excluded.first_received_at),
      last_received_at = greatest(m.last_received_at, excluded.last_received_at)
$function$;
comment on function count_provider_messages(text,timestamp with time zone[],timestamp with time zone[],timestamp with time zone[]) is 'Counts what a provider sent, by the minute of its receipt: the receipts of a batch that was taken, of those in it that were new, and of what was set aside.';

CREATE OR REPLACE FUNCTION device_named(code text)
 RETURNS bigint
 LANGUAGE plpgsql
AS $function$
declare
  v_device_id bigint := (select d.id from network_devices d where d.device_id = device_named.code);
  v_feeder network_feeders;
  v_substation_id bigint;
begin
  if v_device_id is not null then
    return v_device_id;
  end if;
  select f.* into v_feeder from network_feeders f where f.feeder_id = device_named.code;
  v_substation_id := coalesce(v_feeder.substation_id, (select s.id from network_substations s where s.substation_id = device_named.code));
  if v_substation_id is null then
    return null;
  end if;
  perform imply_devices(
    array(select v_substation_id
      where not exists (select from network_devices d where d.substation_id = v_substation_id and d.kind = 'substation')),
    array(select v_feeder.id
      where v_feeder.id is not null and not exists (select from network_devices d where d.feeder_id = v_feeder.id and d.is_feeder_head)));
  return (
    select d.id from network_devices d
    where case when v_feeder.id is not null then d.feeder_id = v_feeder.id and d.is_feeder_head
      else d.substation_id = v_substation_id and d.kind = 'substation' end);
end
$function$;
comment on function device_named(text) is 'The device with this code, or the one that stands for the feeder or substation with it; null where the registry has none of them.';

CREATE OR REPLACE FUNCTION end_provider_condition(source_type text, condition text, ends_at timestamp with time zone DEFAULT now(), ended_by text DEFAULT NULL::text)
 RETURNS boolean
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
declare
  v_known oms_provider_conditions;
begin
  select c.* into v_known from oms_provider_conditions c
  where c.source_type = end_provider_condition.source_type and c.condition = end_provider_condition.condition and c.ends_at is null
  for update;
  if v_known.id is null then
    return false;
  end if;
  if end_provider_condition.ends_at is null or not isfinite(end_provider_condition.ends_at) then
    raise exception 'ends_at: required' using errcode = 'LGINV';
  end if;
  if end_provider_condition.ends_at < v_known.starts_at then
    raise exception 'ends_at: it began at %', v_known.starts_at using errcode = 'LGINV';
  end if;
  update oms_provider_conditions c
  set ends_at = end_provider_condition.ends_at, updated_by = coalesce(nullif(trim(end_provider_condition.ended_by), ''), session_user)
  where c.id = v_known.id;
  return true;
end
$function$;
comment on function end_provider_condition(text,text,timestamp with time zone,text) is 'Ends what is noted of a provider; false where nothing of the kind lasts.';

CREATE OR REPLACE FUNCTION ensure_scada_devices(event_ids bigint[])
 RETURNS void
 LANGUAGE plpgsql
AS $function$
begin
  perform imply_devices(
    array(
      select distinct e.network_substation_id
      from scada_events e
      where e.id = any (ensure_scada_devices.event_ids) and e.network_substation_id is not null
        and not exists (select from network_devices d where d.substation_id = e.network_substation_id and d.kind = 'substation')),
    array(
      select distinct e.network_feeder_id
      from scada_events e
      where e.id = any (ensure_scada_devices.event_ids) and e.network_feeder_id is not null
        and not exists (select from network_devices d where d.feeder_id = e.network_feeder_id and d.is_feeder_head)));
end
$function$;
comment on function ensure_scada_devices(bigint[]) is 'Makes the implied head breaker or substation device for SCADA events whose feeder or substation has none.';

CREATE OR REPLACE FUNCTION fold_callcenter_messages(ticket_ids text[])
 RETURNS void
 LANGUAGE plpgsql
 SET enable_seqscan TO 'off'
AS $function$
declare
  v_ids bigint[];
begin
  if coalesce(cardinality(ticket_ids), 0) = 0 then
    return;
  end if;
  -- Two batches with messages of one ticket fold it one after the other: the later one then sees what the earlier has committed.
  -- Locks by 64 groups of tickets, in order, so that a batch takes few and never deadlocks.
  perform pg_advisory_xact_lock(7301, b.bucket)
  from (select distinct abs(hashtext(t.id) % 64) as bucket from unnest(ticket_ids) as t (id) order by 1) b;
  with told as materialized (
    select m.*, row_number() over (partition by m.ticket_id order by m.event_timestamp desc,
      array_position(array['Restored', 'Partially Restored', 'In Progress', 'Crew Assigned', 'Registered'], m.status)) as newest
    from callcenter_ticket_messages m
    where m.ticket_id = any (fold_callcenter_messages.ticket_ids)
  ), folded as (
    select t.ticket_id,
      (array_agg(t.status order by t.newest))[1] as status,
      min(t.event_timestamp) as event_timestamp,
      max(t.event_timestamp) as status_changed_at,
      (array_agg(t.phone order by t.newest) filter (where t.phone is not null))[1] as phone,
      (array_agg(t.meter_number order by t.newest) filter (where t.meter_number is not null))[1] as meter_number,
      (array_agg(t.address order by t.newest) filter (where t.address is not null))[1] as address,
      (array_agg(t.notes order by t.newest) filter (where t.notes is not null))[1] as notes,
      (array_agg(t.source order by t.newest) filter (where t.source is not null))[1] as source,
      (array_agg(t.intake_id order by t.newest desc) filter (where t.intake_id is not null))[1] as intake_id,
      (array_agg(t.oms_event_id order by t.newest desc) filter (where t.oms_event_id is not null))[1] as oms_event_id,
      min(t.received_at) as received_at
    from told t
    group by t.ticket_id
  ), tracked as (
    select f.*,
      case when f.intake_id is null or row_number() over (partition by f.intake_id order by f.ticket_id) > 1
          or exists (select from callcenter_tickets o where o.intake_id = f.intake_id and o.ticket_id <> f.ticket_id)
        then 'INT-' || f.ticket_id else f.intake_id end as own_intake_id,
      case when f.oms_event_id is null or row_number() over (partition by f.oms_event_id order by f.ticket_id) > 1
          or exists (select from callcenter_tickets o where o.oms_event_id = f.oms_event_id and o.ticket_id <> f.ticket_id)
        then 'OMS-' || f.ticket_id else f.oms_event_id end as own_oms_event_id
    from folded f
  ), kept as (
    insert into callcenter_tickets as c (ticket_id, intake_id, oms_event_id, status, event_timestamp, status_changed_at, phone, meter_number,
      address, notes, call_kind, source, clock_suspect, received_at)
    select t.ticket_id, t.own_intake_id, t.own_oms_event_id, t.status, t.event_timestamp, t.status_changed_at, t.phone, t.meter_number,
      t.address, t.notes, oms_call_kind(t.notes), t.source, oms_clock_suspect(t.event_timestamp, t.received_at), t.received_at
    from tracked t
    order by t.ticket_id
    on conflict (ticket_id) do update
    set status = excluded.status, event_timestamp = excluded.event_timestamp, status_changed_at = excluded.status_changed_at,
      phone = excluded.phone, meter_number = excluded.meter_number, address = excluded.address, notes = excluded.notes,
      call_kind = excluded.call_kind, source = excluded.source, clock_suspect = excluded.clock_suspect
    returning c.id
  )
  select array_agg(k.id) into v_ids from kept k;
  perform link_callcenter_tickets(v_ids);
end
$function$;
comment on function fold_callcenter_messages(text[]) is 'Makes or updates the tickets of these ids from all their messages and links them.';

CREATE OR REPLACE FUNCTION get_meters_by_feeder(feeder_code text)
 RETURNS TABLE(meter_id bigint, meter_number text, customer_id text, power_status text, communication_status text, priority smallint, customers integer, above_feeder_head boolean)
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$
  select m.id, m.meter_number, c.customer_id, m.power_status, m.communication_status, m.priority, m.customers, m.above_feeder_head
  from oms_meters m
  left join oms_customers c on c.id = m.customer_id
  join network_feeders x on x.id = m.feeder_id where x.feeder_id = get_meters_by_feeder.feeder_code and m.status = 'active'
  order by m.priority, m.meter_number
$function$;
comment on function get_meters_by_feeder(text) is 'Active meters of a feeder, by its code; those above its head breaker are marked.';

CREATE OR REPLACE FUNCTION get_meters_by_substation(substation_code text)
 RETURNS TABLE(meter_id bigint, meter_number text, customer_id text, power_status text, communication_status text, priority smallint, customers integer, above_feeder_head boolean)
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$
  select m.id, m.meter_number, c.customer_id, m.power_status, m.communication_status, m.priority, m.customers, m.above_feeder_head
  from oms_meters m
  left join oms_customers c on c.id = m.customer_id
  join network_substations x on x.id = m.substation_id where x.substation_id = get_meters_by_substation.substation_code and m.status = 'active'
  order by m.priority, m.meter_number
$function$;
comment on function get_meters_by_substation(text) is 'Active meters of a substation, by its code.';

CREATE OR REPLACE FUNCTION get_meters_near(lat double precision, lng double precision, radius_meters double precision)
 RETURNS TABLE(meter_id bigint, meter_number text, location_lat double precision, location_lng double precision, power_status text, communication_status text, distance_meters double precision)
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$
  select m.id, m.meter_number, m.location_lat, m.location_lng, m.power_status, m.communication_status, d.distance
  from oms_meters m
  cross join lateral (select haversine_distance_meters(get_meters_near.lat, get_meters_near.lng, m.location_lat, m.location_lng) as distance) d
  where m.location_lat between get_meters_near.lat - get_meters_near.radius_meters / 111000
      and get_meters_near.lat + get_meters_near.radius_meters / 111000
    and m.location_lng between get_meters_near.lng - get_meters_near.radius_meters / (111000 * greatest(cos(radians(get_meters_near.lat)), 0.01))
      and get_meters_near.lng + get_meters_near.radius_meters / (111000 * greatest(cos(radians(get_meters_near.lat)), 0.01))
    and m.status = 'active'
    and d.distance <= get_meters_near.radius_meters
  order by d.distance, m.id
$function$;
comment on function get_meters_near(double precision,double precision,double precision) is 'Active meters within a distance of a point, nearest first; distance in metres.';

CREATE OR REPLACE FUNCTION haversine_distance_meters(lat1 double precision, lng1 double precision, lat2 double precision, lng2 double precision)
 RETURNS double precision
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$
  select 2 * 6371000 * asin(least(1, sqrt(
    power(sin(radians(lat2 - lat1) / 2), 2)
    + cos(radians(lat1)) * cos(radians(lat2)) * power(sin(radians(lng2 - lng1) / 2), 2))))
$function$;
comment on function haversine_distance_meters(double precision,double precision,double precision,double precision) is 'Great-circle distance of two points in metres.';

CREATE OR REPLACE FUNCTION imply_devices(substation_ids bigint[], feeder_ids bigint[])
 RETURNS void
 LANGUAGE plpgsql
AS $function$
begin
  if cardinality(substation_ids) > 0 then
    insert into network_devices (device_id, kind, name, substation_id, implied)
    select case when exists (select from network_devices d where d.device_id = s.substation_id) then s.substation_id || '#substation' else s.substation_id end,
      'substation', s.name, s.id, true
    from network_substations s
    where s.id = any (substation_ids)
    order by s.id
    on conflict do nothing;
  end if;
  if cardinality(feeder_ids) > 0 then
    insert into network_devices (device_id, kind, name, substation_id, feeder_id, upstream_id, is_feeder_head, implied)
    select case when exists (select from network_devices d where d.device_id = f.feeder_id) then f.feeder_id || '#breaker' else f.feeder_id end,
      'breaker', f.name, f.substation_id, f.id, s.id, true, true
    from network_feeders f
    left join network_devices s on s.substation_id = f.substation_id and s.kind = 'substation'
    where f.id = any (feeder_ids)
    order by f.id
    on conflict do nothing;
  end if;
end
$function$;
comment on function imply_devices(bigint[],bigint[]) is 'Makes the devices that stand for these substations as a whole and for the head breakers of these feeders, which have none yet.';

CREATE OR REPLACE FUNCTION ingest_callcenter_tickets(messages json[], received_ats timestamp with time zone[])
 RETURNS TABLE(ordinal integer, event_id bigint, stored boolean, meters integer, detail jsonb)
 LANGUAGE plpgsql
 SET enable_seqscan TO 'off'
AS $function$
#variable_conflict use_column
declare
  v_tickets text[];
  v_stored boolean[];
begin
  with parsed as materialized (
    select m.ord, m.message, m.received_at, m.message::jsonb as j
    from unnest(ingest_callcenter_tickets.messages, ingest_callcenter_tickets.received_ats)
      with ordinality as m (message, received_at, ord)
  ), extracted as materialized (
    select p.ord, p.message, p.received_at,
      p.j ->> 'ticketId' as ticket_id,
      coalesce((select s.status from unnest(array['Registered', 'Crew Assigned', 'In Progress', 'Partially Restored', 'Restored']) as s (status)
        where lower(s.status) = lower(trim(p.j ->> 'status'))), 'Registered') as status,
      (p.j ->> 'timestamp')::timestamptz as event_timestamp,
      nullif(trim(p.j #>> '{customer,phone}'), '') as phone,
      nullif(trim(p.j #>> '{customer,meterNumber}'), '') as meter_number,
      nullif(trim(p.j #>> '{customer,address}'), '') as address,
      coalesce(nullif(trim(p.j #>> '{customer,notes}'), ''), nullif(trim(p.j ->> 'notes'), '')) as notes,
      nullif(p.j #>> '{intake,intakeId}', '') as intake_id,
      nullif(p.j #>> '{intake,omsEventId}', '') as oms_event_id,
      p.j ->> 'source' as source
    from parsed p
  ), new as (
    insert into callcenter_ticket_messages (ticket_id, status, event_timestamp, phone, meter_number, address, notes, intake_id, oms_event_id,
      source, raw_payload, received_at)
    select e.ticket_id, e.status, e.event_timestamp, e.phone, e.meter_number, e.address, e.notes, e.intake_id, e.oms_event_id,
      e.source, e.message, e.received_at
    from extracted e
    order by e.ticket_id, e.status, e.event_timestamp, e.ord
    on conflict (ticket_id, status, event_timestamp) do nothing
    returning ticket_id, status, event_timestamp
  )
  select array_agg(e.ticket_id order by e.ord), array_agg(e.is_new and e.nth = 1 order by e.ord)
  into v_tickets, v_stored
  from (
    select e.ord, e.ticket_id, n.ticket_id is not null as is_new,
      row_number() over (partition by e.ticket_id, e.status, e.event_timestamp order by e.ord) as nth
    from extracted e
    left join new n using (ticket_id, status, event_timestamp)
  ) e;

  perform fold_callcenter_messages(array(
    select distinct t.ticket_id from unnest(v_tickets, v_stored) as t (ticket_id, stored) where t.stored));

  perform count_provider_messages('call_center', ingest_callcenter_tickets.received_ats, array(
    select r.received_at from unnest(ingest_callcenter_tickets.received_ats, v_stored) as r (received_at, stored) where r.stored));

  return query
  select i.ord::integer, t.id, i.stored, case when t.meter_id is null then 0 else 1 end,
    jsonb_build_object('ticket_id', t.ticket_id, 'intake_id', t.intake_id, 'oms_event_id', t.oms_event_id, 'status', t.status,
      'call_kind', t.call_kind, 'matched_by', t.matched_by)
  from unnest(v_tickets, v_stored) with ordinality as i (ticket_id, stored, ord)
  join callcenter_tickets t on t.ticket_id = i.ticket_id
  order by i.ord;
end
$function$;
comment on function ingest_callcenter_tickets(json[],timestamp with time zone[]) is 'Takes a batch of Call Center messages; gives for each its ticket, whether it told something new, and whether the ticket has a meter.';

CREATE OR REPLACE FUNCTION ingest_kaifa_events(messages json[], received_ats timestamp with time zone[])
 RETURNS TABLE(ordinal integer, event_id bigint, stored boolean, meters integer, detail jsonb)
 LANGUAGE plpgsql
 SET enable_seqscan TO 'off'
AS $function$
#variable_conflict use_column
declare
  v_keys text[];
  v_ids bigint[];
  v_meters bigint[];
  v_stored bigint;
  v_stored_ats timestamptz[];
  v_unmatched boolean;
  v_report_ids bigint[];
  v_report_meters bigint[];
  v_report_kinds text[];
  v_report_ats timestamptz[];
  v_report_received timestamptz[];
begin
  -- `offset 0` keeps each step to once a row without storing what only the next one reads.
  with resolved as materialized (
    select k.*, r.meter_id, r.matched_by
    from (
      select e.*,
        concat_ws(chr(31), coalesce(e.message_id, ''), coalesce(e.event_mrid, ''), coalesce(e.asset_mrid, e.usage_point_mrid, ''),
          e.event_type, extract(epoch from e.created_at)::text) as event_key,
        coalesce(e.created_at, e.header_at, e.received_at) as event_timestamp,
        case when e.created_at is not null then 'event' when e.header_at is not null then 'header' else 'receipt' end as time_source
      from (
        select p.ord, p.message, p.received_at,
          p.header ->> 'message_id' as message_id,
          p.payload ->> 'mrid' as event_mrid,
          nullif(p.payload -> 'assets' ->> 'ns2:mRID', '') as asset_mrid,
          nullif(p.payload -> 'usage_point' ->> 'ns2:mRID', '') as usage_point_mrid,
          p.payload -> 'event_type' ->> '@ref' as event_type,
          p.payload ->> 'severity' as severity,
          p.payload ->> 'reason' as reason,
          (p.payload ->> 'created_date_time')::timestamptz as created_at,
          (p.header ->> 'timestamp')::timestamptz as header_at
        from (
          select m.ord, m.message, m.received_at, m.j -> 'header' as header, m.j -> 'payload' as payload
          from (
            select m.ord, m.message, m.received_at, m.message::jsonb as j
            from unnest(ingest_kaifa_events.messages, ingest_kaifa_events.received_ats) with ordinality
              as m (message, received_at, ord)
            offset 0
          ) m
          offset 0
        ) p
        offset 0
      ) e
      offset 0
    ) k
    cross join lateral oms_resolve_kaifa_meter(k.asset_mrid, k.usage_point_mrid) r
  ), new as (
    insert into kaifa_events (event_key, message_id, event_mrid, asset_mrid, usage_point_mrid, event_type, signal, severity, reason,
      event_timestamp, time_source, meter_id, matched_by, clock_suspect, raw_payload, received_at)
    select k.event_key, k.message_id, k.event_mrid, k.asset_mrid, k.usage_point_mrid, k.event_type, oms_kaifa_signal(k.event_type),
      k.severity, k.reason, k.event_timestamp, k.time_source, k.meter_id, k.matched_by,
      oms_clock_suspect(k.event_timestamp, k.received_at), k.message, k.received_at
    from resolved k
    order by k.event_key, k.ord
    on conflict (event_key) do nothing
    returning id, kaifa_events.event_key, meter_id, signal, event_timestamp, received_at,
      meter_id is null or (matched_by = 'usage_point_mrid' and asset_mrid is not null) as is_unmatched
  )
  select p.keys, p.ids, p.meters, r.ids, r.meters, r.kinds, r.ats, r.received, r.stored, r.stored_ats, r.is_unmatched
  into v_keys, v_ids, v_meters, v_report_ids, v_report_meters, v_report_kinds, v_report_ats, v_report_received, v_stored,
    v_stored_ats, v_unmatched
  from (
    select array_agg(o.event_key) as keys, array_agg(o.id) as ids, array_agg(o.meter_id) as meters
    from (select k.event_key, n.id, n.meter_id from resolved k left join new n using (event_key) order by k.ord) o
  ) p
  cross join (
    select count(*) as stored, array_agg(n.received_at) as stored_ats, bool_or(n.is_unmatched) as is_unmatched,
      array_agg(n.id) filter (where n.meter_id is not null) as ids,
      array_agg(n.meter_id) filter (where n.meter_id is not null) as meters,
      array_agg(case n.signal when 'other' then 'heard' else n.signal end) filter (where n.meter_id is not null) as kinds,
      array_agg(n.event_timestamp) filter (where n.meter_id is not null) as ats,
      array_agg(n.received_at) filter (where n.meter_id is not null) as received
    from new n
  ) r;

  if v_report_ids is not null then
    perform apply_meter_reports('kaifa', v_report_ids, v_report_meters, v_report_kinds, v_report_ats, v_report_received);
  end if;
  if v_unmatched then
    perform keep_unmatched_kaifa_events(v_ids);
  end if;

  perform count_provider_messages('kaifa', ingest_kaifa_events.received_ats, v_stored_ats);

  if v_stored = cardinality(v_keys) then
    return query
    select i.ord::integer, i.id, true, case when i.meter_id is null then 0 else 1 end, null::jsonb
    from unnest(v_ids, v_meters) with ordinality as i (id, meter_id, ord);
    return;
  end if;
  -- Some were known: by an earlier batch, or twice in this one.
  return query
  select i.ord::integer, coalesce(i.id, old.id), i.id is not null and i.nth = 1,
    case when coalesce(i.meter_id, old.meter_id) is null then 0 else 1 end, null::jsonb
  from (
    select k.*, row_number() over (partition by k.event_key order by k.ord) as nth
    from unnest(v_keys, v_ids, v_meters) with ordinality as k (event_key, id, meter_id, ord)
  ) i
  left join lateral (
    select e.id, e.meter_id from kaifa_events e where i.id is null and e.event_key = i.event_key
  ) old on true
  order by i.ord;
end
$function$;
comment on function ingest_kaifa_events(json[],timestamp with time zone[]) is 'Takes a batch of head-end events in the converter''s JSON; gives for each its row, whether it was new, and how many meters it matched.';

CREATE OR REPLACE FUNCTION ingest_onu_events(messages json[], received_ats timestamp with time zone[])
 RETURNS TABLE(ordinal integer, event_id bigint, stored boolean, meters integer, detail jsonb)
 LANGUAGE plpgsql
 SET enable_seqscan TO 'off'
AS $function$
#variable_conflict use_column
declare
  v_keys text[];
  v_new_ids bigint[];
  v_new_keys text[];
  v_new_ats timestamptz[];
  v_matched_ids bigint[];
  v_matched_meters integer[];
begin
  -- `offset 0` keeps each step to once a row without storing what only the next one reads.
  with keyed as materialized (
    select e.*, coalesce(e.given_id,
      'ONU-' || e.onu_id || '-' || substr(e.event_type, 5) || '-' || extract(epoch from e.event_timestamp)) as event_key
    from (
      select p.ord, p.message, p.received_at,
        nullif(p.j ->> 'eventId', '') as given_id,
        (p.j ->> 'onuId')::bigint as onu_id,
        p.j ->> 'type' as event_type,
        (p.j ->> 'timestamp')::timestamptz as event_timestamp,
        nullif(p.j ->> 'onuSerial', '') as onu_serial,
        case when jsonb_typeof(p.j -> 'associatedMeters') = 'array' then array(
          select distinct trim(case jsonb_typeof(a) when 'object' then a ->> 'meterId' else a #>> '{}' end)
          from jsonb_array_elements(p.j -> 'associatedMeters') as a
        ) end as associated_meters,
        p.j -> 'alarmData' ->> 'category' as alarm_category,
        p.j -> 'alarmData' ->> 'alarmType' as alarm_type,
        p.j -> 'alarmData' ->> 'parcel' as parcel_code,
        p.j -> 'alarmData' ->> 'serial' as alarm_serial,
        p.j ->> 'nmsType' as nms_type,
        (p.j -> 'location' ->> 'lat')::double precision as latitude,
        (p.j -> 'location' ->> 'lng')::double precision as longitude,
        nullif(p.j ->> 'status', '') as status
      from (
        select m.ord, m.message, m.received_at, m.message::jsonb as j
        from unnest(ingest_onu_events.messages, ingest_onu_events.received_ats) with ordinality as m (message, received_at, ord)
        offset 0
      ) p
      offset 0
    ) e
  ), new as (
    insert into onu_events (event_id, onu_id, event_type, event_timestamp, onu_serial, associated_meters, alarm_category, alarm_type,
      parcel_code, nms_type, latitude, longitude, status, clock_suspect, raw_payload, received_at)
    select k.event_key, k.onu_id, k.event_type, k.event_timestamp, coalesce(k.onu_serial, nullif(k.alarm_serial, '')),
      k.associated_meters, k.alarm_category, k.alarm_type, k.parcel_code, k.nms_type, k.latitude, k.longitude,
      coalesce(k.status, case k.event_type when 'ONU_PowerRestored' then 'power_restored' else 'power_lost' end),
      oms_clock_suspect(k.event_timestamp, k.received_at), k.message, k.received_at
    from keyed k
    order by k.event_key, k.ord
    on conflict (event_id) do nothing
    returning id, onu_events.event_id, received_at
  )
  select (select array_agg(k.event_key order by k.ord) from keyed k), array_agg(n.id), array_agg(n.event_id),
    array_agg(n.received_at)
  into v_keys, v_new_ids, v_new_keys, v_new_ats
  from new n;

  if v_new_ids is not null then
    select array_agg(s.event_id), array_agg(s.meters) into v_matched_ids, v_matched_meters
    from sync_onu_event_meters(v_new_ids) s;
  end if;

  perform count_provider_messages('onu', ingest_onu_events.received_ats, v_new_ats);

  return query
  select i.ord::integer, coalesce(n.id, old.id), n.id is not null and i.nth = 1, coalesce(n.meters, old.meters, 0), null::jsonb
  from (
    select k.event_key, k.ord, row_number() over (partition by k.event_key order by k.ord) as nth
    from unnest(v_keys) with ordinality as k (event_key, ord)
  ) i
  left join (
    select a.id, a.event_key, m.meters
    from unnest(v_new_ids, v_new_keys) as a (id, event_key)
    left join unnest(v_matched_ids, v_matched_meters) as m (id, meters) on m.id = a.id
  ) n on n.event_key = i.event_key
  left join lateral (
    select e.id, (select count(*)::integer from onu_event_meters m where m.onu_event_id = e.id) as meters
    from onu_events e
    where n.id is null and e.event_id = i.event_key
  ) old on true
  order by i.ord;
end
$function$;
comment on function ingest_onu_events(json[],timestamp with time zone[]) is 'Takes a batch of ONU messages; gives for each its row, whether it was new, and how many meters it reached.';

CREATE OR REPLACE FUNCTION ingest_scada_events(messages json[], received_ats timestamp with time zone[])
 RETURNS TABLE(ordinal integer, event_id bigint, stored boolean, meters integer, detail jsonb)
 LANGUAGE plpgsql
 SET enable_seqscan TO 'off'
AS $function$
#variable_conflict use_column
declare
  v_ids bigint[];
  v_stored boolean[];
begin
  with parsed as materialized (
    select m.ord, m.message, m.received_at, m.message::jsonb as j
    from unnest(ingest_scada_events.messages, ingest_scada_events.received_ats) with ordinality as m (message, received_at, ord)
  ), extracted as materialized (
    select p.ord, p.message, p.received_at,
      p.j ->> 'eventType' as event_type,
      p.j ->> 'substationId' as substation_id,
      coalesce(p.j ->> 'feederId', '') as feeder_id,
      p.j ->> 'mainStationId' as main_station_id,
      p.j ->> 'alarmType' as alarm_type,
      (p.j ->> 'timestamp')::timestamptz as event_timestamp,
      (p.j ->> 'voltage')::double precision as voltage,
      p.j ->> 'severity' as severity,
      p.j ->> 'reason' as reason,
      coalesce(p.j #>> '{coordinates,lat}', p.j ->> 'latitude')::double precision as latitude,
      coalesce(p.j #>> '{coordinates,lng}', p.j ->> 'longitude')::double precision as longitude,
      p.j ->> 'source' as source
    from parsed p
  ), new as (
    insert into scada_events (event_type, substation_id, feeder_id, main_station_id, alarm_type, signal, event_timestamp, voltage,
      severity, reason, latitude, longitude, source, clock_suspect, raw_payload, received_at)
    select e.event_type, e.substation_id, e.feeder_id, e.main_station_id, e.alarm_type,
      oms_scada_signal(e.event_type, e.alarm_type), e.event_timestamp, e.voltage, e.severity, e.reason, e.latitude, e.longitude,
      e.source, oms_clock_suspect(e.event_timestamp, e.received_at), e.message, e.received_at
    from extracted e
    order by e.substation_id, e.feeder_id, e.event_type, e.alarm_type, e.event_timestamp, e.ord
    on conflict (substation_id, feeder_id, event_type, alarm_type, event_timestamp) do nothing
    returning id, scada_events.substation_id, scada_events.feeder_id, event_type, alarm_type, event_timestamp
  ), placed as (
    select e.ord, n.id as new_id,
      row_number() over (partition by e.substation_id, e.feeder_id, e.event_type, e.alarm_type, e.event_timestamp order by e.ord) as nth,
      (select o.id from scada_events o where n.id is null and o.substation_id = e.substation_id and o.feeder_id = e.feeder_id
        and o.event_type = e.event_type and o.alarm_type = e.alarm_type and o.event_timestamp = e.event_timestamp) as old_id
    from extracted e
    left join new n using (substation_id, feeder_id, event_type, alarm_type, event_timestamp)
  )
  select array_agg(coalesce(p.new_id, p.old_id) order by p.ord), array_agg(p.new_id is not null and p.nth = 1 order by p.ord)
  into v_ids, v_stored
  from placed p;

  perform resolve_scada_events(array(select distinct i.id from unnest(v_ids, v_stored) as i (id, stored) where i.stored));

  perform count_provider_messages('scada', ingest_scada_events.received_ats, array(
    select r.received_at from unnest(ingest_scada_events.received_ats, v_stored) as r (received_at, stored) where r.stored));

  return query
  select i.ord::integer, i.id, i.stored, e.total_meters, jsonb_build_object(
    'scada_event_id', e.id,
    'meters_checked', e.meters_checked_at is not null,
    'total_meters', e.total_meters,
    'offline_meters', e.offline_meters,
    'online_meters', e.online_meters,
    'unknown_meters', e.unknown_meters)
    || case when e.outage_event_id is not null then jsonb_build_object('outage_event_id', e.outage_event_id)
      else jsonb_build_object('reason', case
        when e.network_substation_id is null and e.device_id is not null then 'the position of a tie'
        when e.network_substation_id is null then 'substation not in the registry'
        when e.feeder_id <> '' and e.network_feeder_id is null then 'feeder not in the registry'
        when e.signal = 'other' then 'the alarm tells nothing of supply'
        when e.clock_suspect then 'stamped in the future'
        when e.signal in ('switch_closed', 'voltage_present') then 'supply is back'
        when e.total_meters = 0 then 'no meters registered'
        else 'supply is known to have come back since' end) end
  from unnest(v_ids, v_stored) with ordinality as i (id, stored, ord)
  left join scada_events e on e.id = i.id
  order by i.ord;
end
$function$;
comment on function ingest_scada_events(json[],timestamp with time zone[]) is 'Takes a batch of SCADA messages; gives for each its row, whether it was new, and the result of the check of its meters.';

CREATE OR REPLACE FUNCTION insert_callcenter_ticket_from_json_with_meter_link(message jsonb)
 RETURNS bigint
 LANGUAGE plpgsql
AS $function$
declare
  v_message jsonb := case when jsonb_typeof(message -> 'event') = 'object'
    then (message -> 'event') || case when message ? 'intake' then jsonb_build_object('intake', message -> 'intake') else '{}' end
    else message end;
  v_id bigint;
begin
  perform require_message_fields(v_message,
    array['ticketId', 'timestamp', 'status', 'customer.phone', 'customer.meterNumber', 'customer.address', 'customer.notes'],
    array['text', 'instant', 'text?', 'text?', 'text?', 'text?', 'text?']);
  if jsonb_typeof(v_message -> 'customer') is distinct from 'object' then
    raise exception 'customer: required, an object' using errcode = 'LGINV';
  end if;
  if lower(trim(coalesce(nullif(v_message ->> 'status', ''), 'Registered'))) not in
    ('registered', 'crew assigned', 'in progress', 'partially restored', 'restored') then
    raise exception 'status: must be Registered, Crew Assigned, In Progress, Partially Restored or Restored, got %', v_message -> 'status'
      using errcode = 'LGINV';
  end if;
  select i.event_id into v_id from ingest_callcenter_tickets(array[v_message::json], array[now()]) i;
  return v_id;
end
$function$;
comment on function insert_callcenter_ticket_from_json_with_meter_link(jsonb) is 'Takes one Call Center message and links the ticket to its meter; gives the ticket''s id.';

CREATE OR REPLACE FUNCTION insert_kaifa_event_from_json_with_meter_sync(message jsonb)
 RETURNS bigint
 LANGUAGE sql
AS $function$
  select i.id from insert_kaifa_events_from_json_with_meter_sync(message) with ordinality as i (id, ord) order by i.ord limit 1
$function$;
comment on function insert_kaifa_event_from_json_with_meter_sync(jsonb) is 'Takes one converted head-end message, all its events in order; gives the id of the first.';

CREATE OR REPLACE FUNCTION insert_kaifa_events_from_json_with_meter_sync(message jsonb)
 RETURNS SETOF bigint
 LANGUAGE plpgsql
AS $function$
declare
  v_events jsonb[];
  v_fault text;
begin
  if jsonb_typeof(message) is distinct from 'object' then
    raise exception 'message: must be a JSON object' using errcode = 'LGINV';
  end if;
  if kaifa_field(message, 'payload') is null then
    raise exception 'payload: required' using errcode = 'LGINV';
  end if;
  select format('payload.usage_point: %s Assets and %s UsagePoint do not say which belongs to which', c.assets, c.usage_points)
  into v_fault
  from kaifa_events_of(message) as p (event)
  cross join lateral (
    select jsonb_array_length(kaifa_identifiers(p.event, 'assets', 'asset')) as assets,
      jsonb_array_length(kaifa_identifiers(p.event, 'usagepoint', 'usagepoints')) as usage_points
  ) c
  where c.assets > 0 and c.usage_points > 0 and c.assets <> c.usage_points
  limit 1;
  if v_fault is not null then
    raise exception '%', v_fault using errcode = 'LGINV';
  end if;
  v_events := array(select n from normalise_kaifa_json(message) as n);
  if cardinality(v_events) = 0 then
    raise exception 'payload: holds no event' using errcode = 'LGINV';
  end if;
  perform require_message_fields(e,
    array['payload.event_type.@ref', 'payload.created_date_time', 'header.timestamp', 'header.message_id', 'payload.mrid'],
    array['text', 'instant?', 'instant?', 'text?', 'text?'])
  from unnest(v_events) as e;
  if exists (
    select from unnest(v_events) as e
    where e #>> '{payload,assets,ns2:mRID}' is null and e #>> '{payload,usage_point,ns2:mRID}' is null
  ) then
    raise exception 'payload.assets.mRID: required where payload.usage_point.mRID is missing too' using errcode = 'LGINV';
  end if;
  return query
  select i.event_id
  from ingest_kaifa_events(array(select e::json from unnest(v_events) as e), array(select now() from unnest(v_events))) i
  order by i.ordinal;
end
$function$;
comment on function insert_kaifa_events_from_json_with_meter_sync(jsonb) is 'Takes one converted head-end message with one or many events, in order; gives the id of each, one for each meter.';

CREATE OR REPLACE FUNCTION insert_onu_event_from_json_with_meter_sync(message jsonb)
 RETURNS bigint
 LANGUAGE plpgsql
AS $function$
declare
  v_message jsonb := case when jsonb_typeof(message -> 'event') = 'object' then message -> 'event' else message end;
  v_id bigint;
begin
  perform require_message_fields(v_message,
    array['type', 'onuId', 'timestamp', 'location.lat', 'location.lng'],
    array['text', 'integer', 'instant', 'number?', 'number?']);
  if v_message ->> 'type' not in ('ONU_LastGaspAlert', 'ONU_PowerRestored') then
    raise exception 'type: must be ONU_LastGaspAlert or ONU_PowerRestored, got %', v_message -> 'type' using errcode = 'LGINV';
  end if;
  if v_message ? 'associatedMeters' and jsonb_typeof(v_message -> 'associatedMeters') not in ('array', 'null') then
    raise exception 'associatedMeters: must be an array of meter numbers' using errcode = 'LGINV';
  end if;
  select i.event_id into v_id from ingest_onu_events(array[v_message::json], array[now()]) i;
  return v_id;
end
$function$;
comment on function insert_onu_event_from_json_with_meter_sync(jsonb) is 'Takes one ONU message and applies it to every meter of its ONU; gives the event''s id.';

CREATE OR REPLACE FUNCTION insert_scada_event_with_meter_check(message jsonb)
 RETURNS jsonb
 LANGUAGE plpgsql
AS $function$
declare
  v_message jsonb := case when jsonb_typeof(message -> 'event') = 'object' then message -> 'event' else message end;
  v_detail jsonb;
begin
  perform require_message_fields(v_message,
    array['eventType', 'substationId', 'feederId', 'mainStationId', 'alarmType', 'timestamp', 'voltage', 'coordinates.lat', 'coordinates.lng'],
    array['text', 'text', 'text?', 'text', 'text', 'instant', 'number', 'number?', 'number?']);
  select i.detail into v_detail from ingest_scada_events(array[v_message::json], array[now()]) i;
  return v_detail;
end
$function$;
comment on function insert_scada_event_with_meter_check(jsonb) is 'Takes one SCADA message, checks the meters of exactly its feeder or substation, and opens or joins the outage; gives the counts and the outage or the reason for none.';

CREATE OR REPLACE FUNCTION kaifa_events_of(message jsonb)
 RETURNS SETOF jsonb
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$
  select coalesce(i.event, p.payload)
  from kaifa_fields(message, 'payload') with ordinality as p (payload, ord)
  left join lateral (
    select e.event, e.ord, l.nth
    from (
      select p.payload as list, 0::bigint as nth
      union all
      select s.list, s.ord from kaifa_fields(p.payload, 'enddeviceevents') with ordinality as s (list, ord)
    ) l
    cross join lateral kaifa_fields(l.list, 'enddeviceevent') with ordinality as e (event, ord)
  ) i on true
  where i.event is not null or not exists (select from kaifa_fields(p.payload, 'enddeviceevents'))
  order by p.ord, i.nth, i.ord
$function$;
comment on function kaifa_events_of(jsonb) is 'The events of a converted head-end message as they stand there, in order.';

CREATE OR REPLACE FUNCTION kaifa_field(element jsonb, VARIADIC names text[])
 RETURNS jsonb
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$
  select f.value
  from jsonb_each(case when jsonb_typeof(element) = 'object' then element else '{}' end) as f (key, value)
  cross join lateral (select kaifa_local_name(f.key) as name) n
  where n.name = any (names) and f.value not in ('null', '""')
  order by array_position(names, n.name), f.key
  limit 1
$function$;
comment on function kaifa_field(jsonb,text[]) is 'A field of a converted SOAP element by local name, whatever its prefix, case or separators.';

CREATE OR REPLACE FUNCTION kaifa_fields(element jsonb, VARIADIC names text[])
 RETURNS SETOF jsonb
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$
  select i.item
  from jsonb_each(case when jsonb_typeof(element) = 'object' then element else '{}' end) as f (key, value)
  cross join lateral (select kaifa_local_name(f.key) as name) n
  cross join lateral jsonb_array_elements(case jsonb_typeof(f.value) when 'array' then f.value else jsonb_build_array(f.value) end)
    with ordinality as i (item, ord)
  where n.name = any (names) and i.item not in ('null', '""')
  order by array_position(names, n.name), f.key, i.ord
$function$;
comment on function kaifa_fields(jsonb,text[]) is 'All fields of a converted SOAP element by local name, in order: an array is the same element several times.';

CREATE OR REPLACE FUNCTION kaifa_identifiers(event jsonb, VARIADIC names text[])
 RETURNS jsonb
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$
  select coalesce(jsonb_agg(jsonb_build_object('ns2:mRID', i.mrid, 'names', i.called) order by i.ord), '[]')
  from (
    select f.ord, kaifa_field(f.item, 'names') as called,
      nullif(btrim(case jsonb_typeof(f.item) when 'object' then kaifa_field(f.item, 'mrid') else f.item end #>> '{}', E' \t\r\n'), '') as mrid
    from kaifa_fields(event, variadic names) with ordinality as f (item, ord)
  ) i
  where i.mrid is not null or i.called is not null
$function$;
comment on function kaifa_identifiers(jsonb,text[]) is 'The converted Assets or UsagePoint elements of an event, in order, as an array of objects with ns2:mRID.';

CREATE OR REPLACE FUNCTION kaifa_local_name(key text)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$
  select translate(lower(regexp_replace(key, '^.*:', '')), '_-@', '')
$function$;
comment on function kaifa_local_name(text) is 'A key of a converted SOAP element in the form in which keys are compared: without prefix, case and separators.';

CREATE OR REPLACE FUNCTION kaifa_reference(element jsonb)
 RETURNS jsonb
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$
  select case jsonb_typeof(element) when 'object' then kaifa_field(element, 'ref') else element end
$function$;
comment on function kaifa_reference(jsonb) is 'The ref of a converted EndDeviceEventType element, given as object or bare text.';

CREATE OR REPLACE FUNCTION keep_unmatched_kaifa_events(event_ids bigint[])
 RETURNS void
 LANGUAGE sql
 SET enable_seqscan TO 'off'
AS $function$
  insert into oms_unmatched_identifiers (source_type, source_event_id, identifier_kind, identifier_value, event_timestamp)
  select 'kaifa', e.id, i.kind, i.value, e.event_timestamp
  from kaifa_events e
  cross join lateral (values ('asset_mrid', e.asset_mrid), ('usage_point_mrid', e.usage_point_mrid)) as i (kind, value)
  where e.id = any (keep_unmatched_kaifa_events.event_ids) and i.value is not null
    and (e.meter_id is null or (e.matched_by = 'usage_point_mrid' and i.kind = 'asset_mrid'
      and not exists (select from oms_meters m where m.meter_number = i.value)))
  on conflict do nothing
$function$;
comment on function keep_unmatched_kaifa_events(bigint[]) is 'Lists the identifiers of these head-end events that match no meter, also beside one that does.';

CREATE OR REPLACE FUNCTION link_callcenter_tickets(ticket_row_ids bigint[])
 RETURNS integer
 LANGUAGE plpgsql
 SET enable_seqscan TO 'off'
AS $function$
declare
  v_linked integer;
  v_calls integer;
begin
  with tickets as materialized (
    select t.* from callcenter_tickets t where t.id = any (link_callcenter_tickets.ticket_row_ids)
  ), matched as materialized (
    select t.id, coalesce(n.id, p.id, a.id) as meter_id,
      case when n.id is not null then 'meter_number' when p.id is not null then 'phone' when a.id is not null then 'address' end as matched_by
    from tickets t
    left join oms_meters n on n.meter_number = t.meter_number
    left join lateral (
      select m.id
      from oms_customers c
      join oms_meters m on m.customer_id = c.id and m.status = 'active'
      where n.id is null and c.phone_key = t.phone_key
      order by c.address_key is not distinct from t.address_key desc, m.building_id is not distinct from c.building_id desc, m.meter_number
      limit 1
    ) p on true
    left join lateral (
      select m.id
      from oms_customers c
      join oms_meters m on m.customer_id = c.id and m.status = 'active'
      where n.id is null and p.id is null and c.address_key = t.address_key
      order by m.building_id is not distinct from c.building_id desc, m.meter_number
      limit 1
    ) a on true
  ), linked as (
    update callcenter_tickets t
    set meter_id = m.meter_id, matched_by = m.matched_by
    from matched m
    where t.id = m.id and m.meter_id is not null
      and (t.meter_id is distinct from m.meter_id or t.matched_by is distinct from m.matched_by)
    returning t.id
  ), calls as (
    -- A ticket's calls are its messages of status Registered, else its first: what came in between does not move them.
    select t.id, m.meter_id, c.event_timestamp, c.received_at
    from tickets t
    join matched m on m.id = t.id and m.meter_id is not null
    join callcenter_ticket_messages c on c.ticket_id = t.ticket_id
      and (c.status = 'Registered' or (c.event_timestamp = t.event_timestamp and not exists (
        select from callcenter_ticket_messages r where r.ticket_id = t.ticket_id and r.status = 'Registered')))
    where t.call_kind = 'no_supply'
  ), believed as (
    insert into oms_evidence (kind, source_type, source_event_id, meter_id, substation_id, event_at, received_at, clock_suspect)
    select distinct on (c.id, c.event_timestamp) 'no_supply_call', 'call_center', c.id, c.meter_id, m.substation_id, c.event_timestamp,
      c.received_at, oms_clock_suspect(c.event_timestamp, c.received_at)
    from calls c
    join oms_meters m on m.id = c.meter_id
    where (
      select e.kind from oms_evidence e
      where e.meter_id = c.meter_id and e.event_at = c.event_timestamp and e.kind in ('no_supply_call', 'call_withdrawn')
        and e.source_event_id = c.id
      order by e.id desc limit 1) is distinct from 'no_supply_call'
    order by c.id, c.event_timestamp, c.received_at
    returning 1
  ), standing as (
    -- What a ticket's last message left standing; it may be so no longer.
    select distinct on (e.source_event_id, e.meter_id, e.event_at) e.*
    from tickets t
    join oms_evidence e on e.meter_id = t.meter_id and e.source_event_id = t.id and e.kind in ('no_supply_call', 'call_withdrawn')
    order by e.source_event_id, e.meter_id, e.event_at, e.id desc
  ), withdrawn as (
    insert into oms_evidence (kind, source_type, source_event_id, meter_id, substation_id, event_at, received_at, clock_suspect)
    select 'call_withdrawn', 'call_center', s.source_event_id, s.meter_id, s.substation_id, s.event_at, s.received_at, s.clock_suspect
    from standing s
    where s.kind = 'no_supply_call' and not exists (
      select from calls c where c.id = s.source_event_id and c.meter_id = s.meter_id and c.event_timestamp = s.event_at)
    returning 1
  ), unknown as (
    insert into oms_unmatched_identifiers (source_type, source_event_id, identifier_kind, identifier_value, event_timestamp)
    select 'call_center', t.id, i.kind, i.value, t.event_timestamp
    from tickets t
    join matched m on m.id = t.id
    cross join lateral (values ('meter_number', t.meter_number), ('phone', t.phone_key), ('address', t.address_key)) as i (kind, value)
    where i.value is not null and (m.meter_id is null or (i.kind = 'meter_number' and m.matched_by <> 'meter_number'))
    on conflict do nothing
  ), settled as (
    update oms_unmatched_identifiers u set matched_at = now()
    from matched m
    where m.meter_id is not null and u.source_type = 'call_center' and u.source_event_id = m.id and u.matched_at is null
      and (u.identifier_kind <> 'meter_number' or m.matched_by = 'meter_number')
  )
  select (select count(*) from linked), (select count(*) from believed) + (select count(*) from withdrawn) into v_linked, v_calls;
  if v_calls > 0 then
    perform pg_notify('lastgasp_evidence', '');
  end if;
  return v_linked;
end
$function$;
comment on function link_callcenter_tickets(bigint[]) is 'Links these tickets to the registry by meter number, else phone, else address; gives how many links are new.';

CREATE OR REPLACE FUNCTION normalise_kaifa_json(message jsonb)
 RETURNS SETOF jsonb
 LANGUAGE sql
 IMMUTABLE
AS $function$
  select jsonb_strip_nulls(jsonb_build_object(
    'message_type', 'EndDeviceEvents',
    'header', jsonb_build_object(
      'verb', kaifa_field(h.header, 'verb'),
      'noun', kaifa_field(h.header, 'noun'),
      'revision', kaifa_field(h.header, 'revision'),
      'timestamp', kaifa_field(h.header, 'timestamp', 'headertimestamp'),
      'source', kaifa_field(h.header, 'source'),
      'async_reply_flag', kaifa_field(h.header, 'asyncreplyflag'),
      'ack_required', kaifa_field(h.header, 'ackrequired'),
      'user', kaifa_field(h.header, 'user'),
      'message_id', kaifa_field(h.header, 'messageid'),
      'correlation_id', kaifa_field(h.header, 'correlationid'),
      'comment', kaifa_field(h.header, 'comment')),
    'payload', jsonb_build_object(
      'mrid', kaifa_field(p.event, 'mrid', 'eventid', 'eventidvalue', 'id'),
      'created_date_time', kaifa_field(p.event, 'createddatetime'),
      'issuer_id', kaifa_field(p.event, 'issuerid'),
      'issuer_tracking_id', kaifa_field(p.event, 'issuertrackingid'),
      'reason', kaifa_field(p.event, 'reason'),
      'severity', kaifa_field(p.event, 'severity'),
      'user_id', kaifa_field(p.event, 'userid'),
      'assets', i.assets -> m.at,
      'details', kaifa_field(p.event, 'details', 'enddeviceeventdetails'),
      'event_type', jsonb_build_object('@ref', kaifa_reference(kaifa_field(p.event, 'eventtype', 'enddeviceeventtype', 'eventtyperef'))),
      'names', kaifa_field(p.event, 'names'),
      'status', kaifa_field(p.event, 'status'),
      'usage_point', i.usage_points -> m.at)))
  from (select kaifa_field(message, 'header') as header) h
  cross join kaifa_events_of(message) with ordinality as p (event, ord)
  cross join lateral (
    select kaifa_identifiers(p.event, 'assets', 'asset') as assets, kaifa_identifiers(p.event, 'usagepoint', 'usagepoints') as usage_points
  ) i
  cross join lateral generate_series(0, greatest(jsonb_array_length(i.assets), jsonb_array_length(i.usage_points), 1) - 1) as m (at)
  order by p.ord, m.at
$function$;
comment on function normalise_kaifa_json(jsonb) is 'The events of a converted head-end message, one for each meter, in the spelling that ingest_kaifa_events reads.';

CREATE OR REPLACE FUNCTION note_provider_condition(source_type text, condition text, starts_at timestamp with time zone DEFAULT now(), ends_at timestamp with time zone DEFAULT NULL::timestamp with time zone, lag_seconds integer DEFAULT NULL::integer, note text DEFAULT NULL::text, noted_by text DEFAULT NULL::text)
 RETURNS bigint
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $function$
declare
  v_by text := coalesce(nullif(trim(note_provider_condition.noted_by), ''), session_user);
  v_known oms_provider_conditions;
  v_id bigint;
begin
  if note_provider_condition.source_type is null
    or note_provider_condition.source_type not in ('scada', 'onu', 'kaifa', 'call_center') then
    raise exception 'source_type: must be scada, onu, kaifa or call_center, got %',
      coalesce(note_provider_condition.source_type, 'null') using errcode = 'LGINV';
  end if;
  if note_provider_condition.condition is null
    or note_provider_condition.condition not in ('silent', 'late', 'duplicating', 'unreliable') then
    raise exception 'condition: must be silent, late, duplicating or unreliable, got %',
      coalesce(note_provider_condition.condition, 'null') using errcode = 'LGINV';
  end if;
  if note_provider_condition.starts_at is null or not isfinite(note_provider_condition.starts_at) then
    raise exception 'starts_at: required' using errcode = 'LGINV';
  end if;
  if note_provider_condition.ends_at < note_provider_condition.starts_at or not isfinite(note_provider_condition.ends_at) then
    raise exception 'ends_at: must not be before starts_at' using errcode = 'LGINV';
  end if;
  if note_provider_condition.lag_seconds is not null and note_provider_condition.condition <> 'late' then
    raise exception 'lag_seconds: only a late provider has a lag' using errcode = 'LGINV';
  end if;
  if note_provider_condition.lag_seconds not between 1 and 604800 then
    raise exception 'lag_seconds: must be from 1 to 604800, a week' using errcode = 'LGINV';
  end if;

  insert into oms_provider_conditions (source_type, condition, starts_at, ends_at, lag_seconds, note, created_by, updated_by)
  values (note_provider_condition.source_type, note_provider_condition.condition, note_provider_condition.starts_at,
    note_provider_condition.ends_at, note_provider_condition.lag_seconds, nullif(trim(note_provider_condition.note), ''), v_by, v_by)
  on conflict do nothing
  returning id into v_id;
  if v_id is not null then
    return v_id;
  end if;
  select c.* into v_known from oms_provider_conditions c
  where c.source_type = note_provider_condition.source_type and c.condition = note_provider_condition.condition and c.ends_at is null
  for update;
  -- What a person says replaces what the system found, and is ended by a person.
  if v_known.is_automatic then
    update oms_provider_conditions c
    set starts_at = note_provider_condition.starts_at, ends_at = note_provider_condition.ends_at,
      lag_seconds = note_provider_condition.lag_seconds, note = nullif(trim(note_provider_condition.note), ''),
      is_automatic = false, updated_by = v_by
    where c.id = v_known.id;
    return v_known.id;
  end if;
  if (v_known.starts_at, v_known.lag_seconds) is distinct from (note_provider_condition.starts_at, note_provider_condition.lag_seconds) then
    raise exception 'condition: % is noted as % since % already; end_provider_condition ends that',
      note_provider_condition.source_type, note_provider_condition.condition, v_known.starts_at using errcode = 'LGINV';
  end if;
  return v_known.id;
end
$function$;
comment on function note_provider_condition(text,text,timestamp with time zone,timestamp with time zone,integer,text,text) is 'Notes that a provider is silent, late, duplicating or unreliable: since when, until when where that is known, by how many seconds late, what was seen, who says so. Gives the row''s id.';

CREATE OR REPLACE FUNCTION oms_call_kind(notes text)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$
  select case
    when key is null then 'no_supply'
    when key ~ '\m(fire|smoke|spark(s|ing)?|burning|explosion|exploded|electrocut\w*|electric shock|life support|oxygen|ventilator|dialysis)\M'
      or key ~ '\m(wires?|cables?|lines?|poles?|conductors?)\M.*\m(down|fallen|fell|broken|cut|snapped|hanging|exposed)\M'
      or key ~ '\m(fallen|broken|downed|hanging|exposed|live)\M.*\m(wires?|cables?|lines?|poles?|conductors?)\M'
      or key ~ '(حريق|نار|دخان|شرار|انفجار|صعق|ماس كهربايي|جهاز تنفس|اجهزه طبيه|اكسجين|غسيل كلي|تنفس اصطناعي)'
      or key ~ '(سلك|اسلاك|كيبل|كابل|عمود|خط).*(مقطوع|مقطوعه|ساقط|ساقطه|واقع|وقع|سقط|مكشوف|مكشوفه|متدلي)'
      or key ~ '(سقوط|سقط|وقع|انقطاع سلك).*(سلك|اسلاك|كيبل|كابل|عمود)' then 'hazard'
    when key ~ '\m(flicker\w*|dim|dimming|low voltage|partial\w*|half|one phase|two phases|some (lights|rooms|outlets))\M'
      or key ~ '(ضعيف|ضعف|خافت|يرمش|يرف|رمش|جزيي|تذبذب|فاز واحد|نصف البيت|بعض الغرف)' then 'partial_supply'
    when key ~ '\m(bill|billing|invoice|payment|street ?lights?|complaint about (staff|service))\M'
      or key ~ '(فاتوره|فواتير|دفع|اناره الشارع|اناره شارع)' then 'other'
    else 'no_supply'
  end
  from (select oms_text_key(notes) as key) as said
$function$;
comment on function oms_call_kind(text) is 'What a caller tells: hazard, partial_supply, other or no_supply; only no_supply is evidence of an outage.';

CREATE OR REPLACE FUNCTION oms_clock_suspect(event_at timestamp with time zone, received_at timestamp with time zone)
 RETURNS boolean
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$
  select event_at > received_at + interval '10 minutes' or event_at < received_at - interval '3650 days'
$function$;
comment on function oms_clock_suspect(timestamp with time zone,timestamp with time zone) is 'True for an event stamped more than ten minutes after it was received, or ten years before: it is kept and flagged, and changes no state.';

CREATE OR REPLACE FUNCTION oms_correlate_events(event_type text, source_type text, source_event_id text, at timestamp with time zone, lat double precision DEFAULT NULL::double precision, lng double precision DEFAULT NULL::double precision, window_minutes integer DEFAULT 30, radius_meters double precision DEFAULT 1000)
 RETURNS bigint
 LANGUAGE sql
 STABLE
AS $function$
  with meters as (
    select k.meter_id from kaifa_events k
    where oms_correlate_events.source_type = 'kaifa' and k.id::text = oms_correlate_events.source_event_id and k.meter_id is not null
    union all
    select o.meter_id from onu_event_meters o
    where oms_correlate_events.source_type = 'onu' and o.onu_event_id::text = oms_correlate_events.source_event_id
    union all
    select t.meter_id from callcenter_tickets t
    where oms_correlate_events.source_type = 'call_center' and t.id::text = oms_correlate_events.source_event_id and t.meter_id is not null
  ), places as (
    select m.feeder_id, m.substation_id, m.id as meter_id, m.above_feeder_head from oms_meters m where m.id in (select meter_id from meters)
    union all
    select s.network_feeder_id, s.network_substation_id, null, false
    from scada_events s
    where oms_correlate_events.source_type = 'scada' and s.id::text = oms_correlate_events.source_event_id
  ), covering as (
    select o.id, 0 as distance, 0 as rank, o.started_at
    from oms_outage_events o
    join network_devices d on d.id = o.device_id
    join places p on exists (select from oms_outage_meters x where x.outage_event_id = o.id and x.meter_id = p.meter_id)
      or (o.meter_id is null and d.is_feeder_head and o.feeder_id = p.feeder_id and not p.above_feeder_head)
      or (o.meter_id is null and d.kind = 'substation' and o.substation_id = p.substation_id)
    where oms_is_open(o.status)
      and o.started_at <= oms_correlate_events.at + make_interval(mins => oms_correlate_events.window_minutes)
    union all
    select o.id, haversine_distance_meters(oms_correlate_events.lat, oms_correlate_events.lng, o.event_latitude, o.event_longitude), 1, o.started_at
    from oms_outage_events o
    where oms_is_open(o.status)
      and not exists (select from places)
      and o.started_at between oms_correlate_events.at - make_interval(mins => oms_correlate_events.window_minutes)
        and oms_correlate_events.at + make_interval(mins => oms_correlate_events.window_minutes)
      and haversine_distance_meters(oms_correlate_events.lat, oms_correlate_events.lng, o.event_latitude, o.event_longitude)
        <= oms_correlate_events.radius_meters
  )
  select c.id from covering c order by c.rank, c.distance, c.started_at desc, c.id limit 1
$function$;
comment on function oms_correlate_events(text,text,text,timestamp with time zone,double precision,double precision,integer,double precision) is 'The open outage that covers an event, by topology, else within window and radius; null where none does. Opens nothing.';

CREATE OR REPLACE FUNCTION oms_is_fed_normally(device bigint)
 RETURNS boolean
 LANGUAGE sql
 STABLE
AS $function$
  with recursive up as (
    select d.id, d.upstream_id, d.kind, not d.open and not d.normally_open as carries
    from network_devices d where d.id = oms_is_fed_normally.device
    union
    select d.id, d.upstream_id, d.kind, not d.open and not d.normally_open
    from up join network_devices d on d.id = up.upstream_id
    where up.carries
  )
  select exists (select from up where up.kind = 'substation' and up.upstream_id is null)
$function$;
comment on function oms_is_fed_normally(bigint) is 'Whether all devices from this one up to its substation are closed, as they stand now.';

CREATE OR REPLACE FUNCTION oms_is_open(status text)
 RETURNS boolean
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$
  select status in ('detected', 'confirmed', 'in_progress', 'partially_restored')
$function$;
comment on function oms_is_open(text) is 'Whether an outage of this status still lasts.';

CREATE OR REPLACE FUNCTION oms_is_planned(device_id bigint, at timestamp with time zone)
 RETURNS boolean
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$
  with recursive above as (
    select d.id, d.upstream_id from network_devices d where d.id = oms_is_planned.device_id
    union
    select d.id, d.upstream_id from above a join network_devices d on d.id = a.upstream_id
  )
  select exists (
    select from oms_planned_work w
    join above a on a.id = w.device_id
    where w.status = 'planned'
      and oms_is_planned.at between w.starts_at - interval '15 minutes' and w.ends_at
      and now() <= w.ends_at + interval '15 minutes')
$function$;
comment on function oms_is_planned(bigint,timestamp with time zone) is 'Whether work announced at a device, or at one upstream of it, explains that it opened at an instant.';

CREATE OR REPLACE FUNCTION oms_kaifa_signal(event_type text)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$
  select case
    when event_type in ('3.26.0.85', 'PowerOutage') then 'power_off'
    when event_type in ('3.26.0.216', 'PowerRestored') then 'power_on'
    when event_type in ('3.26.131.150', '3.26.131.292', '3.26.131.93', '3.26.131.293') then 'phase_voltage'
    else case regexp_replace(lower(event_type), '[^a-z]', '', 'g')
      when 'poweroutage' then 'power_off'
      when 'powerfailed' then 'power_off'
      when 'powerfailure' then 'power_off'
      when 'poweroff' then 'power_off'
      when 'lastgasp' then 'power_off'
      when 'powerrestored' then 'power_on'
      when 'powerrestoration' then 'power_on'
      when 'powerrestore' then 'power_on'
      when 'poweron' then 'power_on'
      when 'firstbreath' then 'power_on'
      else 'other'
    end
  end
$function$;
comment on function oms_kaifa_signal(text) is 'What a meter event type says, given as text or IEC 61968-9 code: power_off, power_on, phase_voltage or other.';

CREATE OR REPLACE FUNCTION oms_meter_state(power_status text, communication_status text)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$
  select case
    when power_status = 'off' or communication_status = 'offline' then 'offline'
    when power_status = 'on' and communication_status = 'online' then 'online'
    else 'unknown'
  end
$function$;
comment on function oms_meter_state(text,text) is 'How a check of meters counts one: offline with power off or not to be heard, online with power on and heard, unknown otherwise.';

CREATE OR REPLACE FUNCTION oms_outage_event_id(device_id text, started_at timestamp with time zone)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$
  select device_id || '-'
    || regexp_replace(to_char(started_at at time zone 'UTC', 'YYYYMMDD"T"HH24MISS.US'), '(\.000000|000)$', '') || 'Z'
$function$;
comment on function oms_outage_event_id(text,timestamp with time zone) is 'The human id of an outage: device and start in UTC.';

CREATE OR REPLACE FUNCTION oms_outages_at(at timestamp with time zone)
 RETURNS TABLE(id bigint, event_id text, event_type text, status text, severity text, confidence_score numeric, affected_customers_count integer, customers_out_now integer, customers_low integer, customers_high integer, unverified_customers integer, planned boolean, device_id bigint, meter_id bigint, substation_id bigint, feeder_id bigint, dp_id bigint, started_at timestamp with time zone, first_detected_at timestamp with time zone, last_updated_at timestamp with time zone, actual_restoration_time timestamp with time zone, estimated_restoration_time timestamp with time zone, momentary boolean, root_cause text, description text, event_latitude double precision, event_longitude double precision, replaced_by bigint)
 LANGUAGE sql
 STABLE
AS $function$
  select o.id, o.event_id, o.event_type,
    case when s.has_ended then o.status
      when o.status in ('confirmed', 'in_progress') then o.status
      when m.customers_back > 0 then 'partially_restored'
      else 'detected' end,
    o.severity, o.confidence_score, o.affected_customers_count,
    coalesce(m.customers_out, 0), o.customers_low, o.customers_high, case when s.has_ended then o.unverified_customers else 0 end,
    o.planned, o.device_id, o.meter_id, o.substation_id, o.feeder_id, o.dp_id, o.started_at,
    o.first_detected_at, o.last_updated_at, case when s.has_ended then o.actual_restoration_time end,
    case when not s.has_ended or o.status <> 'restored' then o.estimated_restoration_time end,
    s.has_ended and o.momentary, o.root_cause, o.description, o.event_latitude, o.event_longitude, null::bigint
  from oms_outage_events o
  cross join lateral (select coalesce(o.actual_restoration_time <= oms_outages_at.at, false) as has_ended) s
  left join lateral (
    select (sum(x.customers) filter (where x.out_from <= oms_outages_at.at
        and (x.out_until is null or x.out_until > oms_outages_at.at)))::integer as customers_out,
      sum(x.customers) filter (where x.out_until <= oms_outages_at.at) as customers_back
    from oms_outage_meters x
    where x.outage_event_id = o.id
  ) m on true
  where o.started_at <= oms_outages_at.at and o.status <> 'cancelled'
$function$;
comment on function oms_outages_at(timestamp with time zone) is 'The outages that there were at an instant, by when things happened, as far as is known today.';

CREATE OR REPLACE FUNCTION oms_outages_learnt_by(at timestamp with time zone)
 RETURNS TABLE(id bigint, event_id text, event_type text, status text, severity text, confidence_score numeric, affected_customers_count integer, customers_out_now integer, customers_low integer, customers_high integer, unverified_customers integer, planned boolean, device_id bigint, meter_id bigint, substation_id bigint, feeder_id bigint, dp_id bigint, started_at timestamp with time zone, first_detected_at timestamp with time zone, last_updated_at timestamp with time zone, actual_restoration_time timestamp with time zone, estimated_restoration_time timestamp with time zone, momentary boolean, root_cause text, description text, event_latitude double precision, event_longitude double precision, replaced_by bigint)
 LANGUAGE sql
 STABLE
AS $function$
  select o.id, o.event_id, o.event_type, d.status, oms_severity(d.customers), d.confidence_score, d.customers,
    d.customers_out_now, d.customers_low, d.customers_high, d.unverified_customers, d.planned,
    d.device_id, d.meter_id, o.substation_id, o.feeder_id, o.dp_id, d.started_at,
    o.first_detected_at, d.decided_at, d.ended_at, null::timestamptz, d.momentary,
    (select e.reason from oms_event_sources s
      join scada_events e on e.id = s.source_event_id::bigint
      where s.outage_event_id = o.id and s.source_type = 'scada' and s.source_table = 'scada_events'
        and s.correlation_weight > 0 and e.reason is not null and e.received_at <= oms_outages_learnt_by.at
      order by e.event_timestamp, e.id
      limit 1),
    d.description, o.event_latitude, o.event_longitude, d.replaced_by
  from oms_outage_events o
  join lateral (
    select * from oms_outage_decisions x
    where x.outage_event_id = o.id and x.decided_at <= oms_outages_learnt_by.at
    order by x.decided_at desc, x.id desc
    limit 1
  ) d on true
  where o.first_detected_at <= oms_outages_learnt_by.at
$function$;
comment on function oms_outages_learnt_by(timestamp with time zone) is 'The outages as they were believed at an instant, by when things were learnt.';

CREATE OR REPLACE FUNCTION oms_phone_key(phone text)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE STRICT
AS $function$
  select case when length(national) >= 6 then national end
  from (
    select ltrim(regexp_replace(regexp_replace(
      regexp_replace(translate(phone, '٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹', '01234567890123456789'), '[^0-9]', '', 'g'),
      '^00', ''), '^962(?=0?[0-9]{8,9}$)', ''), '0') as national
  ) as reduced
$function$;
comment on function oms_phone_key(text) is 'A phone number reduced to its national digits, for comparing what a caller gives with the registry; null where no number is left.';

CREATE OR REPLACE FUNCTION oms_report_rank(source_type text, kind text)
 RETURNS smallint
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$
  select ((case source_type when 'system' then 5 when 'kaifa' then 4 when 'onu' then 3 when 'scada' then 2 else 1 end) * 2
    + case when kind in ('power_off', 'not_heard') then 0 else 1 end)::smallint
$function$;
comment on function oms_report_rank(text,text) is 'Fixed order among reports of the same instant; the highest counts.';

CREATE OR REPLACE FUNCTION oms_resolve_kaifa_meter(asset_mrid text, usage_point_mrid text)
 RETURNS TABLE(meter_id bigint, matched_by text)
 LANGUAGE sql
 STABLE
AS $function$
  select coalesce(i.by_asset, i.by_usage_point, i.by_number),
    case when i.by_asset is not null then 'asset_mrid' when i.by_usage_point is not null then 'usage_point_mrid'
      when i.by_number is not null then 'meter_number' end
  from (
    select n.*, case when n.by_asset is null and n.by_usage_point is null then
      (select m.id from oms_meters m where m.meter_number = oms_resolve_kaifa_meter.asset_mrid) end as by_number
    from (
      select a.*, case when a.by_asset is null then
        (select m.id from oms_meters m where m.usage_point_mrid = oms_resolve_kaifa_meter.usage_point_mrid
          order by m.status = 'active' desc, m.id limit 1) end as by_usage_point
      from (
        select (select m.id from oms_meters m where m.asset_mrid = oms_resolve_kaifa_meter.asset_mrid) as by_asset
        offset 0
      ) a
      offset 0
    ) n
    offset 0
  ) i
$function$;
comment on function oms_resolve_kaifa_meter(text,text) is 'The meter of an asset and usage point, and by which identifier it was found; nulls where none has them.';

CREATE OR REPLACE FUNCTION oms_scada_signal(event_type text, alarm_type text)
 RETURNS text
 LANGUAGE plpgsql
 IMMUTABLE PARALLEL SAFE
AS $function$
declare
  v_words text[] := array[
    regexp_replace(lower(alarm_type), '[^a-z]', '', 'g'),
    regexp_replace(lower(event_type), '[^a-z]', '', 'g')];
  v_signals text[] := '{}';
  v_word text;
begin
  foreach v_word in array v_words loop
    v_signals := v_signals || case
      when v_word in ('breakertrip', 'breakertripped', 'breakeropen', 'breakeropened', 'switchopen') then 'switch_open'
      when v_word in ('breakerclose', 'breakerclosed', 'switchclosed') then 'switch_closed'
      when v_word in ('deenergized', 'deenergised', 'powerfailure', 'outage', 'poweroutage', 'fault', 'fusetrip',
        'lossofvoltage', 'voltagelost', 'mvalarmlossofvoltage') then 'voltage_lost'
      when v_word in ('energized', 'energised', 'powerrestored', 'voltagerestored', 'restoration', 'restored',
        'mvalarmrestoration') then 'voltage_present'
    end;
  end loop;
  if v_signals[1] is null then
    return coalesce(v_signals[2], 'other');
  end if;
  if (v_signals[1], v_signals[2]) in (('voltage_lost', 'switch_open'), ('voltage_present', 'switch_closed')) then
    return v_signals[2];
  end if;
  return v_signals[1];
end
$function$;
comment on function oms_scada_signal(text,text) is 'What a SCADA event says: switch_open, switch_closed, voltage_lost, voltage_present or other.';

CREATE OR REPLACE FUNCTION oms_severity(customers bigint)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $function$
  select case when customers >= 1000 then 'critical' when customers >= 200 then 'high' when customers >= 20 then 'medium' else 'low' end
$function$;
comment on function oms_severity(bigint) is 'Severity of an outage from the customers it interrupts.';

CREATE OR REPLACE FUNCTION oms_text_key(value text)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE STRICT
AS $function$
  select nullif(trim(regexp_replace(
    translate(
      regexp_replace(lower(value), '[\u064B-\u065F\u0670\u0640]', '', 'g'),
      'أإآٱىةؤئ٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹', 'ااااي' || 'هوي' || '01234567890123456789'),
    '[^[:alnum:]]+', ' ', 'g')), '')
$function$;
comment on function oms_text_key(text) is 'A name or address reduced to what spellings of it have in common in Arabic and English; null where nothing is left.';

CREATE OR REPLACE FUNCTION open_scada_outages(event_ids bigint[])
 RETURNS void
 LANGUAGE plpgsql
 SET enable_seqscan TO 'off'
AS $function$
begin
  with trips as materialized (
    select e.id, e.device_id, e.network_substation_id, e.network_feeder_id, e.event_timestamp, e.received_at, e.total_customers, e.reason, e.latitude, e.longitude
    from scada_events e
    where e.id = any (open_scada_outages.event_ids) and e.device_id is not null and e.total_meters > 0
      and e.signal in ('switch_open', 'voltage_lost') and not e.clock_suspect
      and not exists (
        select from oms_evidence c
        where c.substation_id = e.network_substation_id and c.device_id is not null and not c.clock_suspect
          and c.kind in ('switch_closed', 'voltage_present') and c.event_at >= e.event_timestamp
          and (c.device_id = e.device_id
            or c.device_id = (select d.id from network_devices d where d.substation_id = e.network_substation_id and d.kind = 'substation')))
      -- Its outage of that time has ended, be it by what lies below: the engine knows whether this changes it.
      and not exists (
        select from oms_outage_events o
        where o.substation_id = e.network_substation_id and o.device_id = e.device_id and o.meter_id is null and o.status = 'restored'
          and e.event_timestamp between o.started_at and o.actual_restoration_time)
  ), uncovered as (
    select distinct on (t.device_id) t.*
    from trips t
    where not exists (
      select from oms_outage_events o
      join network_devices d on d.id = o.device_id
      where oms_is_open(o.status) and o.meter_id is null
        and (o.device_id = t.device_id
          or (d.kind = 'substation' and d.substation_id = t.network_substation_id and o.started_at <= t.event_timestamp)))
    order by t.device_id, t.event_timestamp, t.id
  ), counted as (
    -- Who is in another open outage already is not interrupted by this one.
    select u.*, d.device_id as device_code, d.kind, d.location_lat, d.location_lng, u.total_customers - (
      select coalesce(sum(x.customers), 0)
      from oms_outage_events o
      join oms_outage_meters x on x.outage_event_id = o.id and x.out_until is null
      join oms_meters m on m.id = x.meter_id
      where o.substation_id = u.network_substation_id
        and oms_is_open(o.status)
        and (u.network_feeder_id is null or (m.feeder_id = u.network_feeder_id and not m.above_feeder_head))) as customers
    from uncovered u
    join network_devices d on d.id = u.device_id
  )
  insert into oms_outage_events (event_id, event_type, status, severity, confidence_score, affected_customers_count, root_cause, device_id,
    substation_id, feeder_id, started_at, first_detected_at, event_latitude, event_longitude, planned)
  select oms_outage_event_id(c.device_code, c.event_timestamp),
    case when c.network_feeder_id is null then 'substation_outage' else 'feeder_outage' end,
    'detected', oms_severity(c.customers), 0.95, c.customers, c.reason, c.device_id, c.network_substation_id, c.network_feeder_id,
    c.event_timestamp, c.received_at,
    coalesce(c.location_lat, f.location_lat, s.location_lat, c.latitude), coalesce(c.location_lng, f.location_lng, s.location_lng, c.longitude),
    oms_is_planned(c.device_id, c.event_timestamp)
  from counted c
  left join network_feeders f on f.id = c.network_feeder_id
  left join network_substations s on s.id = c.network_substation_id
  where c.customers > 0
  on conflict do nothing;

  with joined as (
    update scada_events e
    set outage_event_id = (
      select o.id
      from oms_outage_events o
      join network_devices d on d.id = o.device_id
      where oms_is_open(o.status) and o.meter_id is null
        and (o.device_id = e.device_id
          or (d.kind = 'substation' and d.substation_id = e.network_substation_id and o.started_at <= e.event_timestamp))
      order by o.device_id = e.device_id desc limit 1)
    where e.id = any (open_scada_outages.event_ids) and e.signal in ('switch_open', 'voltage_lost') and not e.clock_suspect
      and e.total_meters > 0 and e.outage_event_id is null
      and not exists (
        select from oms_evidence c
        where c.substation_id = e.network_substation_id and c.device_id = e.device_id and not c.clock_suspect
          and c.kind in ('switch_closed', 'voltage_present') and c.event_at >= e.event_timestamp)
    returning e.id, e.outage_event_id, e.event_timestamp, e.received_at
  )
  insert into oms_event_sources (outage_event_id, source_type, source_event_id, source_table, correlation_weight, event_timestamp, detected_at)
  select j.outage_event_id, 'scada', j.id::text, 'scada_events', 0.95, j.event_timestamp, j.received_at
  from joined j
  where j.outage_event_id is not null
  on conflict do nothing;
end
$function$;
comment on function open_scada_outages(bigint[]) is 'Opens or joins the outages that these SCADA trips mean, at most one open outage per device.';

CREATE OR REPLACE FUNCTION process_scada_event_meters(scada_event_id bigint, substation text, feeder text DEFAULT NULL::text, at timestamp with time zone DEFAULT now())
 RETURNS jsonb
 LANGUAGE plpgsql
AS $function$
declare
  v_substation_id bigint;
  v_feeder_id bigint;
  v_event scada_events;
begin
  select s.id into v_substation_id from network_substations s where s.substation_id = process_scada_event_meters.substation;
  if nullif(process_scada_event_meters.feeder, '') is not null then
    select f.id, f.substation_id into v_feeder_id, v_substation_id
    from network_feeders f where f.feeder_id = process_scada_event_meters.feeder;
    if v_feeder_id is null then
      raise exception 'feeder: no feeder % in the registry', process_scada_event_meters.feeder using errcode = 'LGNTF';
    end if;
  elsif v_substation_id is null then
    raise exception 'substation: no substation % in the registry', coalesce(process_scada_event_meters.substation, 'null') using errcode = 'LGNTF';
  end if;

  delete from scada_event_affected_meters a where a.scada_event_id = process_scada_event_meters.scada_event_id;
  update scada_events e
  set network_substation_id = v_substation_id, network_feeder_id = v_feeder_id, meters_checked_at = null
  where e.id = process_scada_event_meters.scada_event_id;
  if not found then
    raise exception 'scada_event_id: no SCADA event %', process_scada_event_meters.scada_event_id using errcode = 'LGNTF';
  end if;
  perform check_scada_event_meters(array[process_scada_event_meters.scada_event_id]);
  update scada_events e set meters_checked_at = process_scada_event_meters.at
  where e.id = process_scada_event_meters.scada_event_id and e.meters_checked_at is not null
  returning e.* into v_event;
  return jsonb_build_object(
    'scada_event_id', process_scada_event_meters.scada_event_id,
    'total_meters', coalesce(v_event.total_meters, 0),
    'offline_meters', coalesce(v_event.offline_meters, 0),
    'online_meters', coalesce(v_event.online_meters, 0),
    'unknown_meters', coalesce(v_event.unknown_meters, 0));
end
$function$;
comment on function process_scada_event_meters(bigint,text,text,timestamp with time zone) is 'Checks the meters of one feeder, or without a feeder of one substation, for a stored SCADA event, and gives the counts.';

CREATE OR REPLACE FUNCTION refresh_transfers()
 RETURNS integer
 LANGUAGE plpgsql
 SET enable_seqscan TO 'off'
AS $function$
declare
  v_waiting bigint[] := array(select d.id from network_devices d where d.normally_open and not d.open order by d.id);
  v_dead bigint[];
  v_live bigint[];
  v_live_from bigint[];
  v_tie record;
  v_end bigint;
  v_from bigint;
  v_feeder_id bigint;
  v_substation_id bigint;
  v_since timestamptz;
begin
  lock table network_transfers in share row exclusive mode;
  delete from network_transfers;
  while cardinality(v_waiting) > 0 loop
    v_dead := '{}';
    v_live := '{}';
    v_live_from := '{}';
    -- What a round feeds counts in the next one only.
    for v_tie in
      select d.id, d.upstream_id, d.other_end_id from network_devices d where d.id = any (v_waiting) order by d.id
    loop
      v_from := null;
      foreach v_end in array array[v_tie.upstream_id, v_tie.id, v_tie.other_end_id] loop
        if v_from is null and v_end is not null
          and (exists (select from network_transfers t where t.device_id = v_end) or oms_is_fed_normally(v_end)) then
          v_from := v_end;
        end if;
      end loop;
      if v_from is null then
        v_dead := v_dead || v_tie.id;
      else
        v_live := v_live || v_tie.id;
        v_live_from := v_live_from || v_from;
      end if;
    end loop;
    for v_tie in
      select d.id, d.upstream_id, d.other_end_id, d.state_at, l.from_id
      from unnest(v_live, v_live_from) with ordinality as l (id, from_id, nth)
      join network_devices d on d.id = l.id
      order by l.nth
    loop
      select t.feeder_id, t.substation_id into v_feeder_id, v_substation_id
      from network_transfers t where t.device_id = v_tie.from_id;
      if not found then
        with recursive up as (
          select d.id, d.upstream_id, d.feeder_id, d.substation_id, d.is_feeder_head, 1 as step
          from network_devices d where d.id = v_tie.from_id
          union all
          select d.id, d.upstream_id, d.feeder_id, d.substation_id, d.is_feeder_head, up.step + 1
          from up join network_devices d on d.id = up.upstream_id
        )
        select (select up.feeder_id from up where up.is_feeder_head order by up.step limit 1),
          (select up.substation_id from up order by up.step desc limit 1)
        into v_feeder_id, v_substation_id;
      end if;
      foreach v_end in array array[v_tie.upstream_id, v_tie.id, v_tie.other_end_id] loop
        continue when v_end is null or v_end = v_tie.from_id
          or exists (select from network_transfers t where t.device_id = v_end) or oms_is_fed_normally(v_end);
        with recursive section as (
          select v_end as id
          union
          select n.id
          from section s
          cross join lateral (
            select c.id from network_devices c where c.upstream_id = s.id and not c.open and not c.normally_open
            union all
            select o.upstream_id from network_devices o
            where o.id = s.id and not o.open and not o.normally_open and o.upstream_id is not null
          ) n
        )
        insert into network_transfers (device_id, tie_id, feeder_id, substation_id)
        select s.id, v_tie.id, v_feeder_id, v_substation_id from section s;
      end loop;
      select greatest(v_tie.state_at, max(d.state_at) filter (where d.open and not d.normally_open)) into v_since
      from network_transfers t join network_devices d on d.id = t.device_id
      where t.tie_id = v_tie.id;
      update network_transfers t set since = v_since where t.tie_id = v_tie.id;
    end loop;
    exit when cardinality(v_live) = 0;
    v_waiting := v_dead;
  end loop;
  return (select count(*)::integer from network_transfers);
end
$function$;
comment on function refresh_transfers() is 'Brings network_transfers to how the switches stand now; gives how many devices have what hangs on them fed through a tie.';

CREATE OR REPLACE FUNCTION rematch_kept_events()
 RETURNS integer
 LANGUAGE plpgsql
AS $function$
declare
  v_found integer := 0;
  v_ids bigint[];
begin
  if exists (select from oms_unmatched_identifiers where matched_at is null) then
    v_ids := array(
      select distinct u.source_event_id from oms_unmatched_identifiers u
      where u.matched_at is null and u.source_type = 'kaifa'
        and (u.identifier_kind = 'asset_mrid' and (exists (select from oms_meters m where m.asset_mrid = u.identifier_value)
            or exists (select from oms_meters m where m.meter_number = u.identifier_value))
          or u.identifier_kind = 'usage_point_mrid' and exists (select from oms_meters m where m.usage_point_mrid = u.identifier_value)));
    if cardinality(v_ids) > 0 then
      v_found := v_found + sync_kaifa_event_meters(v_ids);
    end if;

    v_ids := array(
      select distinct u.source_event_id from oms_unmatched_identifiers u
      where u.matched_at is null and u.source_type = 'onu'
        and (u.identifier_kind = 'onu_id' and exists (select from oms_meters m where m.onu_id = u.identifier_value::bigint)
          or u.identifier_kind = 'meter_number' and exists (select from oms_meters m where m.meter_number = u.identifier_value)));
    if cardinality(v_ids) > 0 then
      v_found := v_found + (select count(*) from sync_onu_event_meters(v_ids));
    end if;

    v_ids := array(
      select distinct u.source_event_id from oms_unmatched_identifiers u
      where u.matched_at is null and u.source_type = 'call_center'
        and (u.identifier_kind = 'meter_number' and exists (select from oms_meters m where m.meter_number = u.identifier_value)
          or u.identifier_kind = 'phone' and exists (select from oms_customers c where c.phone_key = u.identifier_value)
          or u.identifier_kind = 'address' and exists (select from oms_customers c where c.address_key = u.identifier_value)));
    if cardinality(v_ids) > 0 then
      v_found := v_found + link_callcenter_tickets(v_ids);
    end if;

    v_ids := array(
      select distinct u.source_event_id from oms_unmatched_identifiers u
      where u.matched_at is null and u.source_type = 'scada'
        and (u.identifier_kind = 'feeder_id' and exists (select from network_feeders f where f.feeder_id = u.identifier_value)
          or u.identifier_kind = 'substation_id' and exists (select from network_substations s where s.substation_id = u.identifier_value)));
    v_found := v_found + resolve_scada_events(v_ids);
  end if;

  -- A trip that came before the feeder's meters did.
  with waiting as (
    update scada_events e
    set meters_checked_at = null
    where e.total_meters = 0 and e.device_id is not null and e.signal <> 'other'
      and case when e.network_feeder_id is not null
        then exists (select from oms_meters m where m.feeder_id = e.network_feeder_id and not m.above_feeder_head and m.status = 'active')
        else exists (select from oms_meters m where m.substation_id = e.network_substation_id and m.status = 'active') end
    returning e.id
  )
  select array_agg(w.id) into v_ids from waiting w;
  if v_ids is not null then
    perform check_scada_event_meters(v_ids);
    perform open_scada_outages(v_ids);
    v_found := v_found + cardinality(v_ids);
  end if;
  return v_found;
end
$function$;
comment on function rematch_kept_events() is 'Matches events kept as unmatched with the registry again and applies those that find their place; gives how many did.';

CREATE OR REPLACE FUNCTION rematch_unmatched_identifiers()
 RETURNS integer
 LANGUAGE plpgsql
AS $function$
declare
  v_found integer := rematch_kept_events();
begin
  return v_found + sync_late_onu_meters();
end
$function$;
comment on function rematch_unmatched_identifiers() is 'Matches kept events with the registry again, those of an ONU with meters that came onto it later too, and applies them; gives how many found a place.';

CREATE OR REPLACE FUNCTION require_message_fields(message jsonb, paths text[], kinds text[])
 RETURNS void
 LANGUAGE plpgsql
 IMMUTABLE
AS $function$
declare
  v_path text;
  v_kind text;
  v_value jsonb;
  v_text text;
  v_at timestamptz;
begin
  if jsonb_typeof(message) is distinct from 'object' then
    raise exception 'message: must be a JSON object' using errcode = 'LGINV';
  end if;
  for v_path, v_kind in select p.path, p.kind from unnest(paths, kinds) as p (path, kind) loop
    v_value := message #> string_to_array(v_path, '.');
    v_text := v_value #>> '{}';
    if v_text is null or v_text = '' then
      if v_kind like '%?' then
        continue;
      end if;
      raise exception '%: required', v_path using errcode = 'LGINV';
    end if;
    case rtrim(v_kind, '?')
      when 'text' then
        if jsonb_typeof(v_value) <> 'string' then
          raise exception '%: must be text, got %', v_path, v_value using errcode = 'LGINV';
        end if;
      when 'number' then
        if jsonb_typeof(v_value) <> 'number' then
          raise exception '%: must be a number, got %', v_path, v_value using errcode = 'LGINV';
        end if;
      when 'integer' then
        if jsonb_typeof(v_value) <> 'number' or v_text !~ '^-?[0-9]{1,18}$' then
          raise exception '%: must be an integer, got %', v_path, v_value using errcode = 'LGINV';
        end if;
      when 'instant' then
        if jsonb_typeof(v_value) <> 'string'
          or v_text !~* '^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$' then
          raise exception '%: must be an RFC 3339 time with an offset, got %', v_path, v_value using errcode = 'LGINV';
        end if;
        begin
          v_at := v_text::timestamptz;
        exception when others then
          raise exception '%: no such time, %', v_path, v_value using errcode = 'LGINV';
        end;
      else
        raise exception 'unknown kind %', v_kind;
    end case;
  end loop;
end
$function$;
comment on function require_message_fields(jsonb,text[],text[]) is 'Checks the fields of a message given by psql; raises LGINV naming the field and the reason.';

CREATE OR REPLACE FUNCTION require_work_times(starts_at timestamp with time zone, ends_at timestamp with time zone)
 RETURNS void
 LANGUAGE plpgsql
 IMMUTABLE
AS $function$
begin
  if require_work_times.starts_at is null or not isfinite(require_work_times.starts_at) then
    raise exception 'starts_at: required' using errcode = 'LGINV';
  end if;
  if require_work_times.ends_at is null or not isfinite(require_work_times.ends_at) then
    raise exception 'ends_at: required' using errcode = 'LGINV';
  end if;
  if require_work_times.ends_at <= require_work_times.starts_at then
    raise exception 'ends_at: must be after starts_at' using errcode = 'LGINV';
  end if;
  if require_work_times.ends_at > require_work_times.starts_at + interval '14 days' then
    raise exception 'ends_at: must be at most 14 days after starts_at' using errcode = 'LGINV';
  end if;
end
$function$;
comment on function require_work_times(timestamp with time zone,timestamp with time zone) is 'Checks the times of announced work; raises LGINV naming the field.';

CREATE OR REPLACE FUNCTION resolve_scada_events(event_ids bigint[])
 RETURNS integer
 LANGUAGE plpgsql
 SET enable_seqscan TO 'off'
AS $function$
declare
  v_resolved bigint[];
  v_tie record;
begin
  if coalesce(cardinality(event_ids), 0) = 0 then
    return 0;
  end if;

  for v_tie in
    update scada_events e
    set device_id = d.id
    from network_devices d
    where e.id = any (resolve_scada_events.event_ids) and e.device_id is null and e.feeder_id <> ''
      and d.device_id = e.feeder_id and d.normally_open
      and not exists (select from network_feeders f where f.feeder_id = e.feeder_id)
    returning e.feeder_id, e.signal, e.event_timestamp, e.clock_suspect
  loop
    if v_tie.signal in ('switch_open', 'switch_closed') and not v_tie.clock_suspect then
      perform set_device_state(v_tie.feeder_id, v_tie.signal = 'switch_open', v_tie.event_timestamp, 'scada');
    end if;
  end loop;

  with events as materialized (
    select e.id, e.substation_id, e.feeder_id, e.event_timestamp, f.id as network_feeder_id, f.substation_id as feeder_substation_id,
      s.id as named_substation_id
    from scada_events e
    left join network_feeders f on f.feeder_id = e.feeder_id
    left join network_substations s on s.substation_id = e.substation_id
    where e.id = any (resolve_scada_events.event_ids) and e.device_id is null
  ), doubted as (
    insert into oms_identity_conflicts as c (source_type, conflict_kind, identifier, registry_value, reported_value, source_event_id)
    select distinct on (e.feeder_id, s.substation_id, e.substation_id)
      'scada', 'feeder_substation', e.feeder_id, s.substation_id, e.substation_id, e.id
    from events e
    join network_substations s on s.id = e.feeder_substation_id
    where e.feeder_substation_id is distinct from e.named_substation_id
    order by e.feeder_id, s.substation_id, e.substation_id, e.id
    on conflict (source_type, conflict_kind, identifier, registry_value, reported_value)
      do update set times_seen = c.times_seen + 1, last_seen_at = now()
  ), unknown as (
    insert into oms_unmatched_identifiers (source_type, source_event_id, identifier_kind, identifier_value, event_timestamp)
    select 'scada', e.id, 'feeder_id', e.feeder_id, e.event_timestamp
    from events e where e.feeder_id <> '' and e.network_feeder_id is null
    union all
    select 'scada', e.id, 'substation_id', e.substation_id, e.event_timestamp
    from events e where e.named_substation_id is null and e.network_feeder_id is null
    on conflict do nothing
  ), settled as (
    update oms_unmatched_identifiers u set matched_at = now()
    from events e
    where u.source_type = 'scada' and u.source_event_id = e.id and u.matched_at is null
      and case u.identifier_kind when 'feeder_id' then e.network_feeder_id is not null
        else coalesce(e.network_feeder_id, e.named_substation_id) is not null end
  )
  update scada_events e
  set network_feeder_id = r.network_feeder_id,
    network_substation_id = coalesce(r.feeder_substation_id, r.named_substation_id)
  from events r
  where e.id = r.id;

  perform ensure_scada_devices(event_ids);

  with placed as (
    update scada_events e
    set device_id = d.id
    from network_devices d
    where e.id = any (resolve_scada_events.event_ids) and e.device_id is null
      and case when e.feeder_id <> '' then d.feeder_id = e.network_feeder_id and d.is_feeder_head
        else d.substation_id = e.network_substation_id and d.kind = 'substation' end
    returning e.id, e.signal, e.device_id, e.network_substation_id, e.event_timestamp, e.received_at, e.clock_suspect
  ), believed as (
    insert into oms_evidence (kind, source_type, source_event_id, device_id, substation_id, event_at, received_at, clock_suspect)
    select p.signal, 'scada', p.id, p.device_id, p.network_substation_id, p.event_timestamp, p.received_at, p.clock_suspect
    from placed p
    where p.signal <> 'other'
  )
  select array_agg(p.id) into v_resolved from placed p;

  if v_resolved is null then
    return 0;
  end if;
  perform check_scada_event_meters(v_resolved);
  perform open_scada_outages(v_resolved);
  perform pg_notify('lastgasp_evidence', '');
  return cardinality(v_resolved);
end
$function$;
comment on function resolve_scada_events(bigint[]) is 'Matches stored SCADA events with the network, checks their meters and opens or joins their outages; gives how many found their place.';

CREATE OR REPLACE FUNCTION set_device_state(device_id text, open boolean, at timestamp with time zone DEFAULT now(), source text DEFAULT 'operator'::text)
 RETURNS boolean
 LANGUAGE plpgsql
AS $function$
#variable_conflict use_column
declare
  v_device network_devices;
  v_latest network_device_states;
begin
  select d.* into v_device from network_devices d where d.device_id = set_device_state.device_id for no key update;
  if v_device.id is null then
    raise exception 'device_id: no device % in the registry', coalesce(set_device_state.device_id, 'null') using errcode = 'LGNTF';
  end if;
  if v_device.kind in ('line', 'substation', 'distribution_point', 'feeder') then
    raise exception 'device_id: % is a %, which neither opens nor closes', v_device.device_id, replace(v_device.kind, '_', ' ')
      using errcode = 'LGINV';
  end if;
  if set_device_state.open is null then
    raise exception 'open: required' using errcode = 'LGINV';
  end if;
  if set_device_state.at is null or set_device_state.at > clock_timestamp() + interval '10 minutes' then
    raise exception 'at: must be a time that has been, got %', coalesce(set_device_state.at::text, 'null') using errcode = 'LGINV';
  end if;
  if coalesce(set_device_state.source, '') = '' then
    raise exception 'source: required' using errcode = 'LGINV';
  end if;

  insert into network_device_states (device_id, open, state_at, source)
  values (v_device.id, set_device_state.open, set_device_state.at, set_device_state.source)
  on conflict do nothing;
  select s.* into v_latest
  from network_device_states s
  where s.device_id = v_device.id
  order by s.state_at desc, s.source = 'scada', s.source, s.open desc
  limit 1;
  -- Looks before it writes: each statement on the table counts as a change of the registry, and everybody reads the network again.
  if (v_device.open, v_device.state_at, v_device.state_source) is distinct from (v_latest.open, v_latest.state_at, v_latest.source) then
    update network_devices d
    set open = v_latest.open, state_at = v_latest.state_at, state_source = v_latest.source
    where d.id = v_device.id;
    perform refresh_transfers();
  end if;
  return v_latest.open = set_device_state.open and v_latest.state_at = set_device_state.at;
end
$function$;
comment on function set_device_state(text,boolean,timestamp with time zone,text) is 'Says that a device stood open or closed at an instant, and who says so; true when that is the newest word and now holds, false when only the trail got it.';

CREATE OR REPLACE FUNCTION settle_status_changes(meter_ids bigint[], kinds text[], event_ats timestamp with time zone[])
 RETURNS void
 LANGUAGE sql
 SET enable_seqscan TO 'off'
AS $function$
  with late as (
    select l.meter_id, l.event_at,
      case l.kind when 'power_on' then 'on' when 'power_off' then 'off' end as power,
      case when l.kind in ('power_off', 'not_heard') then 'offline' else 'online' end as word
    from unnest(settle_status_changes.meter_ids, settle_status_changes.kinds, settle_status_changes.event_ats)
      as l (meter_id, kind, event_at)
  ), unsettled as (
    select m.id, m.power_status, m.communication_status,
      bool_or(l.power is not null and m.last_power_change is not null
        and case when l.power = m.power_status then l.event_at < m.last_power_change else l.event_at >= m.last_power_change end) as power,
      bool_or(m.last_status_change is not null
        and case when l.word = m.communication_status then l.event_at < m.last_status_change else l.event_at >= m.last_status_change end) as word
    from late l
    join oms_meters m on m.id = l.meter_id
    group by m.id
  ), settled as (
    select u.id,
      case when u.power then (
        select min(e.event_at)
        from oms_evidence e
        where e.meter_id = u.id and not e.clock_suspect and e.kind = 'power_' || u.power_status
          and e.event_at >= coalesce(last_other.event_at, '-infinity')
          and (last_other.event_at is null
            or (e.event_at, oms_report_rank(e.source_type, e.kind)) > (last_other.event_at, last_other.rank))
      ) end as power_since,
      case when u.word then (
        select min(e.event_at)
        from oms_evidence e
        where e.meter_id = u.id and not e.clock_suspect
          and e.kind = any (case u.communication_status when 'online' then array['power_on', 'heard'] else array['power_off', 'not_heard'] end)
          and e.event_at >= coalesce(last_unlike.event_at, '-infinity')
          and (last_unlike.event_at is null
            or (e.event_at, oms_report_rank(e.source_type, e.kind)) > (last_unlike.event_at, last_unlike.rank))
      ) end as word_since
    from unsettled u
    left join lateral (
      select e.event_at, oms_report_rank(e.source_type, e.kind) as rank
      from oms_evidence e
      where u.power and e.meter_id = u.id and not e.clock_suspect
        and e.kind = case u.power_status when 'on' then 'power_off' else 'power_on' end
      order by e.event_at desc, rank desc limit 1
    ) last_other on true
    left join lateral (
      select e.event_at, oms_report_rank(e.source_type, e.kind) as rank
      from oms_evidence e
      where u.word and e.meter_id = u.id and not e.clock_suspect
        and e.kind = any (case u.communication_status when 'online' then array['power_off', 'not_heard'] else array['power_on', 'heard'] end)
      order by e.event_at desc, rank desc limit 1
    ) last_unlike on true
    where u.power or u.word
  )
  update oms_meters m
  set last_power_change = coalesce(s.power_since, m.last_power_change),
    last_status_change = coalesce(s.word_since, m.last_status_change)
  from settled s
  where m.id = s.id
    and (s.power_since is distinct from m.last_power_change or s.word_since is distinct from m.last_status_change)
$function$;
comment on function settle_status_changes(bigint[],text[],timestamp with time zone[]) is 'After late reports of these meters: sets since when their present states hold, from the evidence log.';

CREATE OR REPLACE FUNCTION sync_callcenter_tickets_to_meters()
 RETURNS integer
 LANGUAGE sql
AS $function$
  select link_callcenter_tickets(array(select t.id from callcenter_tickets t where t.meter_id is null order by t.id))
$function$;
comment on function sync_callcenter_tickets_to_meters() is 'Tries to link every ticket that has no meter yet; gives how many it linked.';

CREATE OR REPLACE FUNCTION sync_kaifa_event_meters(event_ids bigint[])
 RETURNS integer
 LANGUAGE plpgsql
 SET enable_seqscan TO 'off'
AS $function$
declare
  v_found integer;
begin
  with waiting as materialized (
    select e.id, e.asset_mrid, e.usage_point_mrid, e.meter_id, e.matched_by
    from kaifa_events e
    where e.id = any (sync_kaifa_event_meters.event_ids) and (e.meter_id is null or e.matched_by = 'usage_point_mrid')
    order by e.id
  ), resolved as materialized (
    select w.id, w.meter_id as former_meter_id, w.matched_by as formerly_by, r.meter_id, r.matched_by
    from waiting w
    cross join lateral oms_resolve_kaifa_meter(w.asset_mrid, w.usage_point_mrid) r
    where r.meter_id is not null
  ), matched as (
    update kaifa_events e set meter_id = r.meter_id, matched_by = r.matched_by
    from resolved r
    where e.id = r.id and e.meter_id is not distinct from r.former_meter_id and e.matched_by is not distinct from r.formerly_by
      and (r.former_meter_id is null or r.matched_by <> 'usage_point_mrid')
    returning e.id, e.meter_id, e.signal, e.event_timestamp, e.received_at, r.former_meter_id
  ), settled as (
    update oms_unmatched_identifiers u set matched_at = now()
    from resolved r
    where u.source_type = 'kaifa' and u.source_event_id = r.id and u.matched_at is null
      and (r.matched_by <> 'usage_point_mrid' or u.identifier_kind = 'usage_point_mrid'
        or exists (select from oms_meters n where n.meter_number = u.identifier_value))
  )
  select apply_meter_reports('kaifa', array_agg(m.id), array_agg(m.meter_id),
    array_agg(case m.signal when 'other' then 'heard' else m.signal end),
    array_agg(m.event_timestamp), array_agg(m.received_at))
  into v_found
  from matched m
  where m.meter_id is distinct from m.former_meter_id
  having count(*) > 0;
  return coalesce(v_found, 0);
end
$function$;
comment on function sync_kaifa_event_meters(bigint[]) is 'Matches kept head-end events with the registry again and applies them; gives how many found their meter.';

CREATE OR REPLACE FUNCTION sync_late_onu_meters(meter_ids bigint[] DEFAULT NULL::bigint[])
 RETURNS integer
 LANGUAGE plpgsql
AS $function$
declare
  v_events bigint[];
begin
  if meter_ids is null then
    select array_agg(distinct e.id) into v_events
    from onu_events e
    join oms_meters m on m.onu_id = e.onu_id and m.status = 'active'
    where not exists (select from onu_event_meters l where l.onu_event_id = e.id and l.meter_id = m.id);
  else
    select array_agg(distinct e.id) into v_events
    from unnest(sync_late_onu_meters.meter_ids) as late (id)
    join oms_meters m on m.id = late.id and m.status = 'active'
    join onu_events e on e.onu_id = m.onu_id
    where not exists (select from onu_event_meters l where l.onu_event_id = e.id and l.meter_id = m.id);
  end if;
  if v_events is null then
    return 0;
  end if;
  return (select count(*) from sync_onu_event_meters(v_events));
end
$function$;
comment on function sync_late_onu_meters(bigint[]) is 'Gives meters that came onto their ONU later (all meters without argument) the stored events of that ONU; gives how many events reached one.';

CREATE OR REPLACE FUNCTION sync_onu_event_meters(event_ids bigint[])
 RETURNS TABLE(event_id bigint, meters integer)
 LANGUAGE plpgsql
 SET enable_seqscan TO 'off'
AS $function$
#variable_conflict use_column
declare
  v_events bigint[];
  v_meters bigint[];
  v_kinds text[];
  v_ats timestamptz[];
  v_received timestamptz[];
begin
  with events as materialized (
    select e.id, e.onu_id, e.onu_serial, e.event_type, e.event_timestamp, e.received_at, e.associated_meters
    from onu_events e
    where e.id = any (sync_onu_event_meters.event_ids)
  ), found as materialized (
    select distinct on (f.id, f.meter_id) f.*
    from (
      select e.id, m.id as meter_id, 'onu_id' as matched_by, m.onu_serial_no
      from events e
      join oms_meters m on m.onu_id = e.onu_id and m.status = 'active'
      union all
      select e.id, m.id, 'associated_meter', null
      from events e
      cross join lateral unnest(e.associated_meters) as a (meter_number)
      join oms_meters m on m.meter_number = a.meter_number
    ) f
    order by f.id, f.meter_id, f.matched_by desc
  ), linked as (
    insert into onu_event_meters (onu_event_id, meter_id, matched_by)
    select f.id, f.meter_id, f.matched_by from found f
    on conflict do nothing
    returning onu_event_id, meter_id
  ), unknown as (
    insert into oms_unmatched_identifiers (source_type, source_event_id, identifier_kind, identifier_value, event_timestamp)
    select 'onu', e.id, 'onu_id', e.onu_id::text, e.event_timestamp
    from events e
    where not exists (select from found f where f.id = e.id and f.matched_by = 'onu_id')
    union all
    select 'onu', e.id, 'meter_number', a.meter_number, e.event_timestamp
    from events e
    cross join lateral unnest(e.associated_meters) as a (meter_number)
    where not exists (select from oms_meters m where m.meter_number = a.meter_number)
    on conflict do nothing
  ), settled as (
    update oms_unmatched_identifiers u set matched_at = now()
    from events e
    where u.source_type = 'onu' and u.source_event_id = e.id and u.matched_at is null
      and case u.identifier_kind when 'onu_id' then exists (select from found f where f.id = e.id and f.matched_by = 'onu_id')
        else exists (select from oms_meters m where m.meter_number = u.identifier_value) end
  ), doubted as (
    insert into oms_identity_conflicts as c (source_type, conflict_kind, identifier, registry_value, reported_value, source_event_id)
    select distinct on (e.onu_id, f.onu_serial_no, e.onu_serial)
      'onu', 'onu_serial', e.onu_id::text, f.onu_serial_no, e.onu_serial, e.id
    from events e
    join found f on f.id = e.id
    where e.onu_serial is not null and f.onu_serial_no is not null and f.onu_serial_no <> e.onu_serial
    order by e.onu_id, f.onu_serial_no, e.onu_serial, e.id
    on conflict (source_type, conflict_kind, identifier, registry_value, reported_value)
      do update set times_seen = c.times_seen + 1, last_seen_at = now()
  )
  select array_agg(l.onu_event_id), array_agg(l.meter_id),
    array_agg(case e.event_type when 'ONU_PowerRestored' then 'power_on' else 'power_off' end),
    array_agg(e.event_timestamp), array_agg(e.received_at)
  into v_events, v_meters, v_kinds, v_ats, v_received
  from linked l
  join events e on e.id = l.onu_event_id;

  if v_events is not null then
    perform apply_meter_reports('onu', v_events, v_meters, v_kinds, v_ats, v_received);
  end if;
  return query
  select l.id, count(*)::integer from unnest(v_events) as l (id) group by l.id;
end
$function$;
comment on function sync_onu_event_meters(bigint[]) is 'Applies ONU events to every meter of their ONU; gives how many meters each of them reached now.';

CREATE OR REPLACE FUNCTION tg_conditions__note()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  insert into oms_condition_changes (subject, subject_id, changed_by, before, after)
  values (tg_table_name, new.id, new.updated_by, case when tg_op = 'UPDATE' then to_jsonb(old) end, to_jsonb(new));
  perform pg_notify('lastgasp_registry', '');
  return null;
end
$function$;
comment on function tg_conditions__note() is 'Writes down a change of a condition and wakes whoever judges by it.';

CREATE OR REPLACE FUNCTION tg_network_meters__adopt()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  if tg_table_name = 'network_feeder_meters' then
    update oms_meters m
    set feeder_id = i.feeder_id, substation_id = coalesce(m.substation_id, f.substation_id), priority = i.priority
    from inserted i
    join network_feeders f on f.id = i.feeder_id
    where m.id = i.meter_id and m.feeder_id is null;
  else
    update oms_meters m
    set substation_id = i.substation_id, priority = i.priority
    from inserted i
    where m.id = i.meter_id and m.substation_id is null;
  end if;
  return null;
end
$function$;
comment on function tg_network_meters__adopt() is 'Takes a link row written by hand over into oms_meters where the meter has no link of its own.';

CREATE OR REPLACE FUNCTION tg_oms_meters__join_onu()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  if coalesce(current_setting('lastgasp.defer_rematch', true), '') = 'on' then
    return null;
  end if;
  if tg_op = 'INSERT' then
    perform sync_late_onu_meters(array(select i.id from inserted i where i.onu_id is not null));
  else
    perform sync_late_onu_meters(array[new.id]);
  end if;
  return null;
end
$function$;
comment on function tg_oms_meters__join_onu() is 'Gives a meter that comes onto an ONU the stored events of it, unless an import defers it.';

CREATE OR REPLACE FUNCTION tg_oms_meters__link_inserted()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  update oms_meters m
  set substation_id = f.substation_id
  from inserted i
  join network_feeders f on f.id = i.feeder_id
  where m.id = i.id and i.substation_id is null;

  insert into network_feeder_meters (feeder_id, meter_id, priority)
  select feeder_id, id, priority from inserted where feeder_id is not null
  on conflict do nothing;

  insert into network_substation_meters (substation_id, meter_id, feeder_id, priority)
  select substation_id, id, feeder_id, priority from inserted where substation_id is not null
  on conflict do nothing;
  return null;
end
$function$;
comment on function tg_oms_meters__link_inserted() is 'Gives new meters their substation and their rows in the link tables.';

CREATE OR REPLACE FUNCTION tg_oms_meters__link_moved()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  delete from network_feeder_meters
  where meter_id = new.id and feeder_id is distinct from new.feeder_id;
  delete from network_substation_meters
  where meter_id = new.id and substation_id is distinct from new.substation_id;

  if new.feeder_id is not null then
    insert into network_feeder_meters (feeder_id, meter_id, priority)
    values (new.feeder_id, new.id, new.priority)
    on conflict (feeder_id, meter_id) do update set priority = excluded.priority;
  end if;
  if new.substation_id is not null then
    insert into network_substation_meters (substation_id, meter_id, feeder_id, priority)
    values (new.substation_id, new.id, new.feeder_id, new.priority)
    on conflict (substation_id, meter_id) do update set feeder_id = excluded.feeder_id, priority = excluded.priority;
  end if;
  return null;
end
$function$;
comment on function tg_oms_meters__link_moved() is 'Keeps the link tables in step when a meter moves to another feeder or substation or changes its priority.';

CREATE OR REPLACE FUNCTION tg_oms_outage_meters__note()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  insert into oms_outage_meter_changes (outage_event_id, meter_ids, meter_span, decided_at, is_member, customers, out_from, out_until)
  select c.outage_event_id, array_agg(c.meter_id), int8range(min(c.meter_id), max(c.meter_id), '[]'),
    coalesce(nullif(current_setting('lastgasp.decided_at', true), '')::timestamptz, now()), tg_op <> 'DELETE', c.customers, c.out_from,
    c.out_until
  from changed c
  group by c.outage_event_id, c.customers, c.out_from, c.out_until;
  return null;
end
$function$;
comment on function tg_oms_outage_meters__note() is 'Notes each change of meters'' parts in an outage in oms_outage_meter_changes.';

CREATE OR REPLACE FUNCTION tg_refuse_change()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  raise exception '% refuses %', tg_table_name, lower(tg_op)
    using errcode = 'LGAPP',
      hint = case tg_table_name when 'oms_meters' then 'Set status to ''retired'' instead.' else 'The table is append-only.' end;
end
$function$;
comment on function tg_refuse_change() is 'Refuses what would rewrite history: raises LGAPP.';

CREATE OR REPLACE FUNCTION tg_registry__rematch()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  if coalesce(current_setting('lastgasp.defer_rematch', true), '') <> 'on' then
    perform rematch_kept_events();
  end if;
  return null;
end
$function$;
comment on function tg_registry__rematch() is 'Matches kept identifiers again when the registry learns something, unless an import defers it.';

CREATE OR REPLACE FUNCTION tg_registry__revise()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  update oms_registry_revisions set revision = revision + 1, changed_at = now();
  perform pg_notify('lastgasp_registry', '');
  return null;
end
$function$;
comment on function tg_registry__revise() is 'Counts a change of the registry and wakes whoever holds the network in memory.';

CREATE OR REPLACE FUNCTION tg_set_updated_at()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  new.updated_at := now();
  return new;
end
$function$;
comment on function tg_set_updated_at() is 'Keeps updated_at.';

CREATE OR REPLACE FUNCTION update_meter_status(meter_number text, new_status text, event_type text, source_type text, source_event_id text DEFAULT NULL::text, event_timestamp timestamp with time zone DEFAULT now(), metadata jsonb DEFAULT NULL::jsonb)
 RETURNS boolean
 LANGUAGE plpgsql
AS $function$
declare
  v_meter_id bigint;
  v_expected text;
  v_kind text;
begin
  select m.id into v_meter_id from oms_meters m where m.meter_number = update_meter_status.meter_number;
  if v_meter_id is null then
    raise exception 'meter_number: no meter % in the registry', update_meter_status.meter_number using errcode = 'LGNTF';
  end if;
  case update_meter_status.event_type
    when 'power_on' then v_expected := 'on'; v_kind := 'power_on';
    when 'power_off' then v_expected := 'off'; v_kind := 'power_off';
    when 'communication_restored' then v_expected := 'online'; v_kind := 'heard';
    when 'communication_lost' then v_expected := 'offline'; v_kind := 'not_heard';
    else
      raise exception 'event_type: must be power_on, power_off, communication_restored or communication_lost, got %',
        coalesce(update_meter_status.event_type, 'null') using errcode = 'LGINV';
  end case;
  if update_meter_status.new_status is distinct from v_expected then
    raise exception 'new_status: % means %, got %', update_meter_status.event_type, v_expected,
      coalesce(update_meter_status.new_status, 'null') using errcode = 'LGINV';
  end if;
  if update_meter_status.source_type is null
    or update_meter_status.source_type not in ('scada', 'kaifa', 'onu', 'call_center', 'system') then
    raise exception 'source_type: must be scada, kaifa, onu, call_center or system, got %',
      coalesce(update_meter_status.source_type, 'null') using errcode = 'LGINV';
  end if;

  perform apply_meter_reports(update_meter_status.source_type, array[null::bigint], array[v_meter_id], array[v_kind],
    array[update_meter_status.event_timestamp], array[now()], array[update_meter_status.source_event_id],
    update_meter_status.metadata);
  return (
    select case when v_kind like 'power%' then m.power_status = v_expected and m.power_reported_at = update_meter_status.event_timestamp
      else m.communication_status = v_expected and m.last_communication = update_meter_status.event_timestamp end
    from oms_meters m where m.id = v_meter_id);
end
$function$;
comment on function update_meter_status(text,text,text,text,text,timestamp with time zone,jsonb) is 'Records a status of one meter; true when it is the newest and now holds, false when a newer one is known and only the trail got it.';
