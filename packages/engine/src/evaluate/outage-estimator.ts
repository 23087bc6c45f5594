import type { Instant } from '../instant.ts';
import type { Policy } from '../policy.ts';
import type { EvidenceRecord } from '../simulate/evidence-record.ts';
import type { OutageTarget } from '../simulate/outage-target.ts';
import type { Site } from '../simulate/site.ts';
import type { SiteConditions } from '../track/site-conditions.ts';

/** A target with the probability, 0 to 1, that its class interrupts supply (the sum over the devices of the class). */
export interface RankedTarget {
  readonly target: OutageTarget;
  readonly probability: number;
}

/** An outage as an estimator has it at one moment. */
export interface EstimatedOutage {
  readonly target: OutageTarget;
  /** Probability of the target's class, 0 to 1. */
  readonly confidence: number;
  /** Everyone the outage interrupted, in customers. */
  readonly customersOut: number;
  /** Holds the true number with 80 % probability; both ends belong to it. */
  readonly customersOutInterval: readonly [least: number, most: number];
  readonly startedAt: Instant;
  readonly detectedAt: Instant;
  /** Null while it is open. */
  readonly endedAt: Instant | null;
  readonly isMomentary: boolean;
  /** Explanations of the same evidence, most probable first, the target itself among them; one of each class. */
  readonly alternatives: readonly RankedTarget[];
  /** Positions of the meters held to have been out, ascending; asked for rarely. */
  readonly meters: () => Iterable<number>;
}

/**
 * What can be judged by the harness: the outage tracker, and the rules it is compared with. It is made for one site, gets
 * evidence with the clock, and knows nothing else. The harness calls `take`, then `advance`, then asks.
 */
export interface OutageEstimator {
  /** What is announced and noted from now on; one that makes nothing of it has none. */
  readonly inform?: (conditions: SiteConditions) => void;
  /** Evidence received since the last call, in ascending order of receipt. */
  readonly take: (evidence: readonly EvidenceRecord[]) => void;
  /** Moves the clock to `now`; it never goes back. Whatever timers are due by then run here. */
  readonly advance: (now: Instant) => void;
  /** The outages that it would show as open and send somebody to. */
  readonly openOutages: () => readonly EstimatedOutage[];
  /** All outages that have ended since it was made, without those that turned out to be part of another. */
  readonly endedOutages: () => readonly EstimatedOutage[];
  /** Each class that may interrupt supply now, open or not; what is below 0.001 may be left out. */
  readonly posterior: () => readonly RankedTarget[];
  /** Database keys of the meters that it wants pinged since it was last asked; the answers come as `heard` or `not_heard`. */
  readonly takePings: () => readonly number[];
}

/** A way of estimating that the harness can run. */
export interface EstimatorDefinition {
  /** Short and stable: it names the column of a table and a key of the JSON. */
  readonly name: string;
  /** One sentence on how it judges. */
  readonly summary: string;
  readonly create: (site: Site, policy: Policy) => OutageEstimator;
}
