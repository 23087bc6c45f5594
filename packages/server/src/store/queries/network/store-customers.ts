import type { Queryable } from '../queryable.ts';
import { type RowChanges, runLong, storeRows } from './store-rows.ts';

/**
 * Takes the staged customers over into the registry; `columns` are those that the data has. Customers that
 * only a meter names are added with their id alone.
 */
export async function storeCustomers(client: Queryable, columns: readonly string[]): Promise<RowChanges> {
  await runLong(
    client,
    `insert into staged_customers (customer_id)
    select distinct m.customer_id
    from staged_meters m
    where m.customer_id is not null
      and not exists (select from staged_customers s where s.customer_id = m.customer_id)
      and not exists (select from oms_customers t where t.customer_id = m.customer_id)`,
  );
  return storeRows(client, columns, {
    match: `
      update staged_customers s set id = t.id
      from oms_customers t
      where t.customer_id = s.customer_id and s.id is null`,
    countNew: `
      select count(*)::integer as total, count(*) filter (where id is null)::integer as added
      from staged_customers`,
    countChanged: `select count(*)::integer as changed from (${DIFFERENT}) as different`,
    update: `
      update oms_customers t
      set name = d.name, phone = d.phone, address = d.address, building_id = d.building_id
      from (${DIFFERENT}) d
      where t.id = d.id`,
    insert: `
      insert into oms_customers (customer_id, name, phone, address, building_id)
      select customer_id, name, phone, address, building_id
      from staged_customers
      where id is null`,
  });
}

const DIFFERENT = `
  select t.id, n.*
  from staged_customers s
  join oms_customers t on t.id = s.id
  cross join lateral (
    select
      case when 'name' = any ($1) then s.name else t.name end as name,
      case when 'phone' = any ($1) then s.phone else t.phone end as phone,
      case when 'address' = any ($1) then s.address else t.address end as address,
      case when 'building_id' = any ($1) then s.building_id else t.building_id end as building_id
  ) n
  where (t.name, t.phone, t.address, t.building_id) is distinct from (n.name, n.phone, n.address, n.building_id)`;
