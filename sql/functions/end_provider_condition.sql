-- Runs with its owner's rights, like note_provider_condition. One that ends when it began never was. Raises LGINV naming the field.
create or replace function end_provider_condition(
  source_type text,
  condition text,
  ends_at timestamptz default now(),
  ended_by text default null
) returns boolean
language plpgsql security definer set search_path = public, pg_temp as $$
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
$$;
revoke execute on function end_provider_condition(text, text, timestamptz, text) from public;
comment on function end_provider_condition(text, text, timestamptz, text) is
  'Ends what is noted of a provider; false where nothing of the kind lasts.';
