import { ramp } from './ramp.ts';

interface Stretch {
  /** Seconds since 1970; `to` is infinite while it lasts. */
  readonly from: number;
  readonly to: number;
}

/** What is wrong with a source, and when. */
export interface SourceHealth {
  /** Times in which it may tell nothing of what it should. */
  readonly mute: readonly Stretch[];
  /** Times whose news come later than usual, by so many seconds. */
  readonly late: readonly (Stretch & { readonly lag: number })[];
  /** Times of which it may tell what is not so. */
  readonly doubtful: readonly Stretch[];
}

/** Nothing is wrong. */
export const HEALTHY: SourceHealth = { mute: [], late: [], doubtful: [] };

/** Whether a source's silence about something between two instants says nothing. */
export function isMuted({ mute }: SourceHealth, from: number, to: number): boolean {
  return mute.some((stretch) => stretch.from <= to && from < stretch.to);
}

/** Whether what a source tells of an instant weighs less than usual. */
export function isDoubtful({ doubtful }: SourceHealth, at: number): boolean {
  return doubtful.some(({ from, to }) => at >= from && at < to);
}

/** By how many seconds news of what happened at an instant come later than usual. */
export function lagAt({ late }: SourceHealth, at: number): number {
  let lag = 0;
  for (const stretch of late) if (at >= stretch.from && at < stretch.to) lag = Math.max(lag, stretch.lag);
  return lag;
}

/**
 * Share of the news of a loss at `from` that should be here at `now`, 0 to 1, where they take `latency` seconds and supply came back at
 * `to` (infinite while it did not): none of it while the source may be mute, and by its lag later while it is late.
 */
export function awaitedShare(
  health: SourceHealth,
  from: number,
  to: number,
  now: number,
  latency: readonly [first: number, last: number],
): number {
  if (health === HEALTHY) return ramp(Math.min(now, to) - from, latency);
  if (isMuted(health, from, from + latency[1])) return 0;
  return ramp(Math.min(now - lagAt(health, from), to) - from, latency);
}

/** Seconds between two instants of which a source that was not mute would have told by `now`. */
export function heardSeconds(health: SourceHealth, from: number, to: number, now: number): number {
  if (health === HEALTHY) return Math.min(now, to) - from;
  const end = Math.min(to, now - lagAt(health, from));
  let seconds = Math.max(0, end - from);
  const cuts = health.mute.toSorted((a, b) => a.from - b.from);
  let at = from;
  for (const cut of cuts) {
    const start = Math.max(at, cut.from);
    const stop = Math.min(end, cut.to);
    if (stop <= start) continue;
    seconds -= stop - start;
    at = stop;
  }
  return Math.max(0, seconds);
}

/** A probability of what is false, `factor` times as high where the source is sick, and never a certainty. */
export function doubted(chance: number, health: SourceHealth, at: number, factor: number): number {
  return isDoubtful(health, at) ? Math.max(chance, Math.min(0.5, chance * factor)) : chance;
}

/**
 * When next, after `judgedAt`, the news of what happened at an instant should be here that come later than usual, each lag with the steps
 * in which silence is weighed; infinite where none is awaited.
 */
export function nextNewsAt(
  sources: readonly SourceHealth[],
  at: number,
  judgedAt: number,
  steps: readonly number[],
): number {
  let next = Number.POSITIVE_INFINITY;
  for (const { late } of sources) {
    for (const { from, to, lag } of late) {
      if (at < from || at >= to) continue;
      const step = steps.find((seconds) => at + lag + seconds > judgedAt);
      if (step !== undefined) next = Math.min(next, at + lag + step);
    }
  }
  return next;
}
