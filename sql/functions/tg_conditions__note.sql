create or replace function tg_conditions__note() returns trigger
language plpgsql as $$
begin
  insert into oms_condition_changes (subject, subject_id, changed_by, before, after)
  values (tg_table_name, new.id, new.updated_by, case when tg_op = 'UPDATE' then to_jsonb(old) end, to_jsonb(new));
  perform pg_notify('lastgasp_registry', '');
  return null;
end
$$;
comment on function tg_conditions__note() is 'Writes down a change of a condition and wakes whoever judges by it.';
