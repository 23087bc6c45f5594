/** What an outage is said of: devices that meters cannot tell apart, the likeliest first, or one meter's service. */
export type TrackedTarget =
  | { readonly kind: 'device'; readonly node: number; readonly devices: readonly number[] }
  | { readonly kind: 'service'; readonly meter: number };

/** An explanation of the evidence with its probability. */
export interface RankedExplanation {
  readonly target: TrackedTarget;
  readonly probability: number;
}

/** An outage as the evidence has it; times are seconds since 1970. */
export interface TrackedOutage {
  readonly target: TrackedTarget;
  readonly confidence: number;
  /** Everyone it interrupted, in customers. */
  readonly customersOut: number;
  readonly customersInterval: readonly [least: number, most: number];
  readonly startedAt: number;
  /** Null while it lasts. */
  readonly endedAt: number | null;
  readonly alternatives: readonly RankedExplanation[];
  /** Positions of its meters. */
  readonly from: number;
  readonly to: number;
}
