import type { Queryable } from '../queryable.ts';
import { runLong } from './store-rows.ts';

/** Tells the planner what the staged tables hold, so that its joins fit. */
export async function analyzeStaging(client: Queryable): Promise<void> {
  await runLong(
    client,
    `analyze staged_substations, staged_feeders, staged_devices, staged_distribution_points, staged_customers, staged_meters`,
  );
}

/** Tells the planner what the registry holds after an import. */
export async function analyzeRegistry(client: Queryable): Promise<void> {
  await runLong(
    client,
    `analyze network_substations, network_feeders, network_devices, network_distribution_points, oms_customers, oms_meters,
      network_feeder_meters, network_substation_meters`,
  );
}
