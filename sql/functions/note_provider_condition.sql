-- Runs with its owner's rights, so that whoever watches the providers needs no more than the right to call it. The same note again
-- changes nothing. Raises LGINV naming the field.
create or replace function note_provider_condition(
  source_type text,
  condition text,
  starts_at timestamptz default now(),
  ends_at timestamptz default null,
  lag_seconds integer default null,
  note text default null,
  noted_by text default null
) returns bigint
language plpgsql security definer set search_path = public, pg_temp as $$
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
$$;
revoke execute on function note_provider_condition(text, text, timestamptz, timestamptz, integer, text, text) from public;
comment on function note_provider_condition(text, text, timestamptz, timestamptz, integer, text, text) is
  'Notes that a provider is silent, late, duplicating or unreliable: since when, until when where that is known, by how many seconds late, what was seen, who says so. Gives the row''s id.';
