-- What is known beside the evidence: announced work, and what is wrong with the providers.

create table oms_planned_work (
  id bigint generated always as identity primary key,
  work_id text not null unique check (work_id <> ''),
  device_id bigint not null references network_devices (id) on delete restrict,
  starts_at timestamptz not null,
  ends_at timestamptz not null,
  description text,
  status text not null default 'planned' check (status in ('planned', 'cancelled')),
  created_by text not null,
  created_at timestamptz not null default now(),
  updated_by text not null,
  updated_at timestamptz not null default now(),
  check (ends_at > starts_at)
);
create index oms_planned_work_ends_idx on oms_planned_work (ends_at) where status = 'planned';
create index oms_planned_work_device_idx on oms_planned_work (device_id, ends_at);

create table oms_provider_conditions (
  id bigint generated always as identity primary key,
  source_type text not null check (source_type in ('scada', 'onu', 'kaifa', 'call_center')),
  condition text not null check (condition in ('silent', 'late', 'duplicating', 'unreliable')),
  starts_at timestamptz not null,
  ends_at timestamptz,
  lag_seconds integer check (lag_seconds > 0),
  note text,
  is_automatic boolean not null default false,
  created_by text not null,
  created_at timestamptz not null default now(),
  updated_by text not null,
  updated_at timestamptz not null default now(),
  check (ends_at >= starts_at),
  check (lag_seconds is null or condition = 'late')
);
create unique index oms_provider_conditions_lasting_idx on oms_provider_conditions (source_type, condition) where ends_at is null;

create table oms_condition_changes (
  id bigint generated always as identity primary key,
  subject text not null check (subject in ('oms_planned_work', 'oms_provider_conditions')),
  subject_id bigint not null,
  changed_by text not null,
  changed_at timestamptz not null default now(),
  before jsonb,
  after jsonb not null
);
create index oms_condition_changes_subject_idx on oms_condition_changes (subject, subject_id, id);

--! include functions/tg_conditions__note.sql
--! include functions/oms_is_planned.sql
--! include functions/device_named.sql
--! include functions/require_work_times.sql
--! include functions/announce_planned_work.sql
--! include functions/change_planned_work.sql
--! include functions/note_provider_condition.sql
--! include functions/end_provider_condition.sql

create trigger _100_refuse_delete before delete on oms_planned_work for each row execute function tg_refuse_change();
create trigger _100_updated_at before update on oms_planned_work for each row execute function tg_set_updated_at();
create trigger _500_note after insert or update on oms_planned_work for each row execute function tg_conditions__note();
create trigger _100_refuse_delete before delete on oms_provider_conditions for each row execute function tg_refuse_change();
create trigger _100_updated_at before update on oms_provider_conditions for each row execute function tg_set_updated_at();
create trigger _500_note after insert or update on oms_provider_conditions for each row execute function tg_conditions__note();
create trigger _100_refuse_change before update or delete on oms_condition_changes
  for each row execute function tg_refuse_change();
create trigger _100_refuse_truncate before truncate on oms_condition_changes
  for each statement execute function tg_refuse_change();

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

comment on table oms_condition_changes is 'Every change of announced work and of the providers'' conditions, with who made it; only grows.';
comment on column oms_condition_changes.id is 'Internal key.';
comment on column oms_condition_changes.subject is 'The table that was changed.';
comment on column oms_condition_changes.subject_id is 'Its row.';
comment on column oms_condition_changes.changed_by is 'Who changed it.';
comment on column oms_condition_changes.changed_at is 'When.';
comment on column oms_condition_changes.before is 'The row before; null where it was made.';
comment on column oms_condition_changes.after is 'The row afterwards.';
