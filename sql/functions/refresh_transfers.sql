-- Follows the switches as they stand: what is cut off is fed over closed ties, those nearest to a source first, of one round by
-- key. The engine follows them by the same rule (docs/decisions/0007); a test compares the two.
create or replace function refresh_transfers() returns integer
language plpgsql
set enable_seqscan = off
as $$
declare
  v_waiting bigint[] := array(select d.id from network_devices d where d.normally_open and not d.open order by d.id);
  v_dead bigint[];
  v_live bigint[];
  v_live_from bigint[];
  v_tie record;
  v_end bigint;
  v_from bigint;
  v_feeder_id bigint;
  v_substation_id bigint;
  v_since timestamptz;
begin
  lock table network_transfers in share row exclusive mode;
  delete from network_transfers;
  while cardinality(v_waiting) > 0 loop
    v_dead := '{}';
    v_live := '{}';
    v_live_from := '{}';
    -- What a round feeds counts in the next one only.
    for v_tie in
      select d.id, d.upstream_id, d.other_end_id from network_devices d where d.id = any (v_waiting) order by d.id
    loop
      v_from := null;
      foreach v_end in array array[v_tie.upstream_id, v_tie.id, v_tie.other_end_id] loop
        if v_from is null and v_end is not null
          and (exists (select from network_transfers t where t.device_id = v_end) or oms_is_fed_normally(v_end)) then
          v_from := v_end;
        end if;
      end loop;
      if v_from is null then
        v_dead := v_dead || v_tie.id;
      else
        v_live := v_live || v_tie.id;
        v_live_from := v_live_from || v_from;
      end if;
    end loop;
    for v_tie in
      select d.id, d.upstream_id, d.other_end_id, d.state_at, l.from_id
      from unnest(v_live, v_live_from) with ordinality as l (id, from_id, nth)
      join network_devices d on d.id = l.id
      order by l.nth
    loop
      select t.feeder_id, t.substation_id into v_feeder_id, v_substation_id
      from network_transfers t where t.device_id = v_tie.from_id;
      if not found then
        with recursive up as (
          select d.id, d.upstream_id, d.feeder_id, d.substation_id, d.is_feeder_head, 1 as step
          from network_devices d where d.id = v_tie.from_id
          union all
          select d.id, d.upstream_id, d.feeder_id, d.substation_id, d.is_feeder_head, up.step + 1
          from up join network_devices d on d.id = up.upstream_id
        )
        select (select up.feeder_id from up where up.is_feeder_head order by up.step limit 1),
          (select up.substation_id from up order by up.step desc limit 1)
        into v_feeder_id, v_substation_id;
      end if;
      foreach v_end in array array[v_tie.upstream_id, v_tie.id, v_tie.other_end_id] loop
        continue when v_end is null or v_end = v_tie.from_id
          or exists (select from network_transfers t where t.device_id = v_end) or oms_is_fed_normally(v_end);
        with recursive section as (
          select v_end as id
          union
          select n.id
          from section s
          cross join lateral (
            select c.id from network_devices c where c.upstream_id = s.id and not c.open and not c.normally_open
            union all
            select o.upstream_id from network_devices o
            where o.id = s.id and not o.open and not o.normally_open and o.upstream_id is not null
          ) n
        )
        insert into network_transfers (device_id, tie_id, feeder_id, substation_id)
        select s.id, v_tie.id, v_feeder_id, v_substation_id from section s;
      end loop;
      select greatest(v_tie.state_at, max(d.state_at) filter (where d.open and not d.normally_open)) into v_since
      from network_transfers t join network_devices d on d.id = t.device_id
      where t.tie_id = v_tie.id;
      update network_transfers t set since = v_since where t.tie_id = v_tie.id;
    end loop;
    exit when cardinality(v_live) = 0;
    v_waiting := v_dead;
  end loop;
  return (select count(*)::integer from network_transfers);
end
$$;
comment on function refresh_transfers() is 'Brings network_transfers to how the switches stand now; gives how many devices have what hangs on them fed through a tie.';
