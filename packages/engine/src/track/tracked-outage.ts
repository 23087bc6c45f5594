import type { Instant } from '../instant.ts';

/** What an outage is said of: devices that meters cannot tell apart, the likeliest first, or one meter's service. */
export type TrackedTarget =
  | { readonly kind: 'device'; readonly node: number; readonly devices: readonly number[] }
  | {
      readonly kind: 'service';
      readonly meter: number;
      /** The device that it hangs on, alone. */
      readonly devices: readonly number[];
    };

/** An explanation of the evidence with its probability. */
export interface RankedExplanation {
  readonly target: TrackedTarget;
  readonly probability: number;
}

/** An outage as the evidence has it. */
export interface TrackedOutage {
  readonly target: TrackedTarget;
  readonly confidence: number;
  /** Everyone it interrupted, in customers. */
  readonly customersOut: number;
  readonly customersInterval: readonly [least: number, most: number];
  readonly startedAt: Instant;
  /** Null while it lasts. */
  readonly endedAt: Instant | null;
  readonly alternatives: readonly RankedExplanation[];
  /** Whether telemetry told that it opened and not that it closed. */
  readonly isTold: boolean;
  /** Whether announced work explains it. */
  readonly isPlanned: boolean;
  /** Positions of its meters: `from` belongs to it, `to` no longer. */
  readonly from: number;
  readonly to: number;
}
