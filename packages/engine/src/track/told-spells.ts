import { confidenceToTell } from './confidence-to-tell.ts';
import { ALWAYS_ON, type Spell } from './histories.ts';
import type { ZoneBeliefs } from './infer-zone.ts';
import { isOverForSure } from './is-over-for-sure.ts';
import type { ZoneEvidence } from './place-evidence.ts';
import type { Slot } from './slots.ts';
import type { ZoneNode } from './zone.ts';

/** A time without supply that is told of a class of devices. */
export interface ToldSpell {
  readonly node: number;
  /** Index of the off-slot, and of the on-slot or -1 while it lasts. */
  readonly off: number;
  readonly on: number;
  /** P(the class is what interrupts in it, its supply side live when it opened). */
  readonly confidence: number;
  /** Whether it is over by all that is heard, and not told to be while silence may yet speak. */
  readonly isHeld: boolean;
}

/** Part of a time, in seconds since 1970; it ends at infinity while it lasts. */
interface Stretch {
  readonly from: number;
  readonly to: number;
}

/** A spell with the probability of all histories that have it. */
interface WeighedSpell extends Spell {
  readonly weight: number;
}

/** What a branch went through at one time: its likeliest spell of those that exclude each other. */
interface Episode {
  readonly spell: WeighedSpell;
  readonly isLasting: boolean;
  /** P(it is over). */
  readonly over: number;
}

/**
 * The spells that are told of a zone, lasting and over, as one explanation: from the source down, a class is told where everything below it
 * was dead for sure enough, and then explains all below it as long as it lasts. So each branch that was dead more likely than not, by
 * whatever reason, is told of, and no branch that was not.
 */
export function toldSpells(evidence: ZoneEvidence, beliefs: ZoneBeliefs): readonly ToldSpell[] {
  const { zone, meters } = evidence;
  const { showFrom } = meters.policy;
  const told: ToldSpell[] = [];
  let above: { readonly end: number; readonly stretch: Stretch }[] = [];
  for (const node of beliefs.followed) {
    above = above.filter(({ end }) => end > node);
    const histories = beliefs.loads[node];
    if (node === 0 || histories === undefined || 1 - (histories.get(ALWAYS_ON) ?? 0) < showFrom) continue;
    const { parent, end } = zone.nodes[node] as ZoneNode;
    const here: ToldSpell[] = [];
    for (const { spell, isLasting, over } of episodes(evidence, beliefs, node)) {
      for (const gap of without(
        spell,
        above.map(({ stretch }) => stretch),
      )) {
        const mass = deadWithin(evidence, beliefs, node, gap);
        if (mass < showFrom) continue;
        const { off } = spell;
        const isHeld = !isLasting && !isOverForSure(evidence, node, { spell, over });
        const confidence = ownShare(evidence, beliefs, node, isLasting, gap);
        const one: ToldSpell = { node, off, on: isHeld ? -1 : spell.on, confidence, isHeld };
        // Where something wider is likely and not sure yet, or began a little later, a part of it is told only where it is sure itself.
        const { from } = spell;
        const isPart =
          gap.to < spell.to ||
          deadWithin(evidence, beliefs, parent, { from, to: from + MOMENT_SECONDS }) >= showFrom;
        const least = confidenceToTell(evidence, beliefs, one);
        if (one.confidence < (isPart ? Math.max(showFrom, least) : least)) continue;
        here.push(one);
        break;
      }
    }
    told.push(...here);
    above.push(...here.map((one) => ({ end, stretch: stretchOf(evidence, one) })));
  }
  return told;
}

/** The spells of a branch's likeliest histories that do not overlap, each where the branch was dead then more likely than not. */
function episodes(evidence: ZoneEvidence, beliefs: ZoneBeliefs, node: number): readonly Episode[] {
  const histories = beliefs.loads[node] as ReadonlyMap<number, number>;
  const weighed = new Map<string, WeighedSpell>();
  for (const [history, weight] of histories) {
    for (const spell of evidence.histories.get(history).spells) {
      const key = `${spell.off} ${spell.on}`;
      weighed.set(key, { ...spell, weight: (weighed.get(key)?.weight ?? 0) + weight });
    }
  }
  let left = [...weighed.values()].sort((a, b) => b.weight - a.weight || a.from - b.from || a.to - b.to);
  const found: Episode[] = [];
  for (let likeliest = left[0]; likeliest !== undefined; likeliest = left[0]) {
    const at = likeliest;
    let lasting = 0;
    let over = 0;
    for (const [history, weight] of histories) {
      const own = evidence.histories.get(history).spells.filter((spell) => overlaps(spell, at));
      if (own.some(({ on }) => on < 0)) lasting += weight;
      else if (own.length > 0) over += weight;
    }
    const isTold = lasting + over >= evidence.meters.policy.showFrom;
    const isLasting = lasting >= over;
    const spell = surest(
      left.filter((other) => overlaps(other, at) && other.on < 0 === isLasting),
      (stretch) => massOf(evidence, histories, (one) => one.from <= stretch.from && one.to >= stretch.to),
      evidence.meters.policy.showFrom,
    );
    if (isTold && spell !== null) found.push({ spell, isLasting, over });
    // The surest may be longer than the likeliest.
    left = left.filter(
      (other) =>
        other !== at && !(isTold && (overlaps(other, at) || (spell !== null && overlaps(other, spell)))),
    );
  }
  return found;
}

/** So short that nothing else happens in it. */
const MOMENT_SECONDS = 1e-3;

/** Of spells, the likeliest first, the longest through all of which the branch was dead more likely than not; else the likeliest. */
function surest(
  spells: readonly WeighedSpell[],
  deadThrough: (stretch: Stretch) => number,
  least: number,
): WeighedSpell | null {
  let best: WeighedSpell | null = null;
  for (const spell of spells) {
    const isLonger =
      best === null || (spell.on < 0 ? spell.from < best.from : spell.to - spell.from > best.to - best.from);
    if (isLonger && deadThrough(spell) >= least) best = spell;
  }
  return best ?? spells[0] ?? null;
}

/** P(a history has a spell such as is asked for). */
function massOf(
  { histories }: ZoneEvidence,
  weights: ReadonlyMap<number, number>,
  isSuch: (spell: Spell) => boolean,
): number {
  let sum = 0;
  for (const [history, weight] of weights) if (histories.get(history).spells.some(isSuch)) sum += weight;
  return sum;
}

/** P(a branch was dead at some time of a stretch). */
function deadWithin(
  evidence: ZoneEvidence,
  { loads, dead }: ZoneBeliefs,
  node: number,
  stretch: Stretch,
): number {
  const own = loads[node];
  return own === undefined
    ? (dead[node] as number)
    : massOf(evidence, own, (spell) => overlaps(spell, stretch));
}

/** P(a class of devices is the reason, its supply side live when it opened, of what its branch went through within a stretch). */
function ownShare(
  evidence: ZoneEvidence,
  { spells }: ZoneBeliefs,
  node: number,
  isLasting: boolean,
  gap: Stretch,
): number {
  let sum = 0;
  for (const own of spells[node] ?? [])
    if (own.on < 0 === isLasting && overlaps(stretchOf(evidence, own), gap)) sum += own.probability;
  return Math.min(1, sum);
}

function stretchOf(
  { slots: { offs, ons } }: ZoneEvidence,
  { off, on }: { readonly off: number; readonly on: number },
): Stretch {
  return {
    from: (offs[off] as Slot).from,
    to: on < 0 ? Number.POSITIVE_INFINITY : (ons[on] as Slot).from,
  };
}

function overlaps(a: Stretch, b: Stretch): boolean {
  return a.from < b.to && b.from < a.to;
}

/** What is left of a stretch beside others. */
function without(stretch: Stretch, others: readonly Stretch[]): readonly Stretch[] {
  let left: Stretch[] = [{ from: stretch.from, to: stretch.to }];
  for (const other of others) {
    left = left.flatMap(({ from, to }) =>
      [
        { from, to: Math.min(to, other.from) },
        { from: Math.max(from, other.to), to },
      ].filter((part) => part.from < part.to),
    );
  }
  return left;
}
