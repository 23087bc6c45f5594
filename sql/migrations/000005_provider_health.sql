-- How each provider does: what it sent by minute and hour, and what its own past makes of that.

create table oms_provider_minutes (
  source_type text not null check (source_type in ('scada', 'onu', 'kaifa', 'call_center')),
  minute timestamptz not null,
  session integer not null,
  stored integer not null default 0,
  duplicate integer not null default 0,
  rejected integer not null default 0,
  first_received_at timestamptz not null,
  last_received_at timestamptz not null,
  primary key (source_type, minute, session)
) with (fillfactor = 50);

create table oms_provider_hours (
  source_type text not null check (source_type in ('scada', 'onu', 'kaifa', 'call_center')),
  hour timestamptz not null,
  stored integer not null,
  duplicate integer not null,
  rejected integer not null,
  longest_silence_seconds integer not null check (longest_silence_seconds >= 0),
  delays integer not null,
  median_delay_seconds double precision,
  primary key (source_type, hour)
);

create table oms_provider_health (
  source_type text primary key check (source_type in ('scada', 'onu', 'kaifa', 'call_center')),
  measured_at timestamptz not null,
  last_received_at timestamptz,
  figures jsonb not null,
  found text[] not null default '{}',
  overruled text[] not null default '{}'
);

--! include functions/count_provider_messages.sql

comment on table oms_provider_minutes is 'What each provider sent, by the minute in which it was received; a row for each session that stored some. Kept for three days.';
comment on column oms_provider_minutes.source_type is 'The provider.';
comment on column oms_provider_minutes.minute is 'The minute''s beginning.';
comment on column oms_provider_minutes.session is 'Process id of the database session that counted.';
comment on column oms_provider_minutes.stored is 'Events that were new.';
comment on column oms_provider_minutes.duplicate is 'Events that were known.';
comment on column oms_provider_minutes.rejected is 'Messages and parts of messages that were set aside.';
comment on column oms_provider_minutes.first_received_at is 'Receipt of the first of them.';
comment on column oms_provider_minutes.last_received_at is 'Receipt of the last of them.';

comment on table oms_provider_hours is 'The hours of which a provider''s usual rhythm is learnt; kept for five weeks.';
comment on column oms_provider_hours.source_type is 'The provider.';
comment on column oms_provider_hours.hour is 'The hour''s beginning.';
comment on column oms_provider_hours.stored is 'Events that were new.';
comment on column oms_provider_hours.duplicate is 'Events that were known.';
comment on column oms_provider_hours.rejected is 'Messages and parts of messages that were set aside.';
comment on column oms_provider_hours.longest_silence_seconds is 'The longest time that it had been silent at any moment of the hour, which may have begun before.';
comment on column oms_provider_hours.delays is 'Pieces of evidence that the median is of.';
comment on column oms_provider_hours.median_delay_seconds is 'Median of receipt less the time of the event; null where there were none.';

comment on table oms_provider_health is 'How each provider did when it was last looked at; written by the correlating process.';
comment on column oms_provider_health.source_type is 'The provider.';
comment on column oms_provider_health.measured_at is 'When it was looked at.';
comment on column oms_provider_health.last_received_at is 'When it was last heard, be it with something new, known, or set aside.';
comment on column oms_provider_health.figures is 'What was measured, and what is usual; as GET /api/providers gives it.';
comment on column oms_provider_health.found is 'Conditions that were found and lasted then.';
comment on column oms_provider_health.overruled is 'Conditions that were found and that somebody ended: not noted again until the provider has been well.';
