-- An import defers this to its end by `set local lastgasp.defer_rematch = 'on'`, as the matching of kept identifiers.
create or replace function tg_oms_meters__join_onu() returns trigger
language plpgsql as $$
begin
  if coalesce(current_setting('lastgasp.defer_rematch', true), '') = 'on' then
    return null;
  end if;
  if tg_op = 'INSERT' then
    perform sync_late_onu_meters(array(select i.id from inserted i where i.onu_id is not null));
  else
    perform sync_late_onu_meters(array[new.id]);
  end if;
  return null;
end
$$;
comment on function tg_oms_meters__join_onu() is 'Gives a meter that comes onto an ONU the stored events of it, unless an import defers it.';
