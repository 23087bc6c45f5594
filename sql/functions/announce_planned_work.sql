-- Runs with its owner's rights, so that whoever plans work needs no more than the right to call it. The same announcement again changes
-- nothing. A feeder's code stands for its head, a substation's for the whole of it. Raises LGINV naming the field, LGNTF for a device that
-- is not in the registry.
create or replace function announce_planned_work(
  work_id text,
  device_id text,
  starts_at timestamptz,
  ends_at timestamptz,
  description text default null,
  announced_by text default null
) returns bigint
language plpgsql security definer set search_path = public, pg_temp as $$
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
$$;
revoke execute on function announce_planned_work(text, text, timestamptz, timestamptz, text, text) from public;
comment on function announce_planned_work(text, text, timestamptz, timestamptz, text, text) is
  'Announces work for which a device is opened: its own number, the device''s id, from when to when, what is done, who says so. Gives the row''s id.';
