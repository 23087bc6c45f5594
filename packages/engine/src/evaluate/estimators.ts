import { callsBelowTransformer } from './baselines/calls-below-transformer.ts';
import { lowestCommonAncestor } from './baselines/lowest-common-ancestor.ts';
import { shareThreshold } from './baselines/share-threshold.ts';
import type { EstimatorDefinition } from './outage-estimator.ts';
import { outageTracker } from './outage-tracker-estimator.ts';

/** Everything that is judged, in the order of the tables. */
export const ESTIMATORS: readonly EstimatorDefinition[] = [
  lowestCommonAncestor,
  shareThreshold(0.1),
  shareThreshold(0.3),
  shareThreshold(0.5),
  callsBelowTransformer,
  outageTracker(),
];
