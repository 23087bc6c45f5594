create or replace function tg_set_updated_at() returns trigger
language plpgsql as $$
begin
  new.updated_at := now();
  return new;
end
$$;
comment on function tg_set_updated_at() is 'Keeps updated_at.';
