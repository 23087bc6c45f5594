import type { OutageStatus } from '@lastgasp/model';
import { type Instant, minutes } from './instant.ts';
import type { Policy } from './policy.ts';

/**
 * The part of an outage's life that evidence alone decides; confirmed, in progress and cancelled are operators' words.
 *
 * - `detected`: everyone whom it interrupted is still out.
 * - `partially_restored`: some are back while the device is still held to be open.
 * - `restored`: supply is back at its device.
 */
export type EvidentStatus = Extract<OutageStatus, 'detected' | 'partially_restored' | 'restored'>;

/** What is known about an outage before it is judged. */
export interface OutageFacts {
  readonly startedAt: Instant;
  /** Null while it lasts. */
  readonly endedAt: Instant | null;
  /** Meters it interrupted that are back. */
  readonly metersBack: number;
}

export interface OutageJudgement {
  readonly status: EvidentStatus;
  /** Ended within the policy's limit (IEEE 1366). */
  readonly isMomentary: boolean;
}

/** Status and class of an outage from what is known about it. */
export function judgeOutage(facts: OutageFacts, policy: Policy): OutageJudgement {
  const { startedAt, endedAt, metersBack } = facts;
  return {
    status: endedAt !== null ? 'restored' : metersBack > 0 ? 'partially_restored' : 'detected',
    isMomentary: endedAt !== null && endedAt - startedAt <= minutes(policy.momentaryLimitMinutes),
  };
}
