import type { OutageMeters } from '../outage-meters.ts';
import type { NodeNews } from './node-news.ts';
import type { Restoration } from './outage-restoration.ts';
import type { ToldDevice } from './slots.ts';
import type { TrackedOutage } from './tracked-outage.ts';

/** Names an outage of a zone: what it is said of, and when it lasted. */
export function outageKey({ target, startedAt, endedAt }: TrackedOutage): string {
  return `${target.kind === 'service' ? `m${target.meter}` : target.node} ${startedAt} ${endedAt}`;
}

/** The meters of an outage as they were last worked out, with what they hang on; node by node from its device's on. */
export interface KnownMembers {
  /** How much had been said of the zone. */
  said: number;
  /** When each node's branch lost supply and had it back, in seconds since 1970; NaN where it was never dead meanwhile. */
  readonly branchFrom: Float64Array;
  readonly branchTo: Float64Array;
  /** By node: where its meters begin; one more at the end. */
  readonly starts: Int32Array;
  readonly meters: OutageMeters;
}

/** How outages that have meters in common divided them. */
export interface KnownDivision {
  readonly whole: readonly OutageMeters[];
  readonly parts: readonly OutageMeters[];
}

/** How far the return of supply was confirmed, with what that hangs on. */
export interface KnownRestoration {
  readonly said: number;
  readonly told: readonly ToldDevice[];
  readonly restoration: Restoration;
}

/**
 * What was worked out of the outages of a zone at its last judgement, so that at the next one only what changed is looked at. What is
 * asked for does not depend on it.
 */
export class OutageMemory {
  readonly news: NodeNews;
  #members = new Map<string, KnownMembers>();
  #divisions = new Map<string, KnownDivision>();
  #restorations = new Map<string, KnownRestoration>();

  constructor(news: NodeNews) {
    this.news = news;
  }

  /** The meters of outages by `outageKey`. */
  get members(): ReadonlyMap<string, KnownMembers> {
    return this.#members;
  }

  /** What outages made of common meters, by the range of these. */
  get divisions(): ReadonlyMap<string, KnownDivision> {
    return this.#divisions;
  }

  /** Keeps what is known of these outages instead of all that was known before. */
  keepMembers(members: Map<string, KnownMembers>, divisions: Map<string, KnownDivision>): void {
    this.#members = members;
    this.#divisions = divisions;
    for (const key of this.#restorations.keys()) if (!members.has(key)) this.#restorations.delete(key);
  }

  restoration(key: string): KnownRestoration | undefined {
    return this.#restorations.get(key);
  }

  keepRestoration(key: string, known: KnownRestoration): void {
    this.#restorations.set(key, known);
  }
}
