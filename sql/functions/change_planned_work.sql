-- Runs with its owner's rights, like announce_planned_work. What is null stays as it is. Raises LGNTF for work that was not announced,
-- LGINV naming the field.
create or replace function change_planned_work(
  work_id text,
  starts_at timestamptz default null,
  ends_at timestamptz default null,
  description text default null,
  status text default null,
  changed_by text default null
) returns boolean
language plpgsql security definer set search_path = public, pg_temp as $$
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
$$;
revoke execute on function change_planned_work(text, timestamptz, timestamptz, text, text, text) from public;
comment on function change_planned_work(text, timestamptz, timestamptz, text, text, text) is
  'Moves, describes or cancels announced work, or takes its cancelling back: its number, and what is to be other than it was. True where that changed anything.';
