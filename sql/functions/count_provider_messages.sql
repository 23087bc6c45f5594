-- Each session counts in rows of its own: two batches of one provider must not wait for each other's commit because of a count.
create or replace function count_provider_messages(
  source_type text,
  received_ats timestamptz[],
  stored_ats timestamptz[],
  rejected_ats timestamptz[] default null
) returns void
language sql as $$
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
$$;
comment on function count_provider_messages(text, timestamptz[], timestamptz[], timestamptz[]) is
  'Counts what a provider sent, by the minute of its receipt: the receipts of a batch that was taken, of those in it that were new, and of what was set aside.';
