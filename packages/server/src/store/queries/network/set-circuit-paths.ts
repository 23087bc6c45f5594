import type { Queryable } from '../queryable.ts';
import { runLong } from './store-rows.ts';

/** Gives every meter of the staged devices the path from its feeder's head, where it differs. */
export async function setCircuitPaths(client: Queryable): Promise<void> {
  await runLong(
    client,
    `update network_feeder_meters fm
    set circuit_path = d.circuit_path
    from oms_meters m
    join staged_devices d on d.id = m.device_id
    where fm.meter_id = m.id and fm.feeder_id = m.feeder_id and fm.circuit_path is distinct from d.circuit_path`,
  );
}
