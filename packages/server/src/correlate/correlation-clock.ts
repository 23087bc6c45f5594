import type { Instant } from '@lastgasp/engine';
import type { EvidenceChunk } from './evidence-tail.ts';

/** Evidence that was received so long ago, in microseconds, is of a backlog or a recording. */
const BACKLOG = 60_000_000;

/** A pause of so many microseconds without new evidence ends a backlog or recording. */
const PAUSE = 2_000_000;

/** Where the clock stands, and whether that is to be stored though nothing may have changed. */
export interface ClockReading {
  readonly at: Instant;
  readonly isNews: boolean;
}

/**
 * Up to when silence is counted. Live that is now. While a backlog or a recording is read it is the receipt of the newest message read:
 * what was received after it is still to come, and its absence says nothing.
 */
export class CorrelationClock {
  #at: Instant = Number.NEGATIVE_INFINITY;
  #readAt: Instant = Number.NEGATIVE_INFINITY;
  /** Whether evidence was read since the clock last stood at the present. */
  #isBehind = true;

  /** Where the clock stands with a chunk read; `now` is the database's time, `isEnd` says that nothing more is awaited. */
  read(chunk: EvidenceChunk, now: Instant, isEnd: boolean): ClockReading {
    if (chunk.rows.length > 0) {
      this.#readAt = now;
      const newest = chunk.rows.reduce((latest, row) => Math.max(latest, row.receivedAt), 0);
      const isLive = !chunk.isFull && newest >= now - BACKLOG;
      this.#isBehind = !isLive;
      this.#at = Math.max(this.#at, isLive ? now : Math.min(newest, now));
      return { at: this.#at, isNews: true };
    }
    if (!isEnd && this.#isBehind && now - this.#readAt < PAUSE) return { at: this.#at, isNews: false };
    const isNews = this.#isBehind || isEnd;
    this.#isBehind = false;
    this.#at = Math.max(this.#at, now);
    return { at: this.#at, isNews };
  }
}
