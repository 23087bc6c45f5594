import type { Regimes } from './delivery-regimes.ts';
import { ALWAYS_ON } from './histories.ts';
import { fromKey, historyKey, type OwnSpell } from './own-spell.ts';
import { type EvidenceChanges, hasReturn, type ZoneEvidence } from './place-evidence.ts';
import type { Silences } from './silent-branches.ts';
import { isOpenedByPlan } from './site-conditions.ts';
import type { Slot, ZoneSlots } from './slots.ts';
import { SpellBounds } from './spell-bounds.ts';
import { isVoltageTold, SKEW_SECONDS, spokenAt, TOLD, toldInTurn } from './spoken-spells.ts';
import { switchLog } from './telemetry-likelihood.ts';
import type { ZoneNode } from './zone.ts';

/** One thing that a device may have done, with what that makes of its load side. */
export interface OwnState {
  /** log of its prior and of what telemetry says of it. */
  readonly log: number;
  readonly load: number;
  /** Its own spells; none for a device that was closed all the time, or behind which a tie feeds. */
  readonly own: readonly OwnSpell[];
  /** On-slot from which a tie feeds what is below; -1 where none does. */
  readonly tie: number;
}

/** What the devices of a zone's nodes may have done up to some time, as what was said until then leaves it. */
export interface EarlierStates {
  /** Seconds since 1970. */
  readonly until: number;
  /** How many of the slots lie before. */
  readonly offs: number;
  readonly ons: number;
  /** By node: lists of own spells, the likeliest first. That it was closed all the time is always among what may be. */
  readonly spells: readonly (readonly (readonly OwnSpell[])[])[];
  /** The same by history of the supply, as `historyKey` names it; histories that nobody need follow are not there. */
  readonly bySupply: readonly ReadonlyMap<string, readonly (readonly OwnSpell[])[]>[];
  /** By node: on-slots in which a tie may have fed what is below. */
  readonly ties: readonly (readonly number[])[];
}

/** Spells that a device may have had, before it is known how its supply did meanwhile. */
interface SpellOption {
  readonly own: readonly OwnSpell[];
  /** log P(what telemetry said of its position | these spells). */
  readonly told: number;
}

/** What the devices of each node of a zone may have done, as far as something that was said speaks for it. */
export class OwnSpells {
  /** By node: whether something was said at or below it. */
  readonly isTouched: Uint8Array;
  readonly #evidence: ZoneEvidence;
  readonly #nodes: readonly ZoneNode[];
  /** By node: spells that something said at it speaks for, and at or below it, and how many witnesses do. */
  readonly #ownSpoken: (ReadonlyMap<number, number> | undefined)[];
  readonly #spokenFor: (ReadonlyMap<number, number> | undefined)[];
  readonly #options: (Map<string, NodeOptions> | undefined)[];
  readonly #chains: (NodeChains | undefined)[] = [];
  readonly #lasting: (SpellOption[] | undefined)[] = [];
  readonly #earlier: EarlierStates | null;
  readonly #bounds: SpellBounds;

  /** `earlier`: what was left of the time before; only what may have happened since is added to it. */
  constructor(evidence: ZoneEvidence, regimes: Regimes, silences: Silences, earlier: EarlierStates | null) {
    this.#earlier = earlier;
    this.#evidence = evidence;
    this.#nodes = evidence.zone.nodes;
    this.isTouched = new Uint8Array(this.#nodes.length);
    this.#bounds = new SpellBounds(evidence, regimes, silences, this.isTouched);
    this.#ownSpoken = this.#nodes.map((_, node) => spokenAt(this.#evidence, node));
    this.#spokenFor = new Array(this.#nodes.length);
    this.#options = new Array(this.#nodes.length);
    for (let node = this.#nodes.length - 1; node >= 0; node--) this.#gather(node);
  }

  /** What the devices of a node may have done under a history of their supply; first that they were closed all the time. */
  statesOf(node: number, history: number): readonly OwnState[] {
    const { histories } = this.#evidence;
    const { policy } = this.#evidence.meters;
    const options = this.#optionsOf(node, history);
    const states: OwnState[] = [{ log: options.closed, load: history, own: [], tie: -1 }];
    if (this.#nodes[node]?.devices.length === 0) return states;
    for (const option of options.all) this.#add(states, node, history, option, 0, -1);
    for (const { off, on } of histories.get(history).spells) {
      // A fault of its own goes on when the supply is back.
      if (on >= 0 && !options.lasting.has(off) && this.#isRecent(this.#evidence.slots.ons[on] as Slot))
        this.#add(states, node, history, this.#lastingOption(node, off), 0, -1);
    }
    if (history === ALWAYS_ON) return states;
    for (const { on, isTold, later } of options.returns) {
      const load = histories.endedAt(history, on);
      if (load === null) continue;
      const log = Math.log(isTold ? policy.fedOtherwise : policy.tieFeed);
      states.push({ log: log + options.closed, load, own: [], tie: on });
      for (const option of later) this.#add(states, node, load, option, log, on);
    }
    return states;
  }

  #add(
    states: OwnState[],
    node: number,
    history: number,
    { own, told }: SpellOption,
    log: number,
    tie: number,
  ): void {
    const { histories } = this.#evidence;
    let load = history;
    let prior = log;
    for (const spell of own) {
      const joined = histories.join(load, histories.spell(spell.off, spell.on));
      if (joined === load) return;
      load = joined;
      prior += this.#priorLog(node, history, spell);
    }
    states.push({ log: prior + told, load, own, tie });
  }

  /** log of the prior of one spell of a node's devices under a history of its supply. */
  #priorLog(node: number, history: number, { off, on }: OwnSpell): number {
    const { policy } = this.#evidence.meters;
    const { works } = this.#evidence.conditions;
    const { prior, reclosed, nestedFactor } = this.#nodes[node] as ZoneNode;
    const isNested = this.#evidence.histories.get(history).spells.some((spell) => spell.off === off);
    // What opens together with a device above did not open for its work.
    if (works.length > 0 && !isNested && isOpenedByPlan(works, node, this.#evidence.slots.offs[off] as Slot))
      return Math.log(policy.plannedOpen);
    const own = isNested
      ? Math.min(policy.nestedMost, prior * nestedFactor)
      : prior * (this.#evidence.openingFactor[off] as number);
    // Where nothing came back since, nobody can tell when it would have: it lasts.
    return Math.log(own * (on >= 0 ? reclosed : hasReturn(this.#evidence.slots, off) ? 1 - reclosed : 1));
  }

  #lastingOption(node: number, off: number): SpellOption {
    this.#lasting[node] ??= [];
    const known = this.#lasting[node] as SpellOption[];
    known[off] ??= this.#option(node, [{ off, on: -1 }]);
    return known[off] as SpellOption;
  }

  #optionsOf(node: number, history: number): NodeOptions {
    const key = this.#earlierKey(node, history);
    const memo = this.#options[node] ?? new Map<string, NodeOptions>();
    this.#options[node] = memo;
    let options = memo.get(key);
    if (options === undefined) {
      const kept = this.#earlier?.bySupply[node]?.get(key) ?? this.#earlier?.spells[node]?.slice(0, 1) ?? [];
      options = this.#findOptions(node, kept);
      memo.set(key, options);
    }
    return options;
  }

  /** What of a history lies in the time before, as far as somebody follows it there; else nothing. */
  #earlierKey(node: number, history: number): string {
    if (this.#earlier === null) return '';
    const { offs, ons, bySupply } = this.#earlier;
    const { spells } = this.#evidence.histories.get(history);
    const before = spells
      .filter(({ off }) => off < offs)
      .map(({ off, on }) => ({ off, on: on < ons ? on : -1 }));
    const key = historyKey(before);
    if (bySupply[node]?.has(key) === true) return key;
    // Slots near the end may have been added or ended since.
    const { slots } = this.#evidence;
    const settled = before
      .filter(({ off }) => !this.#isRecent(slots.offs[off] as Slot))
      .map(({ off, on }) => ({ off, on: on >= 0 && this.#isRecent(slots.ons[on] as Slot) ? -1 : on }));
    const other = historyKey(settled);
    return bySupply[node]?.has(other) === true ? other : UNKNOWN;
  }

  /** Each spell since the time before that is worth following, and two of them one after the other. */
  #chainsOf(node: number): NodeChains {
    const known = this.#chains[node];
    if (known !== undefined) return known;
    const { slots } = this.#evidence;
    const spells = this.#hopeful(node);
    const recent = spells.filter(({ off }) => this.#isRecent(slots.offs[off] as Slot));
    const chains: (readonly OwnSpell[])[] = recent.map((spell) => [spell]);
    if (recent.length <= MOST_PAIRED) {
      const inOrder = recent.toSorted((a, b) => a.off - b.off || a.on - b.on);
      for (const [i, first] of inOrder.entries()) {
        for (const second of inOrder.slice(i + 1))
          if (isBefore(first, second, slots)) chains.push([first, second]);
      }
    }
    const found = { spells, chains };
    this.#chains[node] = found;
    return found;
  }

  /** What was left of the time before, with what may have happened since; and all that telemetry told of. */
  #findOptions(node: number, kept: readonly (readonly OwnSpell[])[]): NodeOptions {
    const { slots } = this.#evidence;
    const { spells, chains } = this.#chainsOf(node);
    const found = new Map<string, SpellOption>();
    const add = (own: readonly OwnSpell[]): void => {
      const key = historyKey(own);
      if (own.length > 0 && !found.has(key)) found.set(key, this.#option(node, own));
    };
    for (const before of withEnds(kept, spells)) {
      const last = before.at(-1);
      add(before);
      for (const own of chains)
        if (last === undefined || isBefore(last, own[0] as OwnSpell, slots)) add([...before, ...own]);
    }
    const told = chain(toldInTurn(this.#evidence, node), slots);
    if (told.length > 2) add(told);
    const all = [...found.values()];
    const ons = new Set(this.#earlier?.ties[node] ?? []);
    for (const { on } of spells) if (on >= 0 && this.#isRecent(slots.ons[on] as Slot)) ons.add(on);
    const returns = [...ons].map((on) => {
      const { from } = slots.ons[on] as Slot;
      const isTold = isVoltageTold(this.#evidence, node, on);
      const isLater = ({ own }: SpellOption): boolean =>
        own.every(({ off }) => (slots.offs[off] as Slot).from > from);
      return { on, isTold, later: isTold ? all.filter(isLater) : [] };
    });
    return {
      closed: switchLog(this.#evidence, node, []),
      all,
      lasting: new Set(
        all.flatMap(({ own: [only, ...more] }) => (only?.on === -1 && more.length === 0 ? [only.off] : [])),
      ),
      returns,
    };
  }

  /** Whether a slot is of the time that is looked at now, as far as clocks tell. */
  #isRecent({ from }: Slot): boolean {
    return this.#earlier === null || from > this.#earlier.until - RECENT_SECONDS;
  }

  #option(node: number, own: readonly OwnSpell[]): SpellOption {
    return { own, told: switchLog(this.#evidence, node, own) };
  }

  /**
   * Works out anew what the changes concern: nodes at which something was said, those below which somebody speaks of a slot that is another
   * now, and all above them. Gives these nodes; what was worked out elsewhere stands.
   */
  change({ offs, ons, nodes }: EvidenceChanges): readonly number[] {
    this.#bounds.changeSlots(offs);
    for (const node of nodes) this.#ownSpoken[node] = spokenAt(this.#evidence, node);
    const concerned = new Uint8Array(this.#nodes.length);
    const changed: number[] = [];
    // From below, so that what lies below a node is known before it.
    for (let node = this.#nodes.length - 1; node >= 0; node--) {
      if (concerned[node] === 0 && !nodes.has(node) && !this.#isAbout(node, offs, ons)) continue;
      const above = (this.#nodes[node] as ZoneNode).parent;
      if (above >= 0) concerned[above] = 1;
      changed.push(node);
      this.#options[node] = undefined;
      this.#chains[node] = undefined;
      this.#lasting[node] = undefined;
      this.#bounds.changeNode(node);
      this.#gather(node);
    }
    return changed;
  }

  /** Whether what was said below a node, or what is left of the time before, speaks of one of these slots. */
  #isAbout(node: number, offs: ReadonlySet<number>, ons: ReadonlySet<number>): boolean {
    const spoken = this.#spokenFor[node];
    if (spoken !== undefined) {
      for (const key of spoken.keys()) {
        const { off, on } = fromKey(key);
        if (offs.has(off) || (on >= 0 && ons.has(on))) return true;
      }
    }
    if (this.#earlier === null) return false;
    const { spells, ties } = this.#earlier;
    return (
      spells[node]?.some((own) => own.some(({ off, on }) => offs.has(off) || (on >= 0 && ons.has(on)))) ===
        true || ties[node]?.some((on) => ons.has(on)) === true
    );
  }

  /** Puts together what is spoken for at a node and below. */
  #gather(node: number): void {
    const own = this.#ownSpoken[node];
    const sum = new Map<number, number>(own ?? []);
    let isTouched = own !== undefined;
    for (const child of (this.#nodes[node] as ZoneNode).children) {
      if (this.isTouched[child] === 0) continue;
      isTouched = true;
      for (const [key, count] of this.#spokenFor[child] ?? []) sum.set(key, (sum.get(key) ?? 0) + count);
    }
    this.isTouched[node] = isTouched ? 1 : 0;
    this.#spokenFor[node] = isTouched ? sum : undefined;
  }

  /**
   * The spells of a node that are worth following: what was said below speaks for them, and silence does not rule them out. Of slots that
   * clocks may have made of one, and of the returns after each, those that most speak for.
   */
  #hopeful(node: number): readonly OwnSpell[] {
    const lasting = new Set<number>();
    for (const own of this.#earlier?.spells[node] ?? [])
      if (own.at(-1)?.on === -1) lasting.add(own.at(-1)?.off as number);
    const { offs } = this.#evidence.slots;
    return this.#mostSpokenFor(node)
      .filter(({ spell: { off } }) => lasting.has(off) || this.#isRecent(offs[off] as Slot))
      .filter(({ spell, count }) => !this.#bounds.isHopeless(node, spell, count))
      .map(({ spell }) => spell);
  }

  #mostSpokenFor(node: number): readonly { readonly spell: OwnSpell; readonly count: number }[] {
    const { offs } = this.#evidence.slots;
    const all = [...(this.#spokenFor[node] ?? [])].map(([key, count]) => ({
      spell: fromKey(key),
      count,
    }));
    if (all.length <= 2) return all;
    all.sort((a, b) => b.count - a.count || a.spell.off - b.spell.off || a.spell.on - b.spell.on);
    const kept = new Map<number, number>();
    return all.filter(({ spell: { off, on }, count }) => {
      const returns = kept.get(off);
      if (returns === undefined) {
        const { from } = offs[off] as Slot;
        let near = 0;
        for (const other of kept.keys())
          if (Math.abs((offs[other] as Slot).from - from) <= SKEW_SECONDS) near++;
        if (near >= MOST_NEAR && count < TOLD) return false;
        kept.set(off, on < 0 ? 0 : 1);
        return true;
      }
      if (on < 0) return true;
      if (returns >= MOST_RETURNS && count < TOLD) return false;
      kept.set(off, returns + 1);
      return true;
    });
  }
}

/** What is worth following of a node's devices since the time before: spells, and those that follow each other. */
interface NodeChains {
  readonly spells: readonly OwnSpell[];
  readonly chains: readonly (readonly OwnSpell[])[];
}

/** What the devices of a node may have done under some histories of their supply. */
interface NodeOptions {
  /** log P(what telemetry said | closed all the time). */
  readonly closed: number;
  readonly all: readonly SpellOption[];
  /** Off-slots of spells among them that last. */
  readonly lasting: ReadonlySet<number>;
  /** On-slots in which a tie may have fed what is below, and what may have happened there afterwards. */
  readonly returns: readonly {
    readonly on: number;
    readonly isTold: boolean;
    readonly later: readonly SpellOption[];
  }[];
}

/** Seconds before the end of the time before from which slots are looked at again: clocks differ, and callers hesitate. */
const RECENT_SECONDS = 150;

/** Of slots that lie closer than clocks are exact, and of returns after one slot, so many are followed. */
const MOST_NEAR = 2;
const MOST_RETURNS = 2;

/** Nodes with more candidates than this have one spell each, but for what telemetry tells. */
const MOST_PAIRED = 4;

/** Lists of spells, with the ends that lasting ones may have had since. */
function withEnds(
  kept: readonly (readonly OwnSpell[])[],
  spells: readonly OwnSpell[],
): readonly (readonly OwnSpell[])[] {
  const ended = kept.flatMap((own) => {
    const last = own.at(-1);
    if (last === undefined || last.on >= 0) return [];
    return spells
      .filter(({ off, on }) => off === last.off && on >= 0)
      .map((spell) => [...own.slice(0, -1), spell]);
  });
  return [[], ...kept, ...ended];
}

/** Names no history. */
const UNKNOWN = '-';

function isBefore(first: OwnSpell, second: OwnSpell, { offs, ons }: ZoneSlots): boolean {
  return first.on >= 0 && (ons[first.on] as Slot).from < (offs[second.off] as Slot).from;
}

/** As many spells as can follow each other, the earliest first. */
function chain(spells: readonly OwnSpell[], slots: ZoneSlots): readonly OwnSpell[] {
  const inOrder = spells.toSorted((a, b) => a.off - b.off || b.on - a.on);
  const found: OwnSpell[] = [];
  for (const spell of inOrder) {
    const last = found.at(-1);
    if (last === undefined || isBefore(last, spell, slots)) found.push(spell);
  }
  return found;
}
