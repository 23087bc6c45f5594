-- Raises LGAPP: the audit trail and the evidence log only grow, and a meter is retired, never deleted, because both name it.
create or replace function tg_refuse_change() returns trigger
language plpgsql as $$
begin
  raise exception '% refuses %', tg_table_name, lower(tg_op)
    using errcode = 'LGAPP',
      hint = case tg_table_name when 'oms_meters' then 'Set status to ''retired'' instead.' else 'The table is append-only.' end;
end
$$;
comment on function tg_refuse_change() is 'Refuses what would rewrite history: raises LGAPP.';
