-- Reports of the same instant are put in this order, so that arrival order never decides: the better witness last, and of
-- one witness the good news last.
create or replace function oms_report_rank(source_type text, kind text) returns smallint
language sql immutable parallel safe as $$
  select ((case source_type when 'system' then 5 when 'kaifa' then 4 when 'onu' then 3 when 'scada' then 2 else 1 end) * 2
    + case when kind in ('power_off', 'not_heard') then 0 else 1 end)::smallint
$$;
comment on function oms_report_rank(text, text) is 'Fixed order among reports of the same instant; the highest counts.';
