import type { Instant } from '../instant.ts';
import type { OutageMeters } from '../outage-meters.ts';
import type { WitnessWords } from './evidence-book.ts';
import { type KnownDivision, type KnownMembers, outageKey } from './outage-memory.ts';
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
 * another from when that is over. Where an outage's meters are the same as at the last judgement, the same value is given again.
 */
export function outagesWithMembers(judged: JudgedZone): readonly OutageWithMembers[] {
  const outages = [...judged.outages.open, ...judged.outages.ended].sort(
    (a, b) => a.startedAt - b.startedAt || b.to - b.from - (a.to - a.from) || a.from - b.from,
  );
  const { memory } = judged;
  const members = new Map<string, KnownMembers>();
  const whole = outages.map((outage) => {
    const key = outageKey(outage);
    const own = membersOf(judged, outage, memory.members.get(key));
    members.set(key, own);
    return own.meters;
  });
  const divisions = new Map<string, KnownDivision>();
  const meters = whole.slice();
  for (const cluster of findClusters(outages)) {
    if (cluster.length === 1) continue;
    const [from, to] = rangeOf(cluster.map((i) => outages[i] as TrackedOutage));
    const key = `${from} ${to}`;
    const division = divideMeters(
      cluster.map((i) => whole[i] as OutageMeters),
      from,
      to,
      memory.divisions.get(key),
    );
    divisions.set(key, division);
    for (const [nth, i] of cluster.entries()) meters[i] = division.parts[nth] as OutageMeters;
  }
  memory.keepMembers(members, divisions);
  return outages.map((outage, i) => ({ outage, meters: meters[i] as OutageMeters }));
}

/** Indices of outages, ascending, in lists of those that may have meters in common. */
function findClusters(outages: readonly TrackedOutage[]): readonly (readonly number[])[] {
  const order = outages.map((_, i) => i);
  order.sort((a, b) => (outages[a] as TrackedOutage).from - (outages[b] as TrackedOutage).from);
  const clusters: number[][] = [];
  let end = Number.NEGATIVE_INFINITY;
  for (const i of order) {
    const { from, to } = outages[i] as TrackedOutage;
    if (from >= end) clusters.push([i]);
    else clusters.at(-1)?.push(i);
    end = Math.max(end, to);
  }
  for (const cluster of clusters) cluster.sort((a, b) => a - b);
  return clusters;
}

function rangeOf(outages: readonly TrackedOutage[]): readonly [from: number, to: number] {
  return [Math.min(...outages.map(({ from }) => from)), Math.max(...outages.map(({ to }) => to))];
}

/**
 * The meters `from` to `to` of outages, given by start, divided so that each is in one of them at a time. What is `known` is given again
 * where the outages have the same meters.
 */
function divideMeters(
  whole: readonly OutageMeters[],
  from: number,
  to: number,
  known: KnownDivision | undefined,
): KnownDivision {
  const isKnown = known?.whole.length === whole.length && whole.every((own, i) => own === known.whole[i]);
  if (known !== undefined && isKnown) return known;
  const claims = new Uint8Array(to - from);
  for (const { position } of whole) {
    for (const meter of position) {
      const claimed = claims[meter - from] as number;
      if (claimed < 2) claims[meter - from] = claimed + 1;
    }
  }
  // By meter that several have: what it was out for, ascending.
  const outTimes = new Map<number, readonly OutTime[]>();
  const parts = whole.map((own): OutageMeters => {
    const { position } = own;
    const moved = new Map<number, OutTime | null>();
    for (let i = 0; i < position.length; i++) {
      const meter = position[i] as number;
      if (claims[meter - from] === 1) continue;
      const all = { from: own.from[i] as Instant, until: own.until[i] ?? Number.POSITIVE_INFINITY };
      const others = outTimes.get(meter) ?? [];
      const part = without(others, all.from, all.until);
      if (part === null || part.from !== all.from || part.until !== all.until) moved.set(i, part);
      if (part !== null)
        outTimes.set(
          meter,
          [...others, part].sort((a, b) => a.from - b.from),
        );
    }
    return moved.size === 0 ? own : withMoved(own, moved);
  });
  const before = new Map(known?.whole.map((own, i) => [own, known.parts[i]]));
  return {
    whole,
    parts: parts.map((part, i) => {
      const other = before.get(whole[i] as OutageMeters);
      return other !== undefined && isSameMeters(part, other) ? other : part;
    }),
  };
}

/** An outage's meters with some of them, by their index, out at other times or not at all. */
function withMoved(
  { position, from, until }: OutageMeters,
  moved: ReadonlyMap<number, OutTime | null>,
): OutageMeters {
  const kept = { position: [] as number[], from: [] as Instant[], until: [] as (Instant | null)[] };
  for (let i = 0; i < position.length; i++) {
    const part = moved.get(i);
    if (part === null) continue;
    kept.position.push(position[i] as number);
    kept.from.push(part?.from ?? (from[i] as Instant));
    const end = part === undefined ? (until[i] ?? Number.POSITIVE_INFINITY) : part.until;
    kept.until.push(end === Number.POSITIVE_INFINITY ? null : end);
  }
  return kept;
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
 * back, or until it said so itself. One that had supply all the time by its own word is left out. Only nodes are looked into whose branch
 * went through something else than what is `known`, or of which something was said since.
 */
function membersOf(judged: JudgedZone, outage: TrackedOutage, known: KnownMembers | undefined): KnownMembers {
  const { target, startedAt, endedAt } = outage;
  const { zone, evidence, beliefs, memory } = judged;
  if (target.kind === 'service') return known ?? serviceMembers(target.meter, startedAt, endedAt);
  const top = target.node;
  const count = (zone.nodes[top] as ZoneNode).end - top;
  const whole: Stretch = {
    from: startedAt / 1e6,
    to: endedAt === null ? Number.POSITIVE_INFINITY : endedAt / 1e6,
  };
  // What is told but doubted is not the likeliest history of anybody below it.
  const isDoubtful = !spellsWithin(judged, beliefs.history[top] as number, whole).length;
  const branches = new Map<number, Stretch | null>();
  const branchFrom = new Float64Array(count);
  const branchTo = new Float64Array(count);
  const changed = new Uint8Array(count);
  let changes = 0;
  for (let i = 0; i < count; i++) {
    const history = beliefs.history[top + i] as number;
    const isDead = (beliefs.dead[top + i] as number) >= 0.5;
    const key = history * 2 + (isDead ? 1 : 0);
    let branch = branches.get(key);
    if (branch === undefined) {
      branch = branchStretch(judged, history, isDead, whole, isDoubtful);
      branches.set(key, branch);
    }
    const from = branch?.from ?? Number.NaN;
    const to = branch?.to ?? Number.NaN;
    branchFrom[i] = from;
    branchTo[i] = to;
    const isSame =
      known !== undefined &&
      Object.is(known.branchFrom[i], from) &&
      Object.is(known.branchTo[i], to) &&
      !memory.news.isSince(top + i, known.said);
    if (isSame) continue;
    changed[i] = 1;
    changes++;
  }
  if (known !== undefined && changes === 0) {
    known.said = memory.news.count;
    return known;
  }
  const margin = evidence.meters.policy.skewMarginSeconds;
  const starts = new Int32Array(count + 1);
  const meters = { position: [] as number[], from: [] as Instant[], until: [] as (Instant | null)[] };
  const { position, from, until } = meters;
  for (let i = 0; i < count; i++) {
    starts[i] = position.length;
    if (known !== undefined && changed[i] === 0) {
      const end = known.starts[i + 1] as number;
      for (let at = known.starts[i] as number; at < end; at++) {
        position.push(known.meters.position[at] as number);
        from.push(known.meters.from[at] as Instant);
        until.push(known.meters.until[at] as Instant | null);
      }
      continue;
    }
    if (Number.isNaN(branchFrom[i])) continue;
    const branch = { from: branchFrom[i] as number, to: branchTo[i] as number };
    const begin = Math.max(startedAt, Math.round(branch.from * 1e6));
    for (const meter of (zone.nodes[top + i] as ZoneNode).meters) {
      const to = backAt(judged, meter, branch, margin);
      const end = to === null ? begin : to === Number.POSITIVE_INFINITY ? null : Math.round(to * 1e6);
      if (end !== null && end <= begin) continue;
      position.push(meter);
      from.push(begin);
      until.push(end);
    }
  }
  starts[count] = position.length;
  const isSame = known !== undefined && isSameMeters(known.meters, meters);
  return {
    said: memory.news.count,
    branchFrom,
    branchTo,
    starts,
    meters: isSame ? known.meters : meters,
  };
}

function serviceMembers(meter: number, startedAt: Instant, endedAt: Instant | null): KnownMembers {
  const isOut = endedAt === null || startedAt < endedAt;
  return {
    said: 0,
    branchFrom: new Float64Array(0),
    branchTo: new Float64Array(0),
    starts: new Int32Array(0),
    meters: isOut
      ? { position: [meter], from: [startedAt], until: [endedAt] }
      : { position: [], from: [], until: [] },
  };
}

/** Whether two outages interrupt the same meters at the same times. */
function isSameMeters(a: OutageMeters, b: OutageMeters): boolean {
  if (a.position.length !== b.position.length) return false;
  for (let i = 0; i < b.position.length; i++) {
    if (a.position[i] !== b.position[i] || a.from[i] !== b.from[i] || a.until[i] !== b.until[i]) return false;
  }
  return true;
}

/** What of an outage the likeliest history of a branch has; null where that was never dead meanwhile. */
function branchStretch(
  judged: JudgedZone,
  history: number,
  isDeadNow: boolean,
  whole: Stretch,
  isDoubtful: boolean,
): Stretch | null {
  const own = spellsWithin(judged, history, whole);
  const [first] = own;
  if (first !== undefined) {
    // A branch that came back over a tie, and may have gone again, or whose own fault goes on as another outage.
    return {
      from: Math.max(whole.from, first.from),
      to: Math.min(whole.to, (own.at(-1) as Stretch).to),
    };
  }
  const isDead = whole.to === Number.POSITIVE_INFINITY && isDeadNow;
  return isDead || isDoubtful ? whole : null;
}

/** The spells of a history that lie within a time, in part at least. */
function spellsWithin({ evidence }: JudgedZone, history: number, whole: Stretch): readonly Stretch[] {
  const { spells } = evidence.histories.get(history);
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
