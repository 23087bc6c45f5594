import type { Instant } from './instant.ts';

/** The meters an outage interrupted, as columns of one length. */
export interface OutageMeters {
  /** Positions in the network. */
  readonly position: readonly number[];
  readonly from: readonly Instant[];
  /** Null while the meter is out. */
  readonly until: readonly (Instant | null)[];
}
