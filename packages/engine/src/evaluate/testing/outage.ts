import type { OutageTarget } from '../../simulate/outage-target.ts';
import type { EstimatedOutage, RankedTarget } from '../outage-estimator.ts';

/** An open outage for tests, sure of itself unless told. */
export function outageOf(
  target: OutageTarget,
  more: Partial<Omit<EstimatedOutage, 'target' | 'alternatives'>> & {
    readonly alternatives?: readonly RankedTarget[];
  } = {},
): EstimatedOutage {
  return {
    target,
    confidence: 1,
    customersOut: 0,
    customersOutInterval: [0, 0],
    startedAt: 0,
    detectedAt: 0,
    endedAt: null,
    isMomentary: false,
    alternatives: [{ target, probability: 1 }],
    meters: () => [],
    ...more,
  };
}
