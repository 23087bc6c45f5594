import type { FoundOutage, Instant, OutageExplanation, OutageMeters } from '@lastgasp/engine';
import type { StoredOutage } from '../store/queries/correlate/lock-outages.ts';
import type { OutageSource } from '../store/queries/correlate/write-event-sources.ts';

/** An outage that the evidence of a zone leads to, in the registry's keys. */
export interface JudgedOutage extends FoundOutage {
  /** Devices that meters cannot tell apart, the likeliest first; of a service the one that it hangs on. */
  readonly deviceKeys: readonly number[];
  /** Of a service its meter. */
  readonly meterKey: number | null;
  readonly confidence: number;
  /** 80 % interval of the customers it interrupts. */
  readonly customersInterval: readonly [low: number, high: number];
  /** After its end: customers whose supply nobody has confirmed. */
  readonly unverifiedCustomers: number;
  readonly isPlanned: boolean;
  readonly meters: OutageMeters;
  /** Why it is believed; some work, so asked for only where it is to be written. */
  readonly explain: () => OutageExplanation;
}

/** A judged outage with the row that it is, or a new one. */
export interface StandingOutage {
  readonly judged: JudgedOutage;
  readonly known: StoredOutage | null;
  readonly id: string;
  readonly deviceKey: number;
  /** Number of a service's meter. */
  readonly meterNumber: string | null;
  /** True where all its evidence is given; else only what is new, and the rest stays. */
  readonly isWhole: boolean;
}

/** What one judgement comes to. */
export interface Judgement {
  readonly standing: readonly StandingOutage[];
  readonly replaced: readonly { readonly known: StoredOutage; readonly by: string }[];
  readonly withdrawn: readonly StoredOutage[];
  /** Outages that an operator took off the list, which hold their meters no longer. */
  readonly dismissed: readonly StoredOutage[];
  /** Evidence of the standing outages by the id of each. */
  readonly sources: ReadonlyMap<string, readonly Omit<OutageSource, 'outageKey'>[]>;
  /** Rows of `scada_events` that the chunk holds. */
  readonly scadaEvents: readonly number[];
  /** Where the clock stands: what was received until then is known. */
  readonly now: Instant;
}
