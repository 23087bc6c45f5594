import type { ZoneOutages } from './outages-of-zone.ts';
import type { ZoneWork } from './site-conditions.ts';
import type { TrackedOutage } from './tracked-outage.ts';

/**
 * The outages of a zone with those marked that announced work explains: what opened at or below its device within its time, as long as
 * that lasts. What is not back when it is over, or when everybody else below is, is no part of it any more, nor is what opened above.
 */
export function markPlanned(outages: ZoneOutages, works: readonly ZoneWork[], now: number): ZoneOutages {
  if (works.length === 0) return outages;
  const { open, ended, posterior } = outages;
  const mark = (outage: TrackedOutage): TrackedOutage =>
    works.some((work) => isPartOf(outage, work, now) && !isLeftBehind(outage, work, ended, now))
      ? { ...outage, isPlanned: true }
      : outage;
  return { open: open.map(mark), ended: ended.map(mark), posterior };
}

/** When next, after `judgedAt`, time alone takes an open outage out of announced work; seconds since 1970, infinite where none does. */
export function nextPlannedAt(
  open: readonly TrackedOutage[],
  works: readonly ZoneWork[],
  judgedAt: number,
): number {
  let next = Number.POSITIVE_INFINITY;
  if (!open.some(({ isPlanned }) => isPlanned)) return next;
  // A moment later, since the end belongs to it.
  for (const { endsBy } of works) if (endsBy + 1 > judgedAt) next = Math.min(next, endsBy + 1);
  return next;
}

/** Whether an outage lies at or below the device of announced work, in space and time. */
function isPartOf({ from, to, startedAt, endedAt }: TrackedOutage, work: ZoneWork, now: number): boolean {
  const start = startedAt / 1e6;
  const end = endedAt === null ? now : endedAt / 1e6;
  const isBelow = from >= work.from && to <= work.to;
  return isBelow && start >= work.opensFrom && start <= work.opensUntil && end <= work.endsBy;
}

/** Whether an outage goes on although the one that announced work made above it is over. */
function isLeftBehind(
  { from, to, startedAt, endedAt }: TrackedOutage,
  work: ZoneWork,
  ended: readonly TrackedOutage[],
  now: number,
): boolean {
  return ended.some(
    (above) =>
      above.from <= from &&
      above.to >= to &&
      above.to - above.from > to - from &&
      isPartOf(above, work, now) &&
      startedAt < (above.endedAt as number) &&
      (endedAt === null || endedAt > (above.endedAt as number)),
  );
}
