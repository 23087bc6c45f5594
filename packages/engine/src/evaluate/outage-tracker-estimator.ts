import { minutes, type Span } from '../instant.ts';
import { defaultTrackingPolicy, type TrackingPolicy } from '../policy-tracking.ts';
import type { OutageTarget } from '../simulate/outage-target.ts';
import type { Site } from '../simulate/site.ts';
import { OutageTracker } from '../track/outage-tracker.ts';
import type { TrackedOutage, TrackedTarget } from '../track/tracked-outage.ts';
import { type ClassKey, classKeyOf } from './outage-class.ts';
import type {
  EstimatedOutage,
  EstimatorDefinition,
  OutageEstimator,
  RankedTarget,
} from './outage-estimator.ts';

/** The outage tracker as an estimator. */
export function outageTracker(policy: TrackingPolicy = defaultTrackingPolicy): EstimatorDefinition {
  return {
    name: 'tracker',
    summary:
      'The exact posterior over what each device did and when, from words and silence of every source.',
    create: (site, { momentaryLimitMinutes }) => runTracker(site, policy, minutes(momentaryLimitMinutes)),
  };
}

function runTracker(site: Site, policy: TrackingPolicy, momentaryLimit: Span): OutageEstimator {
  const tracker = new OutageTracker(site, policy);
  const detectedAt = new Map<string, number>();
  let now = 0;
  let open: readonly EstimatedOutage[] = [];
  let ended: readonly EstimatedOutage[] = [];
  let posterior: readonly RankedTarget[] = [];

  const estimate = (outage: TrackedOutage): EstimatedOutage => {
    const target = toTarget(outage.target);
    const key: ClassKey = classKeyOf(site, target);
    const id = `${key} ${outage.startedAt}`;
    const seen = detectedAt.get(id) ?? now;
    detectedAt.set(id, seen);
    return {
      target,
      confidence: outage.confidence,
      customersOut: outage.customersOut,
      customersOutInterval: outage.customersInterval,
      startedAt: outage.startedAt,
      detectedAt: seen,
      endedAt: outage.endedAt,
      isMomentary: outage.endedAt !== null && outage.endedAt - outage.startedAt <= momentaryLimit,
      alternatives: outage.alternatives.map(({ target: other, probability }) => ({
        target: toTarget(other),
        probability,
      })),
      meters: () => Array.from({ length: outage.to - outage.from }, (_, index) => outage.from + index),
    };
  };
  return {
    inform: (conditions) => tracker.setConditions(conditions),
    take: (evidence) => {
      for (const record of evidence) tracker.take(record);
    },
    advance: (at) => {
      now = at;
      if (tracker.judge(at).length === 0) return;
      const zones = tracker.zones();
      const dispatching = (outages: readonly TrackedOutage[]): readonly EstimatedOutage[] =>
        outages.filter(({ isPlanned }) => !isPlanned).map(estimate);
      open = zones.flatMap(({ outages }) => dispatching(outages.open));
      ended = zones.flatMap(({ outages }) => dispatching(outages.ended));
      posterior = zones.flatMap(({ outages }) => {
        const planned = outages.open
          .filter(({ isPlanned }) => isPlanned)
          .map(({ target }) => classKeyOf(site, toTarget(target)));
        return outages.posterior
          .map(({ target, probability }) => ({ target: toTarget(target), probability }))
          .filter(({ target }) => planned.length === 0 || !planned.includes(classKeyOf(site, target)));
      });
    },
    openOutages: () => open,
    endedOutages: () => ended,
    posterior: () => posterior,
    takePings: () => tracker.takePings(now),
  };
}

function toTarget(target: TrackedTarget): OutageTarget {
  return target.kind === 'service'
    ? { kind: 'service', meter: target.meter }
    : { kind: 'device', device: target.devices[0] as number };
}
