import type { TrackingPolicy } from '../policy-tracking.ts';
import { type PingChoice, PingFinder } from './choose-pings.ts';
import type { EvidenceBook } from './evidence-book.ts';
import type { JudgedZone } from './outage-tracker.ts';

/** Pings sent about one incident. */
interface PingLedger {
  count: number;
  lastAt: number;
  /** The meter that was asked last. */
  meter: number;
}

/** Seconds until a ping is answered or will not be, and after which an incident may be asked about anew. */
const PING_ANSWER_SECONDS = 35;
const PING_AGAIN_SECONDS = 1_800;

/** The pings sent in one zone: one about an incident at a time, up to the policy's number, and no meter twice while an incident lasts. */
export class ZonePings {
  readonly #policy: TrackingPolicy;
  /** Seconds after a loss of supply until meters are asked about it: gasps are there, and an answer counts against an outage however clocks are off. */
  readonly #after: number;
  readonly #ledgers = new Map<number, PingLedger>();
  /** By meter: when it was asked last. */
  readonly #asked = new Map<number, number>();
  /** The meters worth asking, by the judgement that they were chosen for; null where they are to be chosen anew. */
  #choices: { readonly judged: JudgedZone; readonly all: readonly PingChoice[] } | null = null;

  constructor(policy: TrackingPolicy) {
    this.#policy = policy;
    this.#after = Math.max(policy.gaspLatencySeconds[1], policy.skewMarginSeconds);
  }

  /** Positions of the meters to ask now, and notes that they are asked; `now` in seconds since 1970. */
  take(judged: JudgedZone, book: EvidenceBook, now: number): readonly number[] {
    const taken: number[] = [];
    const chosen = new Set<number>();
    for (const { incident, meter } of this.#choicesOf(judged, now)) {
      if (chosen.has(incident) || now - incident < this.#after) continue;
      chosen.add(incident);
      const ledger = this.#ledgers.get(incident) ?? { count: 0, lastAt: Number.NEGATIVE_INFINITY, meter: -1 };
      if (now - ledger.lastAt > PING_AGAIN_SECONDS) ledger.count = 0;
      if (ledger.count >= this.#policy.pingsPerIncident || isAwaited(book, ledger, now)) continue;
      ledger.count++;
      ledger.lastAt = now;
      ledger.meter = meter;
      this.#ledgers.set(incident, ledger);
      this.#asked.set(meter, now);
      this.#choices = null;
      taken.push(meter);
    }
    return taken;
  }

  /** The meters that are worth asking: another choice when something else is believed, or somebody was asked. */
  #choicesOf(judged: JudgedZone, now: number): readonly PingChoice[] {
    if (this.#choices?.judged === judged) return this.#choices.all;
    const isAsked = (meter: number): boolean =>
      now - (this.#asked.get(meter) ?? Number.NEGATIVE_INFINITY) < PING_AGAIN_SECONDS;
    const all = new PingFinder(judged, this.#policy, isAsked).all();
    this.#choices = { judged, all };
    return all;
  }
}

/** Whether the last ping of an incident may still be answered. */
function isAwaited(book: EvidenceBook, { lastAt, meter }: PingLedger, now: number): boolean {
  if (now - lastAt >= PING_ANSWER_SECONDS) return false;
  const words = book.meters.get(meter);
  if (words === undefined) return true;
  return !words.ons.some(({ at }) => at >= lastAt) && !words.unheard.some((at) => at >= lastAt);
}
