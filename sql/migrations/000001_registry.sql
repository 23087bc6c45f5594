-- The registry: the network from substation to meter, and one row for every meter of all four systems.
-- Tables keep the names that the utility's people know; docs/glossary.md says which CIM class each one is.

--! include functions/oms_phone_key.sql
--! include functions/oms_text_key.sql
--! include functions/tg_set_updated_at.sql

create table network_substations (
  id bigint generated always as identity primary key,
  substation_id text not null unique check (substation_id <> ''),
  name text not null,
  location_lat double precision check (location_lat between -90 and 90),
  location_lng double precision check (location_lng between -180 and 180),
  region_code text,
  voltage_level text,
  status text not null default 'active' check (status in ('active', 'inactive')),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);

create table network_feeders (
  id bigint generated always as identity primary key,
  feeder_id text not null unique check (feeder_id <> ''),
  substation_id bigint not null references network_substations (id) on delete restrict,
  name text not null,
  location_lat double precision check (location_lat between -90 and 90),
  location_lng double precision check (location_lng between -180 and 180),
  capacity_kva numeric(12, 2),
  status text not null default 'active' check (status in ('active', 'inactive')),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index network_feeders_substation_idx on network_feeders (substation_id);

create table network_devices (
  id bigint generated always as identity primary key,
  device_id text not null unique check (device_id <> ''),
  kind text not null check (kind in ('breaker', 'recloser', 'sectionalizer', 'fuse', 'switch', 'transformer', 'line',
    'distribution_point', 'feeder', 'substation')),
  name text,
  substation_id bigint references network_substations (id) on delete restrict,
  feeder_id bigint references network_feeders (id) on delete restrict,
  upstream_id bigint references network_devices (id) on delete restrict,
  normally_open boolean not null default false,
  open boolean not null default false,
  state_at timestamptz,
  state_source text,
  other_end_id bigint references network_devices (id) on delete restrict,
  phases text,
  is_feeder_head boolean not null default false,
  implied boolean not null default false,
  location_lat double precision check (location_lat between -90 and 90),
  location_lng double precision check (location_lng between -180 and 180),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  check (upstream_id <> id)
);
create index network_devices_upstream_idx on network_devices (upstream_id);
create index network_devices_feeder_idx on network_devices (feeder_id);
create unique index network_devices_feeder_head_idx on network_devices (feeder_id) where is_feeder_head;
create unique index network_devices_substation_idx on network_devices (substation_id) where kind = 'substation';
create index network_devices_closed_tie_idx on network_devices (id) where normally_open and not open;

create table network_device_states (
  id bigint generated always as identity primary key,
  device_id bigint not null references network_devices (id) on delete restrict,
  open boolean not null,
  state_at timestamptz not null,
  source text not null check (source <> ''),
  told_by text not null default session_user,
  recorded_at timestamptz not null default now(),
  unique (device_id, state_at, source, open)
);

create table network_transfers (
  device_id bigint primary key references network_devices (id) on delete cascade,
  tie_id bigint not null references network_devices (id) on delete cascade,
  feeder_id bigint references network_feeders (id) on delete cascade,
  substation_id bigint references network_substations (id) on delete cascade,
  since timestamptz
);

create table network_distribution_points (
  id bigint generated always as identity primary key,
  dp_id text not null unique check (dp_id <> ''),
  feeder_id bigint references network_feeders (id) on delete restrict,
  device_id bigint references network_devices (id) on delete restrict,
  name text not null,
  location_lat double precision check (location_lat between -90 and 90),
  location_lng double precision check (location_lng between -180 and 180),
  building_id text,
  status text not null default 'active' check (status in ('active', 'inactive')),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index network_distribution_points_feeder_idx on network_distribution_points (feeder_id);
create index network_distribution_points_building_idx on network_distribution_points (building_id);

create table oms_customers (
  id bigint generated always as identity primary key,
  customer_id text not null unique check (customer_id <> ''),
  name text,
  phone text,
  phone_key text generated always as (oms_phone_key(phone)) stored,
  address text,
  address_key text generated always as (oms_text_key(address)) stored,
  building_id text,
  status text not null default 'active' check (status in ('active', 'inactive')),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index oms_customers_phone_key_idx on oms_customers (phone_key) where phone_key is not null;
create index oms_customers_address_key_idx on oms_customers (address_key) where address_key is not null;

-- Every reported state moves a row, so pages keep room for the new version beside the old one (heap-only
-- updates), and no index holds a column that a report changes.
create table oms_meters (
  id bigint generated always as identity primary key,
  meter_number text not null unique check (meter_number <> ''),
  meter_type text,
  customer_id bigint references oms_customers (id) on delete restrict,
  substation_id bigint references network_substations (id) on delete restrict,
  feeder_id bigint references network_feeders (id) on delete restrict,
  dp_id bigint references network_distribution_points (id) on delete restrict,
  device_id bigint references network_devices (id) on delete restrict,
  above_feeder_head boolean not null default false,
  link_source text not null default 'explicit' check (link_source in ('explicit', 'building', 'proximity', 'none')),
  link_distance_m double precision check (link_distance_m >= 0),
  location_lat double precision check (location_lat between -90 and 90),
  location_lng double precision check (location_lng between -180 and 180),
  building_id text,
  customers integer not null default 1 check (customers >= 0),
  priority smallint not null default 4 check (priority between 1 and 4),
  phases text,
  cell text,
  communication_status text not null default 'unknown' check (communication_status in ('online', 'offline', 'unknown')),
  last_communication timestamptz,
  last_communication_rank smallint not null default 0,
  last_status_change timestamptz,
  power_status text not null default 'unknown' check (power_status in ('on', 'off', 'unknown')),
  power_reported_at timestamptz,
  power_reported_rank smallint not null default 0,
  last_power_change timestamptz,
  asset_mrid text check (asset_mrid <> ''),
  usage_point_mrid text check (usage_point_mrid <> ''),
  onu_id bigint,
  onu_serial_no text,
  status text not null default 'active' check (status in ('active', 'retired')),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
) with (fillfactor = 50);
create unique index oms_meters_asset_mrid_idx on oms_meters (asset_mrid) where asset_mrid is not null;
create index oms_meters_usage_point_mrid_idx on oms_meters (usage_point_mrid) where usage_point_mrid is not null;
create index oms_meters_onu_idx on oms_meters (onu_id) where onu_id is not null;
create index oms_meters_feeder_idx on oms_meters (feeder_id);
create index oms_meters_substation_idx on oms_meters (substation_id);
create index oms_meters_device_idx on oms_meters (device_id);
create index oms_meters_customer_idx on oms_meters (customer_id);
create index oms_meters_building_idx on oms_meters (building_id);
create index oms_meters_location_idx on oms_meters (location_lat, location_lng) where location_lat is not null;

create table network_feeder_meters (
  feeder_id bigint not null references network_feeders (id) on delete cascade,
  meter_id bigint not null references oms_meters (id) on delete cascade,
  circuit_path text,
  priority smallint not null default 4 check (priority between 1 and 4),
  created_at timestamptz not null default now(),
  primary key (feeder_id, meter_id)
);
create index network_feeder_meters_meter_idx on network_feeder_meters (meter_id);

create table network_substation_meters (
  substation_id bigint not null references network_substations (id) on delete cascade,
  meter_id bigint not null references oms_meters (id) on delete cascade,
  feeder_id bigint references network_feeders (id) on delete cascade,
  priority smallint not null default 4 check (priority between 1 and 4),
  created_at timestamptz not null default now(),
  primary key (substation_id, meter_id)
);
create index network_substation_meters_meter_idx on network_substation_meters (meter_id);

create table oms_registry_revisions (
  only_row boolean primary key default true check (only_row),
  revision bigint not null default 0,
  changed_at timestamptz not null default now()
);
insert into oms_registry_revisions default values;

--! include functions/tg_oms_meters__link_inserted.sql
--! include functions/tg_oms_meters__link_moved.sql
--! include functions/tg_network_meters__adopt.sql
--! include functions/tg_registry__revise.sql
--! include functions/tg_refuse_change.sql

create trigger _100_updated_at before update on network_substations for each row execute function tg_set_updated_at();
create trigger _100_updated_at before update on network_feeders for each row execute function tg_set_updated_at();
create trigger _100_updated_at before update on network_devices for each row execute function tg_set_updated_at();
create trigger _100_updated_at before update on network_distribution_points for each row execute function tg_set_updated_at();
create trigger _100_updated_at before update on oms_customers for each row execute function tg_set_updated_at();
create trigger _100_updated_at before update on oms_meters for each row
  when (new.updated_at is distinct from now()) execute function tg_set_updated_at();

create trigger _100_refuse_change before update or delete on network_device_states
  for each row execute function tg_refuse_change();
create trigger _100_refuse_truncate before truncate on network_device_states
  for each statement execute function tg_refuse_change();

create trigger _500_link_inserted after insert on oms_meters
  referencing new table as inserted for each statement execute function tg_oms_meters__link_inserted();
create trigger _500_link_moved after update of feeder_id, substation_id, priority on oms_meters
  for each row when (old.feeder_id is distinct from new.feeder_id or old.substation_id is distinct from new.substation_id
    or old.priority is distinct from new.priority)
  execute function tg_oms_meters__link_moved();
-- Only for rows written by hand: what the triggers above write is in step already.
create trigger _500_adopt after insert on network_feeder_meters referencing new table as inserted
  for each statement when (pg_trigger_depth() = 0) execute function tg_network_meters__adopt();
create trigger _500_adopt after insert on network_substation_meters referencing new table as inserted
  for each statement when (pg_trigger_depth() = 0) execute function tg_network_meters__adopt();

create trigger _900_revise after insert or update or delete on network_substations
  for each statement execute function tg_registry__revise();
create trigger _900_revise after insert or update or delete on network_feeders
  for each statement execute function tg_registry__revise();
create trigger _900_revise after insert or update or delete on network_devices
  for each statement execute function tg_registry__revise();
create trigger _900_revise after insert or update or delete on network_distribution_points
  for each statement execute function tg_registry__revise();
create trigger _900_revise after insert or delete or update of meter_number, asset_mrid, usage_point_mrid, onu_id, customer_id,
  building_id, substation_id, feeder_id, dp_id, device_id, above_feeder_head, customers, status on oms_meters
  for each statement execute function tg_registry__revise();
create trigger _900_revise after insert or update or delete on oms_customers
  for each statement execute function tg_registry__revise();

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

comment on table network_device_states is 'Everything that was ever said of how a switch stands; set_device_state adds to it.';
comment on column network_device_states.id is 'Internal key.';
comment on column network_device_states.device_id is 'The device.';
comment on column network_device_states.open is 'True for open.';
comment on column network_device_states.state_at is 'Since when, in event time.';
comment on column network_device_states.source is 'Who or what says so: operator, scada or another name.';
comment on column network_device_states.told_by is 'The database role of the session that told it.';
comment on column network_device_states.recorded_at is 'When it was told.';

comment on table network_transfers is 'What is fed through a tie now, kept by refresh_transfers: a row for each device on whose load side that is so.';
comment on column network_transfers.device_id is 'The device; what hangs on it is fed through the tie.';
comment on column network_transfers.tie_id is 'The closed tie.';
comment on column network_transfers.feeder_id is 'The feeder that feeds it now; null where it is fed from before a feeder''s head.';
comment on column network_transfers.substation_id is 'The substation that feeds it now.';
comment on column network_transfers.since is 'When the last of the switches stood so; null where nobody said.';

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

comment on table network_feeder_meters is 'Which meters a feeder supplies; kept in step with oms_meters.feeder_id by triggers, both ways.';
comment on column network_feeder_meters.feeder_id is 'The feeder.';
comment on column network_feeder_meters.meter_id is 'The meter.';
comment on column network_feeder_meters.circuit_path is 'Devices from the feeder''s head to the meter, joined by " > ".';
comment on column network_feeder_meters.priority is 'Priority of the service: 1 critical to 4 low.';
comment on column network_feeder_meters.created_at is 'When the row was made.';

comment on table network_substation_meters is 'Which meters a substation supplies; kept in step with oms_meters.substation_id by triggers, both ways.';
comment on column network_substation_meters.substation_id is 'The substation.';
comment on column network_substation_meters.meter_id is 'The meter.';
comment on column network_substation_meters.feeder_id is 'The feeder in between, where known.';
comment on column network_substation_meters.priority is 'Priority of the service: 1 critical to 4 low.';
comment on column network_substation_meters.created_at is 'When the row was made.';

comment on table oms_registry_revisions is 'One row that counts changes of the registry, so that whoever holds the network in memory knows when to read it again.';
comment on column oms_registry_revisions.only_row is 'Always true: the table has one row.';
comment on column oms_registry_revisions.revision is 'Rises with each statement that changes the network, the meters'' place or their identities.';
comment on column oms_registry_revisions.changed_at is 'When it last rose.';
