import type { Pool } from 'pg';

/**
 * Two feeders of one substation and one of another, with a tie between each two. F1: breaker CB1, sectionalizer SEC1, transformer T1B
 * behind it and T1A before it. F2: breaker CB2, transformer T2; the tie TIE12 from T2's feeder to the load side of SEC1. F3 of
 * substation SB: breaker CB3, transformer T3; TIE13 from CB3 to SEC1. T1A has 3 meters, T1B 4 (one of them 10 customers), T2 5, T3 2.
 */
export async function seedTieNetwork(pool: Pool): Promise<void> {
  await pool.query(`
    insert into network_substations (substation_id, name) values ('SA', 'Station A'), ('SB', 'Station B');
    insert into network_feeders (feeder_id, substation_id, name)
    select f.code, s.id, f.code from (values ('F1', 'SA'), ('F2', 'SA'), ('F3', 'SB')) as f (code, substation)
    join network_substations s on s.substation_id = f.substation;
    insert into network_devices (device_id, kind, substation_id, implied)
    select substation_id, 'substation', id, true from network_substations;
    insert into network_devices (device_id, kind, feeder_id, substation_id, normally_open, open, is_feeder_head)
    select d.code, d.kind, f.id, f.substation_id, d.is_tie, d.is_tie, d.code like 'CB%'
    from (values
      ('CB1', 'breaker', 'F1', false), ('SEC1', 'sectionalizer', 'F1', false), ('T1A', 'transformer', 'F1', false), ('T1B', 'transformer', 'F1', false),
      ('CB2', 'breaker', 'F2', false), ('T2', 'transformer', 'F2', false), ('TIE12', 'switch', 'F2', true),
      ('CB3', 'breaker', 'F3', false), ('T3', 'transformer', 'F3', false), ('TIE13', 'switch', 'F3', true)) as d (code, kind, feeder, is_tie)
    join network_feeders f on f.feeder_id = d.feeder;
    update network_devices d
    set upstream_id = u.id, other_end_id = o.id
    from (values
      ('CB1', 'SA', null), ('SEC1', 'CB1', null), ('T1A', 'CB1', null), ('T1B', 'SEC1', null),
      ('CB2', 'SA', null), ('T2', 'CB2', null), ('TIE12', 'CB2', 'SEC1'),
      ('CB3', 'SB', null), ('T3', 'CB3', null), ('TIE13', 'CB3', 'SEC1')) as l (code, upstream, other_end)
    join network_devices u on u.device_id = l.upstream
    left join network_devices o on o.device_id = l.other_end
    where d.device_id = l.code;
    insert into oms_meters (meter_number, device_id, feeder_id, asset_mrid, customers)
    select d.device_id || '-' || n, d.id, d.feeder_id, 'asset-' || d.device_id || '-' || n,
      case when d.device_id = 'T1B' and n = 4 then 10 else 1 end
    from network_devices d
    join (values ('T1A', 3), ('T1B', 4), ('T2', 5), ('T3', 2)) as t (code, meters) on t.code = d.device_id
    cross join lateral generate_series(1, t.meters) n
    order by d.id, n;
  `);
}
