import type { Storm } from '../simulate/simulate-storm.ts';
import { deriveSupply } from '../simulate/supply.ts';

/**
 * A storm as if what was opened for announced work had stayed closed: whom its faults alone interrupt. A crew that is sent to the work is
 * sent to nobody who needs it.
 */
export function unplannedStorm(storm: Storm): Storm {
  const faults = storm.plan.faults.filter(({ announced }) => announced === undefined);
  if (faults.length === storm.plan.faults.length) return storm;
  const plan = { ...storm.plan, faults };
  return { ...storm, plan, supply: deriveSupply(storm.site, plan) };
}
