import { metersBelow } from '../../network.ts';
import type { Site } from '../../simulate/site.ts';
import type { EstimatorDefinition } from '../outage-estimator.ts';
import { rollUp } from './roll-up.ts';
import { ruleEstimator } from './rule-estimator.ts';

/**
 * A device is out when at least this share (0 to 1) of the meters below that can report did so, or their customers called; from
 * the transformers upwards, where two units below are out.
 */
export function shareThreshold(share: number): EstimatorDefinition {
  const percent = Math.round(share * 100);
  return ruleEstimator(
    `share-${percent}`,
    `A device below which ${percent} % of the meters that can gasp did, or their customers called, rolled up from the transformers.`,
    (site) => {
      const smart = smartMetersBefore(site);
      const isReached = (device: number, reported: number): boolean => {
        const { from, to } = metersBelow(site.network, device);
        const able = (smart[to] as number) - (smart[from] as number);
        return reported >= share * (able === 0 ? to - from : able);
      };
      return (book) =>
        rollUp(site, new Set([...book.offAt.keys(), ...book.calledAt.keys()]), {
          isLowestOut: isReached,
          isUpperOut: isReached,
        });
    },
  );
}

/** How many of the meters before each position can gasp; one more element closes the last range. */
function smartMetersBefore({ network, meters }: Site): Int32Array {
  const before = new Int32Array(network.meterCount + 1);
  for (let meter = 0; meter < network.meterCount; meter++)
    before[meter + 1] = (before[meter] as number) + (meters.isSmart[meter] as number);
  return before;
}
