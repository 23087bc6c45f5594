export interface RateLimit {
  /** How many at once. */
  readonly burst: number;
  /** How many a second for as long as one likes. */
  readonly perSecond: number;
}

/** What a sender may still do. */
export interface RateVerdict {
  readonly allowed: boolean;
  readonly limit: number;
  readonly remaining: number;
  /** Whole seconds until the full burst is there again; at least 1 where refused. */
  readonly resetSeconds: number;
}

// A stranger may come from many addresses: what is remembered of them is bounded.
const MOST_SENDERS = 10_000;

/** A token bucket for each sender. */
export class RateLimiter {
  readonly #limit: RateLimit;
  readonly #now: () => number;
  readonly #buckets = new Map<string, { tokens: number; at: number }>();

  /** `now` gives milliseconds that do not run backwards. */
  constructor(limit: RateLimit, now: () => number = () => performance.now()) {
    this.#limit = limit;
    this.#now = now;
  }

  /** Takes one token of the sender's. */
  take(sender: string): RateVerdict {
    const bucket = this.#refilled(sender);
    const allowed = bucket.tokens >= 1;
    if (allowed) bucket.tokens -= 1;
    return this.#verdict(bucket.tokens, allowed);
  }

  /** Whether the sender has a token, without taking it. */
  look(sender: string): RateVerdict {
    const { tokens } = this.#refilled(sender);
    return this.#verdict(tokens, tokens >= 1);
  }

  #refilled(sender: string): { tokens: number; at: number } {
    const now = this.#now();
    let bucket = this.#buckets.get(sender);
    if (bucket === undefined) {
      if (this.#buckets.size >= MOST_SENDERS) this.#forgetFull(now);
      bucket = { tokens: this.#limit.burst, at: now };
      this.#buckets.set(sender, bucket);
    }
    const gained = ((now - bucket.at) / 1000) * this.#limit.perSecond;
    bucket.tokens = Math.min(this.#limit.burst, bucket.tokens + gained);
    bucket.at = now;
    return bucket;
  }

  #forgetFull(now: number): void {
    for (const [sender, bucket] of this.#buckets) {
      const gained = ((now - bucket.at) / 1000) * this.#limit.perSecond;
      if (bucket.tokens + gained >= this.#limit.burst) this.#buckets.delete(sender);
    }
    if (this.#buckets.size >= MOST_SENDERS) this.#buckets.clear();
  }

  #verdict(tokens: number, allowed: boolean): RateVerdict {
    const missing = allowed ? this.#limit.burst - tokens : 1 - tokens;
    return {
      allowed,
      limit: this.#limit.burst,
      remaining: Math.max(0, Math.floor(tokens)),
      resetSeconds: Math.max(allowed ? 0 : 1, Math.ceil(missing / this.#limit.perSecond)),
    };
  }
}
