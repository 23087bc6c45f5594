import { minutes } from '../../instant.ts';
import type { Site } from '../../simulate/site.ts';
import { rollUp } from './roll-up.ts';
import { ruleEstimator } from './rule-estimator.ts';

/** Callers of one transformer from which it is held to be out. */
const LEAST_CALLERS = 2;

/** Share of the places with meters below a device that must be out, besides being two, for it to be held to be. */
const UNIT_SHARE = 0.3;

/** Minutes for which a call counts. */
const CALL_MINUTES = 120;

/** The rule from before meters could speak: two callers below a transformer, and transformers below a fuse. */
export const callsBelowTransformer = ruleEstimator(
  'calls',
  'A transformer with two callers; a device above it when three in ten of the places below are out, two at least.',
  (site) => {
    const places = placesBefore(site);
    return (book, now) => {
      const callers = [...book.calledAt]
        .filter(([, at]) => now - at <= minutes(CALL_MINUTES))
        .map(([meter]) => meter);
      return rollUp(site, callers, {
        isLowestOut: (_, reported) => reported >= LEAST_CALLERS,
        isUpperOut: (device, _, unitsOut) => {
          const below =
            (places[site.network.subtreeEnd[device] as number] as number) - (places[device] as number);
          return unitsOut >= UNIT_SHARE * below;
        },
      });
    };
  },
);

/** How many of the devices before each index have meters of their own. */
function placesBefore({ network }: Site): Int32Array {
  const before = new Int32Array(network.deviceCount + 1);
  for (let device = 0; device < network.deviceCount; device++) {
    const own = (network.firstMeter[device + 1] as number) - (network.firstMeter[device] as number);
    before[device + 1] = (before[device] as number) + (own > 0 ? 1 : 0);
  }
  return before;
}
