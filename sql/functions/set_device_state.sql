-- The one way to say how a switch stands: for operators by psql, for imports and for telemetry. Event time decides, and of one
-- instant a person's word before telemetry's, so that the order of arrival never does. Raises LGNTF for an unknown device, LGINV for
-- what cannot be opened and for a time that lies ahead.
create or replace function set_device_state(device_id text, open boolean, at timestamptz default now(), source text default 'operator')
returns boolean
language plpgsql as $$
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
$$;
comment on function set_device_state(text, boolean, timestamptz, text) is
  'Says that a device stood open or closed at an instant, and who says so; true when that is the newest word and now holds, false when only the trail got it.';
