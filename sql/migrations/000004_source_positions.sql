-- How far each partition of a topic has been taken in. The position moves in the transaction that writes what it passes.

create table oms_source_positions (
  topic text not null check (topic <> ''),
  partition integer not null check (partition >= 0),
  topic_id uuid not null,
  next_offset bigint not null check (next_offset >= 0),
  restarts integer not null default 0 check (restarts >= 0),
  passed_over bigint not null default 0 check (passed_over >= 0),
  updated_at timestamptz not null default now(),
  primary key (topic, partition)
);

comment on table oms_source_positions is 'How far each partition of a Kafka topic has been taken in: the truth, whatever offsets the broker has.';
comment on column oms_source_positions.topic is 'Name of the topic.';
comment on column oms_source_positions."partition" is 'Partition of the topic.';
comment on column oms_source_positions.topic_id is 'The broker''s own id of the topic: another one means that the topic was made anew. All zeros from brokers that give none.';
comment on column oms_source_positions.next_offset is 'Offset of the next message to take; it moves only in the transaction that writes the messages before it.';
comment on column oms_source_positions.restarts is 'How often reading began again at the partition''s oldest message, because the topic was made anew or the position was not there any more.';
comment on column oms_source_positions.passed_over is 'Messages that the broker had deleted before they were taken.';
comment on column oms_source_positions.updated_at is 'When the position last moved.';
