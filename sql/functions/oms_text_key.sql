-- What two spellings of one address have in common: lower case, Arabic letters without marks and with their common
-- variants joined, Arabic-Indic digits as ASCII, everything else as single blanks.
create or replace function oms_text_key(value text) returns text
language sql immutable strict parallel safe as $$
  select nullif(trim(regexp_replace(
    translate(
      regexp_replace(lower(value), '[\u064B-\u065F\u0670\u0640]', '', 'g'),
      'أإآٱىةؤئ٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹', 'ااااي' || 'هوي' || '01234567890123456789'),
    '[^[:alnum:]]+', ' ', 'g')), '')
$$;
comment on function oms_text_key(text) is 'A name or address reduced to what spellings of it have in common in Arabic and English; null where nothing is left.';
