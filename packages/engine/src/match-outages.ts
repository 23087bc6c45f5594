import { type Instant, minutes } from './instant.ts';

/** An outage as it is stored, as far as it matters for telling whether it is one that was found. */
export interface KnownOutage {
  readonly id: string;
  /** Positions of the meters below its device: `from` belongs to it, `to` no longer. A service has one. */
  readonly from: number;
  readonly to: number;
  readonly isService: boolean;
  readonly startedAt: Instant;
  readonly endedAt: Instant | null;
  /**
   * - `open`, `ended`: the engine's to change.
   * - `locked`: an operator confirmed it or works on it; its device is his word.
   * - `dismissed`: an operator said that it is none.
   * - `replaced`, `withdrawn`: the engine took it off the list, and may put it back.
   */
  readonly standing: 'open' | 'ended' | 'locked' | 'dismissed' | 'replaced' | 'withdrawn';
}

/** An outage as the evidence has it now. */
export interface FoundOutage {
  /** What it would be called if it were new. */
  readonly id: string;
  readonly from: number;
  readonly to: number;
  readonly isService: boolean;
  readonly startedAt: Instant;
  readonly endedAt: Instant | null;
}

/** What is to be done with the known outages for the found ones to stand. */
export interface OutageMatching<Known extends KnownOutage, Found extends FoundOutage> {
  /** Each found outage that stands, with the known one that it is; null for a new one. */
  readonly standing: readonly { readonly found: Found; readonly known: Known | null }[];
  /** Known outages that are part of a found one now, or became it. */
  readonly replaced: readonly { readonly known: Known; readonly by: Found }[];
  /** Known outages that nothing found explains any more. */
  readonly withdrawn: readonly Known[];
}

/** Minutes by which the start of one and the same outage may move as evidence comes: clocks are off by two. */
const START_MARGIN_MINUTES = 3;

/**
 * Tells which of the found outages are known already. One is the same where it interrupts the same meters (so is of the same class of
 * devices) and lasts in part at the same time, or began at nearly the same; of several the one of the same id, else the nearest. What an operator confirmed keeps its device: of the
 * found outages at or below it one tells of its end, and the others are part of it. What he dismissed stays dismissed.
 */
export function matchOutages<Known extends KnownOutage, Found extends FoundOutage>(
  known: readonly Known[],
  found: readonly Found[],
): OutageMatching<Known, Found> {
  const matchOf = new Map<Found, Known>();
  const taken = new Set<Known>();
  const hidden = new Set<Found>();
  const pair = (one: Found, other: Known): void => {
    matchOf.set(one, other);
    taken.add(other);
  };

  for (const lock of known.filter(({ standing }) => standing === 'locked')) {
    const parts = found.filter(
      (one) => !matchOf.has(one) && !hidden.has(one) && isWithin(one, lock) && isSameTime(one, lock),
    );
    const main = largest(parts.filter((one) => isSameClass(one, lock))) ?? largest(parts);
    if (main === null) {
      taken.add(lock);
      continue;
    }
    pair(main, lock);
    for (const part of parts) if (part !== main) hidden.add(part);
  }
  const order = found.filter((one) => !matchOf.has(one) && !hidden.has(one));
  for (const standings of [
    ['open', 'ended'],
    ['dismissed'],
    ['replaced', 'withdrawn'],
  ] as const satisfies readonly (readonly KnownOutage['standing'][])[]) {
    const candidates = order.flatMap((one) =>
      known
        .filter((other) => (standings as readonly string[]).includes(other.standing) && !taken.has(other))
        .filter((other) => isSameClass(one, other))
        .filter((other) => (standings[0] === 'replaced' ? isSameStart(one, other) : isSameTime(one, other)))
        .map((other) => ({
          one,
          other,
          away: one.id === other.id ? -1 : Math.abs(one.startedAt - other.startedAt),
        })),
    );
    candidates.sort((a, b) => a.away - b.away || (a.other.id < b.other.id ? -1 : 1));
    for (const { one, other } of candidates) if (!matchOf.has(one) && !taken.has(other)) pair(one, other);
  }

  const standing = found
    .filter((one) => !hidden.has(one) && matchOf.get(one)?.standing !== 'dismissed')
    .map((one) => ({ found: one, known: matchOf.get(one) ?? null }));
  const replaced: { known: Known; by: Found }[] = [];
  const withdrawn: Known[] = [];
  for (const other of known) {
    if (taken.has(other) || (other.standing !== 'open' && other.standing !== 'ended')) continue;
    const by = largest(
      standing
        .map(({ found: one }) => one)
        .filter((one) => overlap(one, other) > 0 && (isSameTime(one, other) || isSameStart(one, other))),
      (one) => overlap(one, other),
    );
    if (by === null) withdrawn.push(other);
    else replaced.push({ known: other, by });
  }
  return { standing, replaced, withdrawn };
}

interface Extent {
  readonly from: number;
  readonly to: number;
  readonly isService: boolean;
  readonly startedAt: Instant;
  readonly endedAt: Instant | null;
}

function isSameClass(a: Extent, b: Extent): boolean {
  return a.from === b.from && a.to === b.to && a.isService === b.isService;
}

function isWithin(inner: Extent, outer: Extent): boolean {
  return inner.from >= outer.from && inner.to <= outer.to;
}

function isSameStart(a: Extent, b: Extent): boolean {
  return Math.abs(a.startedAt - b.startedAt) <= minutes(START_MARGIN_MINUTES);
}

/** Whether two outages last in part at the same time, or began at nearly the same. */
function isSameTime(a: Extent, b: Extent): boolean {
  const ends = (one: Extent): number => one.endedAt ?? Number.POSITIVE_INFINITY;
  return isSameStart(a, b) || (a.startedAt < ends(b) && b.startedAt < ends(a));
}

function overlap(a: Extent, b: Extent): number {
  return Math.max(0, Math.min(a.to, b.to) - Math.max(a.from, b.from));
}

/** The one of most meters, of several the first to begin, then of the lowest position. */
function largest<Found extends Extent>(
  outages: readonly Found[],
  sizeOf: (one: Found) => number = (one) => one.to - one.from,
): Found | null {
  let best: Found | null = null;
  for (const one of outages) {
    const by =
      best === null
        ? -1
        : sizeOf(best) - sizeOf(one) || one.startedAt - best.startedAt || one.from - best.from;
    if (by < 0) best = one;
  }
  return best;
}
