create or replace function tg_registry__revise() returns trigger
language plpgsql as $$
begin
  update oms_registry_revisions set revision = revision + 1, changed_at = now();
  perform pg_notify('lastgasp_registry', '');
  return null;
end
$$;
comment on function tg_registry__revise() is 'Counts a change of the registry and wakes whoever holds the network in memory.';
