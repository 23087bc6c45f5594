import type { Instant } from '../instant.ts';

/** A time from `from`, which belongs to it, up to `to`, which does not; `to` is Infinity where it has no end. */
export interface Interval {
  readonly from: Instant;
  readonly to: Instant;
}

/** Times as intervals that ascend, are not empty and do not touch. */
export type Intervals = readonly Interval[];

export const NEVER: Intervals = [];

/** Any intervals, put in order and joined where they overlap or touch. */
export function toIntervals(parts: Iterable<Interval>): Intervals {
  const sorted = [...parts].filter(({ from, to }) => to > from).sort((a, b) => a.from - b.from);
  const joined: { from: Instant; to: Instant }[] = [];
  for (const { from, to } of sorted) {
    const last = joined.at(-1);
    if (last !== undefined && from <= last.to) last.to = Math.max(last.to, to);
    else joined.push({ from, to });
  }
  return joined;
}

/** What belongs to `a` or to `b`. */
export function unionOf(a: Intervals, b: Intervals): Intervals {
  if (a.length === 0) return b;
  if (b.length === 0) return a;
  return toIntervals([...a, ...b]);
}

/** What belongs to both. */
export function commonTo(a: Intervals, b: Intervals): Intervals {
  const common: Interval[] = [];
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    const [one, other] = [a[i] as Interval, b[j] as Interval];
    const from = Math.max(one.from, other.from);
    const to = Math.min(one.to, other.to);
    if (to > from) common.push({ from, to });
    if (one.to < other.to) i++;
    else j++;
  }
  return common;
}

/** What belongs to `a` and not to `b`. */
export function without(a: Intervals, b: Intervals): Intervals {
  if (a.length === 0 || b.length === 0) return a;
  const left: Interval[] = [];
  for (const { from, to } of a) {
    let at = from;
    for (const cut of b) {
      if (cut.to <= at) continue;
      if (cut.from >= to) break;
      if (cut.from > at) left.push({ from: at, to: cut.from });
      at = cut.to;
    }
    if (at < to) left.push({ from: at, to });
  }
  return left;
}

/** The interval that `at` belongs to; null where it belongs to none. */
export function intervalAt(times: Intervals, at: Instant): Interval | null {
  return times.find(({ from, to }) => at >= from && at < to) ?? null;
}
