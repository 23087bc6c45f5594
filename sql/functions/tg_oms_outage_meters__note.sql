-- Each change of meters' parts in an outage leaves a row, so that what was believed of a meter can be asked as of any instant. Meters
-- of which the same is decided share one: a row for each of ten thousand took as long as the change itself.
-- The judgement that changes it says its own clock in the setting lastgasp.decided_at; whatever else changes it does so now.
create or replace function tg_oms_outage_meters__note() returns trigger
language plpgsql as $$
begin
  insert into oms_outage_meter_changes (outage_event_id, meter_ids, meter_span, decided_at, is_member, customers, out_from, out_until)
  select c.outage_event_id, array_agg(c.meter_id), int8range(min(c.meter_id), max(c.meter_id), '[]'),
    coalesce(nullif(current_setting('lastgasp.decided_at', true), '')::timestamptz, now()), tg_op <> 'DELETE', c.customers, c.out_from,
    c.out_until
  from changed c
  group by c.outage_event_id, c.customers, c.out_from, c.out_until;
  return null;
end
$$;
comment on function tg_oms_outage_meters__note() is 'Notes each change of meters'' parts in an outage in oms_outage_meter_changes.';
