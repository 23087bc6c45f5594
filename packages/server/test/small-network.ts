import type { Pool } from 'pg';

/**
 * Two feeders of one substation and one of another. F00K123 has the building 05040835035 with two meters on ONU 3230316 and three
 * more meters, one of them a block of 12 customers; F00K124 has four meters, F20 of substation 4B two.
 */
export async function seedSmallNetwork(pool: Pool): Promise<void> {
  await pool.query(`
    insert into network_substations (substation_id, name, location_lat, location_lng)
    values ('4A00000K123', 'Amman North', 31.95, 35.93), ('4B', 'Marka', 31.98, 35.98);
    insert into network_feeders (feeder_id, substation_id, name)
    select f.code, s.id, f.name
    from (values ('F00K123', '4A00000K123', 'Feeder 123'), ('F00K124', '4A00000K123', 'Feeder 124'), ('F20', '4B', 'Feeder 20'))
      as f (code, substation, name)
    join network_substations s on s.substation_id = f.substation;
    insert into oms_customers (customer_id, name, phone, address)
    values ('C1', 'سامر حداد', '0790123456', 'شارع الملكة رانيا، بناية ٧'), ('C2', 'Rana Khoury', '+962 6 200 1234', '12 Rainbow Street');
    insert into oms_meters (meter_number, feeder_id, customer_id, asset_mrid, usage_point_mrid, onu_id, onu_serial_no, building_id, customers)
    select m.number, f.id, c.id, m.asset, m.usage_point, m.onu, m.serial, m.building, m.customers
    from (values
      ('M12345678', 'F00K123', 'C1', 'asset-1', 'up-1', 3230316, '48575443ED8345B0', '05040835035', 1),
      ('M23456789', 'F00K123', 'C2', 'asset-2', 'up-2', 3230316, '48575443ED8345B0', '05040835035', 1),
      ('M3', 'F00K123', null, 'asset-3', 'up-3', null, null, 'B3', 12),
      ('M4', 'F00K123', null, 'asset-4', null, null, null, 'B4', 1),
      ('M5', 'F00K123', null, null, 'up-5', null, null, 'B5', 1),
      ('N1', 'F00K124', null, 'asset-n1', null, null, null, 'B6', 1),
      ('N2', 'F00K124', null, 'asset-n2', null, null, null, 'B6', 1),
      ('N3', 'F00K124', null, 'asset-n3', null, null, null, 'B7', 1),
      ('N4', 'F00K124', null, 'asset-n4', null, null, null, 'B7', 1),
      ('P1', 'F20', null, 'asset-p1', null, null, null, 'B8', 1),
      ('P2', 'F20', null, 'asset-p2', null, null, null, 'B8', 1))
      as m (number, feeder, customer, asset, usage_point, onu, serial, building, customers)
    join network_feeders f on f.feeder_id = m.feeder
    left join oms_customers c on c.customer_id = m.customer;
  `);
}
