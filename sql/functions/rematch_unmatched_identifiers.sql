create or replace function rematch_unmatched_identifiers() returns integer
language plpgsql as $$
declare
  v_found integer := rematch_kept_events();
begin
  return v_found + sync_late_onu_meters();
end
$$;
comment on function rematch_unmatched_identifiers() is
  'Matches kept events with the registry again, those of an ONU with meters that came onto it later too, and applies them; gives how many found a place.';
