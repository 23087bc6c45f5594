-- What a caller tells, from the notes in English or Arabic. A danger to life comes before everything else; a call with
-- nothing said is one to the trouble line, so it means no supply.
create or replace function oms_call_kind(notes text) returns text
language sql immutable parallel safe as $$
  select case
    when key is null then 'no_supply'
    when key ~ '\m(fire|smoke|spark(s|ing)?|burning|explosion|exploded|electrocut\w*|electric shock|life support|oxygen|ventilator|dialysis)\M'
      or key ~ '\m(wires?|cables?|lines?|poles?|conductors?)\M.*\m(down|fallen|fell|broken|cut|snapped|hanging|exposed)\M'
      or key ~ '\m(fallen|broken|downed|hanging|exposed|live)\M.*\m(wires?|cables?|lines?|poles?|conductors?)\M'
      or key ~ '(حريق|نار|دخان|شرار|انفجار|صعق|ماس كهربايي|جهاز تنفس|اجهزه طبيه|اكسجين|غسيل كلي|تنفس اصطناعي)'
      or key ~ '(سلك|اسلاك|كيبل|كابل|عمود|خط).*(مقطوع|مقطوعه|ساقط|ساقطه|واقع|وقع|سقط|مكشوف|مكشوفه|متدلي)'
      or key ~ '(سقوط|سقط|وقع|انقطاع سلك).*(سلك|اسلاك|كيبل|كابل|عمود)' then 'hazard'
    when key ~ '\m(flicker\w*|dim|dimming|low voltage|partial\w*|half|one phase|two phases|some (lights|rooms|outlets))\M'
      or key ~ '(ضعيف|ضعف|خافت|يرمش|يرف|رمش|جزيي|تذبذب|فاز واحد|نصف البيت|بعض الغرف)' then 'partial_supply'
    when key ~ '\m(bill|billing|invoice|payment|street ?lights?|complaint about (staff|service))\M'
      or key ~ '(فاتوره|فواتير|دفع|اناره الشارع|اناره شارع)' then 'other'
    else 'no_supply'
  end
  from (select oms_text_key(notes) as key) as said
$$;
comment on function oms_call_kind(text) is 'What a caller tells: hazard, partial_supply, other or no_supply; only no_supply is evidence of an outage.';
