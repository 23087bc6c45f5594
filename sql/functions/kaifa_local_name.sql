-- Converters spell the same element with different prefixes and cases: `mRID`, `ns2:mRID`, `created_date_time`, `createdDateTime`.
create or replace function kaifa_local_name(key text) returns text
language sql immutable parallel safe as $$
  select translate(lower(regexp_replace(key, '^.*:', '')), '_-@', '')
$$;
comment on function kaifa_local_name(text) is 'A key of a converted SOAP element in the form in which keys are compared: without prefix, case and separators.';
