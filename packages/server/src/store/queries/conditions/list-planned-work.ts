import type { PlannedWorkStatus } from '@lastgasp/model';
import type { Queryable } from '../queryable.ts';

/** Announced work as it is stored. */
export interface StoredWork {
  readonly workId: string;
  readonly device: { readonly id: string; readonly kind: string };
  readonly startsAt: Date;
  readonly endsAt: Date;
  readonly status: PlannedWorkStatus;
  readonly description: string | null;
  readonly customers: number;
  readonly createdBy: string;
  readonly updatedBy: string;
  readonly updatedAt: Date;
}

interface WorkRow {
  work_id: string;
  device_id: string;
  kind: string;
  starts_at: Date;
  ends_at: Date;
  status: PlannedWorkStatus;
  description: string | null;
  customers: number;
  created_by: string;
  updated_by: string;
  updated_at: Date;
}

/**
 * Announced work with the customers below its device, by start: what is not over and not cancelled, or all of it.
 * A meter without a device of its own hangs on its feeder's head, else on its substation.
 */
export async function listPlannedWork(
  database: Queryable,
  { isAll = false, workId = null }: { readonly isAll?: boolean; readonly workId?: string | null } = {},
): Promise<readonly StoredWork[]> {
  const { rows } = await database.query<WorkRow>(
    `select w.work_id, d.device_id, d.kind, w.starts_at, w.ends_at, w.status, w.description, w.created_by, w.updated_by, w.updated_at,
       (with recursive below as (
          select d.id, d.kind, d.is_feeder_head, d.feeder_id, d.substation_id
          union
          select x.id, x.kind, x.is_feeder_head, x.feeder_id, x.substation_id
          from below b join network_devices x on x.upstream_id = b.id or (b.kind = 'substation' and x.is_feeder_head and x.substation_id = b.substation_id))
        select coalesce(sum(m.customers), 0)::integer
        from oms_meters m
        where m.status = 'active' and (
          m.device_id in (select b.id from below b)
          or (m.device_id is null and m.feeder_id in (select b.feeder_id from below b where b.is_feeder_head) and not m.above_feeder_head)
          or (m.device_id is null and m.substation_id in (select b.substation_id from below b where b.kind = 'substation')))) as customers
     from oms_planned_work w
     join network_devices d on d.id = w.device_id
     where ($1 or (w.status = 'planned' and w.ends_at >= now())) and ($2::text is null or w.work_id = $2)
     order by w.starts_at, w.id`,
    [isAll || workId !== null, workId],
  );
  return rows.map((row) => ({
    workId: row.work_id,
    device: { id: row.device_id, kind: row.kind },
    startsAt: row.starts_at,
    endsAt: row.ends_at,
    status: row.status,
    description: row.description,
    customers: row.customers,
    createdBy: row.created_by,
    updatedBy: row.updated_by,
    updatedAt: row.updated_at,
  }));
}
