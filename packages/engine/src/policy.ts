import type { SourceType } from '@lastgasp/model';
import { defaultTrackingPolicy, type TrackingPolicy } from './policy-tracking.ts';
import { defaultProviderPolicy, type ProviderPolicy } from './providers/policy-providers.ts';

/** Every number that the judgement of outages rests on; handed to each function that uses one. */
export interface Policy {
  /** For each source, how likely an outage is real that only this source speaks for; 0 to 1. */
  readonly sourceWeights: Readonly<Record<SourceType, number>>;
  readonly evidenceLeadMinutes: number;
  readonly futureSkewLimitMinutes: number;
  readonly pastSkewLimitMinutes: number;
  readonly momentaryLimitMinutes: number;
  /** What the posterior rests on. */
  readonly tracking: TrackingPolicy;
  /** What a provider's health is judged by. */
  readonly providers: ProviderPolicy;
}

/** The start policy. */
export const defaultPolicy: Policy = {
  sourceWeights: {
    // Probability 0 to 1. A breaker's position or a bus without voltage is measured; what is left is tests and wiring.
    scada: 0.95,
    // Probability 0 to 1. The meter itself saw its voltage go, but a concentrator can gasp for meters that have supply.
    kaifa: 0.8,
    // Probability 0 to 1. A fibre terminal's gasp may be a pulled plug, and a battery hides real ones.
    onu: 0.6,
    // Probability 0 to 1. One caller may have a blown fuse of his own.
    call_center: 0.4,
    // Probability 0 to 1. The house's own acts (imports, corrections by hand) saw nothing themselves.
    system: 0,
  },
  // Minutes before an outage's start in which reports of its meters still belong to it: gasps are stamped by clocks
  // up to two minutes off and a breaker's trip is often read only at the next scan. Longer joins the outage before.
  evidenceLeadMinutes: 5,
  // Minutes an event may be stamped after its receipt and still count. Beyond what clocks of the four systems drift, below
  // what would let a wrong clock hold a state for long. oms_clock_suspect in the database has the same number.
  futureSkewLimitMinutes: 10,
  // Minutes an event may be stamped before its receipt and still count: ten years, which no message is late, while a clock that
  // lost its time stands in 1970 or 2000. oms_clock_suspect in the database has the same number.
  pastSkewLimitMinutes: 3650 * 24 * 60,
  // Minutes up to which an interruption is momentary (IEEE 1366); longer ones are sustained. Regulators differ.
  momentaryLimitMinutes: 5,
  tracking: defaultTrackingPolicy,
  providers: defaultProviderPolicy,
};
