-- What two spellings of one phone number have in common: digits only (Arabic-Indic ones too), without international
-- prefix, the site's country code (962) and trunk zero. Null for what is too short to be a number.
create or replace function oms_phone_key(phone text) returns text
language sql immutable strict parallel safe as $$
  select case when length(national) >= 6 then national end
  from (
    select ltrim(regexp_replace(regexp_replace(
      regexp_replace(translate(phone, '٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹', '01234567890123456789'), '[^0-9]', '', 'g'),
      '^00', ''), '^962(?=0?[0-9]{8,9}$)', ''), '0') as national
  ) as reduced
$$;
comment on function oms_phone_key(text) is 'A phone number reduced to its national digits, for comparing what a caller gives with the registry; null where no number is left.';
