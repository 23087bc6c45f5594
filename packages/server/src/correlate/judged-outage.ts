import type { Episode, EpisodeStep, Instant, JoinedReport, OutageMeters } from '@lastgasp/engine';

/** An outage as it was judged, ready to be written. */
export interface JudgedOutage {
  readonly id: string;
  readonly deviceKey: number;
  readonly episode: Episode;
  /** What signals did to it, in order; never empty. */
  readonly steps: readonly EpisodeStep[];
  /** True where all its meters and evidence are given; else only those of some meters, and the others stay. */
  readonly isWhole: boolean;
  readonly meters: OutageMeters;
  readonly joined: readonly JoinedReport[];
}

/** What one batch of evidence comes to. */
export interface Judgement {
  readonly outages: readonly JudgedOutage[];
  /** Outages that are part of others, where they are stored at all. */
  readonly replaced: readonly { readonly id: string; readonly by: string }[];
  /** Rows of `scada_events` that the batch holds. */
  readonly scadaEvents: readonly number[];
  /** When the newest evidence of the batch was received; null where there was none. */
  readonly learntAt: Instant | null;
}
