-- Each change of a meter's part in an outage leaves a row, so that what was believed of a meter can be asked as of any instant.
-- The judgement that changes it says its own clock in the setting lastgasp.decided_at; whatever else changes it does so now.
create or replace function tg_oms_outage_meters__note() returns trigger
language plpgsql as $$
begin
  insert into oms_outage_meter_changes (outage_event_id, meter_id, decided_at, is_member, customers, out_from, out_until)
  select c.outage_event_id, c.meter_id, coalesce(nullif(current_setting('lastgasp.decided_at', true), '')::timestamptz, now()),
    tg_op <> 'DELETE', c.customers, c.out_from, c.out_until
  from changed c;
  return null;
end
$$;
comment on function tg_oms_outage_meters__note() is 'Notes each change of a meter''s part in an outage in oms_outage_meter_changes.';
