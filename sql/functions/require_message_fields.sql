-- The check of a message that comes by psql, where no gateway stood before it. Raises LGINV naming field and reason. `kinds` has, for
-- each path, what must be there: text, integer, number, instant, or the same with '?' where it may be missing.
create or replace function require_message_fields(message jsonb, paths text[], kinds text[]) returns void
language plpgsql immutable as $$
declare
  v_path text;
  v_kind text;
  v_value jsonb;
  v_text text;
  v_at timestamptz;
begin
  if jsonb_typeof(message) is distinct from 'object' then
    raise exception 'message: must be a JSON object' using errcode = 'LGINV';
  end if;
  for v_path, v_kind in select p.path, p.kind from unnest(paths, kinds) as p (path, kind) loop
    v_value := message #> string_to_array(v_path, '.');
    v_text := v_value #>> '{}';
    if v_text is null or v_text = '' then
      if v_kind like '%?' then
        continue;
      end if;
      raise exception '%: required', v_path using errcode = 'LGINV';
    end if;
    case rtrim(v_kind, '?')
      when 'text' then
        if jsonb_typeof(v_value) <> 'string' then
          raise exception '%: must be text, got %', v_path, v_value using errcode = 'LGINV';
        end if;
      when 'number' then
        if jsonb_typeof(v_value) <> 'number' then
          raise exception '%: must be a number, got %', v_path, v_value using errcode = 'LGINV';
        end if;
      when 'integer' then
        if jsonb_typeof(v_value) <> 'number' or v_text !~ '^-?[0-9]{1,18}$' then
          raise exception '%: must be an integer, got %', v_path, v_value using errcode = 'LGINV';
        end if;
      when 'instant' then
        if jsonb_typeof(v_value) <> 'string'
          or v_text !~* '^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$' then
          raise exception '%: must be an RFC 3339 time with an offset, got %', v_path, v_value using errcode = 'LGINV';
        end if;
        begin
          v_at := v_text::timestamptz;
        exception when others then
          raise exception '%: no such time, %', v_path, v_value using errcode = 'LGINV';
        end;
      else
        raise exception 'unknown kind %', v_kind;
    end case;
  end loop;
end
$$;
comment on function require_message_fields(jsonb, text[], text[]) is 'Checks the fields of a message given by psql; raises LGINV naming the field and the reason.';
