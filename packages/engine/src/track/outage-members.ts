import type { Instant } from '../instant.ts';
import type { OutageMeters } from '../outage-meters.ts';
import type { WitnessWords } from './evidence-book.ts';
import type { JudgedZone } from './outage-tracker.ts';
import type { TrackedOutage } from './tracked-outage.ts';
import type { ZoneNode } from './zone.ts';

/** A spell in seconds since 1970; it ends at infinity while it lasts. */
interface Stretch {
  readonly from: number;
  readonly to: number;
}

/** An outage with the meters that it interrupts. */
export interface OutageWithMembers {
  readonly outage: TrackedOutage;
  readonly meters: OutageMeters;
}

/**
 * The outages of a zone with their meters, by start. A meter is in one of them at a time: in the one that interrupted it first, and in
 * another from when that is over.
 */
export function outagesWithMembers(judged: JudgedZone): readonly OutageWithMembers[] {
  const outages = [...judged.outages.open, ...judged.outages.ended].sort(
    (a, b) => a.startedAt - b.startedAt || b.to - b.from - (a.to - a.from) || a.from - b.from,
  );
  // By meter: what it was out for, ascending. Most are in one outage at most, so there is no list for them.
  const first = new Map<number, OutTime>();
  const more = new Map<number, readonly OutTime[]>();
  return outages.map((outage) => {
    const { position, from, until } = membersOf(judged, outage);
    const kept = { position: [] as number[], from: [] as Instant[], until: [] as (Instant | null)[] };
    for (let i = 0; i < position.length; i++) {
      const meter = position[i] as number;
      const whole = { from: from[i] as Instant, until: until[i] ?? Number.POSITIVE_INFINITY };
      const own = first.get(meter);
      let part: OutTime | null = whole;
      if (own === undefined) {
        if (whole.from >= whole.until) continue;
        first.set(meter, whole);
      } else {
        const others = more.get(meter) ?? [own];
        part = without(others, whole.from, whole.until);
        if (part === null) continue;
        more.set(
          meter,
          [...others, part].toSorted((a, b) => a.from - b.from),
        );
      }
      kept.position.push(meter);
      kept.from.push(part.from);
      kept.until.push(part.until === Number.POSITIVE_INFINITY ? null : part.until);
    }
    return { outage, meters: kept };
  });
}

/** A time without supply; `until` is infinite while it lasts. */
interface OutTime {
  readonly from: Instant;
  readonly until: Instant;
}

/** The first part of a time that others, which ascend and do not overlap, have not; null where they have all of it. */
function without(others: readonly OutTime[], from: Instant, until: Instant): OutTime | null {
  let start = from;
  for (const other of others) {
    if (other.until <= start) continue;
    if (other.from > start) return { from: start, until: Math.min(until, other.from) };
    start = other.until;
    if (start >= until) return null;
  }
  return start < until ? { from: start, until } : null;
}

/**
 * The meters that an outage interrupts: those below its device, each from the start until the likeliest history of its branch has supply
 * back, or until it said so itself. One that had supply all the time by its own word is left out.
 */
function membersOf(judged: JudgedZone, outage: TrackedOutage): OutageMeters {
  const columns = { position: [] as number[], from: [] as Instant[], until: [] as (Instant | null)[] };
  const add = (meter: number, from: Instant, until: Instant | null): void => {
    columns.position.push(meter);
    columns.from.push(from);
    columns.until.push(until);
  };
  const { target, startedAt, endedAt } = outage;
  if (target.kind === 'service') {
    add(target.meter, startedAt, endedAt);
    return columns;
  }
  const { zone, evidence } = judged;
  const whole: Stretch = {
    from: startedAt / 1e6,
    to: endedAt === null ? Number.POSITIVE_INFINITY : endedAt / 1e6,
  };
  const margin = evidence.meters.policy.skewMarginSeconds;
  // What is told but doubted is not the likeliest history of anybody below it.
  const isDoubtful = !spellsWithin(judged, target.node, whole).length;
  for (let node = target.node; node < (zone.nodes[target.node] as ZoneNode).end; node++) {
    const branch = branchStretch(judged, node, whole, isDoubtful);
    if (branch === null) continue;
    for (const meter of (zone.nodes[node] as ZoneNode).meters) {
      const to = backAt(judged, meter, branch, margin);
      if (to === null) continue;
      add(
        meter,
        Math.max(startedAt, Math.round(branch.from * 1e6)),
        to === Number.POSITIVE_INFINITY ? null : Math.round(to * 1e6),
      );
    }
  }
  return columns;
}

/** What of an outage the likeliest history of a node's load side has; null where that was never dead meanwhile. */
function branchStretch(
  judged: JudgedZone,
  node: number,
  whole: Stretch,
  isDoubtful: boolean,
): Stretch | null {
  const own = spellsWithin(judged, node, whole);
  const [first] = own;
  if (first !== undefined) {
    // A branch that came back over a tie, and may have gone again, or whose own fault goes on as another outage.
    return {
      from: Math.max(whole.from, first.from),
      to: Math.min(whole.to, (own.at(-1) as Stretch).to),
    };
  }
  const isDead = whole.to === Number.POSITIVE_INFINITY && (judged.beliefs.dead[node] as number) >= 0.5;
  return isDead || isDoubtful ? whole : null;
}

/** The spells of a node's likeliest history that lie within a time, in part at least. */
function spellsWithin({ evidence, beliefs }: JudgedZone, node: number, whole: Stretch): readonly Stretch[] {
  const { spells } = evidence.histories.get(beliefs.history[node] as number);
  return spells.filter(({ from, to }) => from < whole.to && to > whole.from);
}

/** When a meter had supply again by its own word or its terminal's, else when its branch had; null where it never lost it. */
function backAt({ site, book }: JudgedZone, meter: number, branch: Stretch, margin: number): number | null {
  const terminal = site.meters.terminal[meter] as number;
  const own = book.meters.get(meter);
  const others = terminal < 0 ? undefined : book.terminals.get(terminal);
  // Most of those out never say a word, and most of the others gasp and no more.
  const hasOns = (own?.ons.length ?? 0) + (others?.ons.length ?? 0) > 0;
  if (!hasOns) return branch.to;
  const words = [own, others].filter((one): one is WitnessWords => one !== undefined);
  const isWithin = (at: number): boolean => at > branch.from - margin && at < branch.to;
  const lastOff = words
    .flatMap(({ offs }) => offs)
    .reduce((last, at) => (isWithin(at) && at > last ? at : last), Number.NEGATIVE_INFINITY);
  const since = Math.max(lastOff, branch.from);
  const ons = words.flatMap((one) => one.ons).filter(({ at }) => isWithin(at) && at > since);
  if (ons.length === 0) return branch.to;
  const isFar = (at: number): boolean => lastOff > Number.NEGATIVE_INFINITY || at > branch.from + margin;
  const restores = ons.filter(({ at, isRestore }) => isRestore && at > since).map(({ at }) => at);
  if (restores.length > 0) return Math.min(...restores);
  return ons.some(({ at }) => isFar(at)) && lastOff === Number.NEGATIVE_INFINITY
    ? null
    : Math.min(...ons.map(({ at }) => at));
}
