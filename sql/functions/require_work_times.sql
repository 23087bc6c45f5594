-- What lasts for weeks is no work but another state of the network, and would hide faults for as long.
create or replace function require_work_times(starts_at timestamptz, ends_at timestamptz) returns void
language plpgsql immutable as $$
begin
  if require_work_times.starts_at is null or not isfinite(require_work_times.starts_at) then
    raise exception 'starts_at: required' using errcode = 'LGINV';
  end if;
  if require_work_times.ends_at is null or not isfinite(require_work_times.ends_at) then
    raise exception 'ends_at: required' using errcode = 'LGINV';
  end if;
  if require_work_times.ends_at <= require_work_times.starts_at then
    raise exception 'ends_at: must be after starts_at' using errcode = 'LGINV';
  end if;
  if require_work_times.ends_at > require_work_times.starts_at + interval '14 days' then
    raise exception 'ends_at: must be at most 14 days after starts_at' using errcode = 'LGINV';
  end if;
end
$$;
comment on function require_work_times(timestamptz, timestamptz) is 'Checks the times of announced work; raises LGINV naming the field.';
