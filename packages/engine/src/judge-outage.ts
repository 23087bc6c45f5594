import { type OutageStatus, SOURCE_TYPES, type SourceType } from '@lastgasp/model';
import { type Instant, minutes } from './instant.ts';
import type { Policy } from './policy.ts';

/**
 * The part of an outage's life that evidence alone decides; confirmed, in progress and cancelled are operators' words.
 *
 * - `detected`: everyone whom it interrupted is still out.
 * - `partially_restored`: some are back, or all of them one by one; the device is not known to be closed.
 * - `restored`: a closing signal of its device ended it.
 */
export type EvidentStatus = Extract<OutageStatus, 'detected' | 'partially_restored' | 'restored'>;

/** What is known about an outage before it is judged. */
export interface OutageFacts {
  readonly startedAt: Instant;
  /** Null while it lasts. */
  readonly endedAt: Instant | null;
  /** Meters it interrupted that are back. */
  readonly metersBack: number;
  /** Sources that speak for it; those of a return to supply do not. */
  readonly supportingSources: Iterable<SourceType>;
}

export interface OutageJudgement {
  readonly status: EvidentStatus;
  /** Probability, 0 to 1, that the outage is real; the last one while open when it has ended. */
  readonly confidence: number;
  /** Ended within the policy's limit (IEEE 1366). */
  readonly isMomentary: boolean;
}

/** Status, confidence and class of an outage from what is known about it. */
export function judgeOutage(facts: OutageFacts, policy: Policy): OutageJudgement {
  const { startedAt, endedAt, metersBack } = facts;
  return {
    status: endedAt !== null ? 'restored' : metersBack > 0 ? 'partially_restored' : 'detected',
    confidence: confidenceOf(facts.supportingSources, policy),
    isMomentary: endedAt !== null && endedAt - startedAt <= minutes(policy.momentaryLimitMinutes),
  };
}

/**
 * Noisy-or over the distinct sources: each may be wrong independently of the others, a second message of the same
 * source adds nothing. Rounded to 5 decimals, as it is stored.
 */
export function confidenceOf(sources: Iterable<SourceType>, policy: Policy): number {
  const present = new Set(sources);
  // In the fixed order of the sources, since a product of floats depends on it.
  const doubt = SOURCE_TYPES.filter((source) => present.has(source)).reduce(
    (product, source) => product * (1 - policy.sourceWeights[source]),
    1,
  );
  return Math.round((1 - doubt) * 1e5) / 1e5;
}
