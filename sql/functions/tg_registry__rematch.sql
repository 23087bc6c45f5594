-- What the registry learns may be what a kept event was waiting for. An import defers this to its end by
-- `set local lastgasp.defer_rematch = 'on'`.
create or replace function tg_registry__rematch() returns trigger
language plpgsql as $$
begin
  if coalesce(current_setting('lastgasp.defer_rematch', true), '') <> 'on' then
    perform rematch_kept_events();
  end if;
  return null;
end
$$;
comment on function tg_registry__rematch() is 'Matches kept identifiers again when the registry learns something, unless an import defers it.';
