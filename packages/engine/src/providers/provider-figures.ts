import type { ProviderCondition } from '@lastgasp/model';

/** A past hour of a provider. */
export interface ProviderHour {
  /** Its beginning, seconds since 1970. */
  readonly from: number;
  readonly stored: number;
  readonly duplicate: number;
  readonly rejected: number;
  /** Longest time that it had been silent at any moment of the hour. */
  readonly longestSilenceSeconds: number;
  /** Pieces of evidence that the median is of. */
  readonly delays: number;
  readonly medianDelaySeconds: number | null;
  /** What was wrong with it in the hour: such an hour teaches nothing of that. */
  readonly conditions: readonly ProviderCondition[];
}

/** A minute of late in which a provider was heard. */
export interface ProviderMinute {
  /** Its beginning, seconds since 1970. */
  readonly from: number;
  readonly stored: number;
  readonly duplicate: number;
  readonly rejected: number;
}

/** Receipt less the time of the event, in seconds: a tenth lie below `low`, a tenth above `high`. */
export interface ProviderDelays {
  readonly count: number;
  readonly low: number;
  readonly median: number;
  readonly high: number;
  /** Earliest time of an event whose delay is the median at least, seconds since 1970. */
  readonly since: number;
}

/** What was measured of a provider at an instant. */
export interface ProviderFigures {
  /** Seconds since 1970. */
  readonly now: number;
  readonly lastReceivedAt: number | null;
  /** Minutes of the last half hour in which it was heard, oldest first. */
  readonly minutes: readonly ProviderMinute[];
  /** Of the evidence of the last quarter of an hour; null where there was none. */
  readonly delays: ProviderDelays | null;
  /** Past hours in any order. */
  readonly hours: readonly ProviderHour[];
}
