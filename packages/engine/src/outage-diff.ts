import type { OutageStatus } from '@lastgasp/model';
import type { Instant } from './instant.ts';

/** What is told of one outage at one moment; two of them are compared field by field. */
export interface OutageState {
  readonly id: string;
  readonly status: OutageStatus;
  readonly startedAt: Instant;
  readonly endedAt: Instant | null;
  readonly isMomentary: boolean;
  readonly confidence: number;
  /** Everyone the outage interrupted, in customers. */
  readonly customers: number;
  readonly customersOutNow: number;
  /** Whether announced work explains it. */
  readonly isPlanned: boolean;
  /** Id of the outage that it turned out to be part of; null where it stands for itself. */
  readonly replacedBy: string | null;
}

type Transition = readonly [from: OutageState, to: OutageState];

/** A change of the outages as a value: the database, the timeline and the live stream are written from it. */
export interface OutageDiff {
  /** New, or standing for itself again after having been replaced or withdrawn; may have ended already. */
  readonly opened: readonly OutageState[];
  readonly changed: readonly Transition[];
  /** Was open, has ended. */
  readonly closed: readonly Transition[];
  /** Had ended, is open again under the same id: late evidence refuted its end. */
  readonly reopened: readonly Transition[];
  /** Turned out to be part of another outage, named by `replacedBy`; keeps its history. */
  readonly replaced: readonly Transition[];
}

/** What leads from `before` to `after`; outages that only `before` has are left as they are. */
export function diffOutages(before: Iterable<OutageState>, after: Iterable<OutageState>): OutageDiff {
  const old = new Map(Array.from(before, (outage) => [outage.id, outage]));
  const diff = {
    opened: [] as OutageState[],
    changed: [] as Transition[],
    closed: [] as Transition[],
    reopened: [] as Transition[],
    replaced: [] as Transition[],
  };
  for (const to of after) {
    const from = old.get(to.id);
    if (from === undefined) diff.opened.push(to);
    else if (from.replacedBy === null && to.replacedBy !== null) diff.replaced.push([from, to]);
    else if (isGone(from) && !isGone(to)) diff.opened.push(to);
    else if (from.endedAt === null && to.endedAt !== null) diff.closed.push([from, to]);
    else if (isOver(from) && to.endedAt === null && !isGone(to)) diff.reopened.push([from, to]);
    else if (!isSame(from, to)) diff.changed.push([from, to]);
  }
  return diff;
}

/** Replaced, withdrawn or dismissed: there is no such outage. */
function isGone({ replacedBy, status }: OutageState): boolean {
  return replacedBy !== null || status === 'cancelled';
}

function isOver({ endedAt, status }: OutageState): boolean {
  return endedAt !== null && status !== 'cancelled';
}

function isSame(a: OutageState, b: OutageState): boolean {
  return (
    a.status === b.status &&
    a.startedAt === b.startedAt &&
    a.endedAt === b.endedAt &&
    a.isMomentary === b.isMomentary &&
    a.confidence === b.confidence &&
    a.customers === b.customers &&
    a.customersOutNow === b.customersOutNow &&
    a.isPlanned === b.isPlanned &&
    a.replacedBy === b.replacedBy
  );
}
