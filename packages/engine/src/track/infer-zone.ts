import { ALWAYS_ON } from './histories.ts';
import {
  calledShare,
  gaspedShare,
  nodeLog,
  serviceBeliefs,
  switchLog,
  type ZoneEvidence,
} from './node-likelihood.ts';
import type { Witness } from './witness-likelihood.ts';
import type { ZoneNode } from './zone.ts';
import type { ZoneSilence } from './zone-silence.ts';

/** A spell in which a class of devices, or one meter's service, interrupted supply. */
export interface SpellBelief {
  /** Index of the off-slot, and of the on-slot or -1 while it lasts. */
  readonly off: number;
  readonly on: number;
  readonly probability: number;
}

/** What is believed about a zone, given all its evidence. */
export interface ZoneBeliefs {
  /** log P(all evidence). */
  readonly logEvidence: number;
  /** By node: P(it interrupts now). */
  readonly interrupting: Float64Array;
  /** By node: P(its load side is dead now); exact where something was said below, else that of the node above counts. */
  readonly dead: Float64Array;
  /** By node: the spells in which it interrupted or does. */
  readonly spells: readonly (readonly SpellBelief[])[];
  /** By meter position: the same of its service; only meters that said something. */
  readonly services: ReadonlyMap<number, readonly SpellBelief[]>;
}

/** One thing that a device may have done, with what that makes of its load side. */
interface OwnState {
  readonly log: number;
  readonly load: number;
  /** -1 and -1 for a device that was closed all the time, or behind which a tie feeds. */
  readonly off: number;
  readonly on: number;
}

/** Below this a history of a supply side is not followed further down. */
const NEGLIGIBLE = 1e-7;

/**
 * The beliefs about a zone by one pass up its tree and one down. What is passed is, for each history that the supply side may have
 * had, log P(everything said at and below). Histories are followed only as far as something that was said speaks for them.
 */
export function inferZone(evidence: ZoneEvidence, silence: ZoneSilence): ZoneBeliefs {
  return new ZoneInference(evidence, silence).run();
}

class ZoneInference {
  readonly #evidence: ZoneEvidence;
  readonly #silence: ZoneSilence;
  readonly #nodes: readonly ZoneNode[];
  readonly #isTouched: Uint8Array;
  /** By node: own spells that something said below speaks for, and how many witnesses do. */
  readonly #candidates: readonly Map<number, number>[];
  readonly #memo: readonly Map<number, number>[];

  constructor(evidence: ZoneEvidence, silence: ZoneSilence) {
    this.#evidence = evidence;
    this.#silence = silence;
    this.#nodes = evidence.zone.nodes;
    this.#isTouched = new Uint8Array(this.#nodes.length);
    this.#candidates = this.#nodes.map(() => new Map());
    this.#memo = this.#nodes.map(() => new Map());
    this.#collect();
  }

  run(): ZoneBeliefs {
    const count = this.#nodes.length;
    const interrupting = new Float64Array(count);
    const dead = new Float64Array(count);
    const spells: Map<number, number>[] = this.#nodes.map(() => new Map());
    const services = new Map<number, readonly SpellBelief[]>();
    const supply: (Map<number, number> | undefined)[] = new Array(count);
    supply[0] = new Map([[ALWAYS_ON, 1]]);
    const { histories } = this.#evidence;
    for (let node = 0; node < count; node++) {
      const weights = supply[node];
      const above = (this.#nodes[node] as ZoneNode).parent;
      if (weights === undefined) {
        dead[node] = above < 0 ? 0 : (dead[above] as number);
        continue;
      }
      supply[node] = undefined;
      const load = new Map<number, number>();
      for (const [history, weight] of weights) {
        const isLive = !histories.get(history).isDeadNow;
        const states = this.#statesOf(node, history);
        const logs = states.map((state) => state.log + this.#loadLog(node, state.load));
        const most = Math.max(...logs);
        const sum = logs.reduce((total, log) => total + Math.exp(log - most), 0);
        for (const [i, state] of states.entries()) {
          const share = (weight * Math.exp((logs[i] as number) - most)) / sum;
          if (share < NEGLIGIBLE) continue;
          load.set(state.load, (load.get(state.load) ?? 0) + share);
          if (state.off < 0 || (state.on < 0 && !isLive)) continue;
          const key = spellKey(state.off, state.on);
          spells[node]?.set(key, (spells[node]?.get(key) ?? 0) + share);
          if (state.on < 0) interrupting[node] = (interrupting[node] as number) + share;
        }
      }
      for (const [history, weight] of load) {
        if (histories.get(history).isDeadNow) dead[node] = (dead[node] as number) + weight;
      }
      this.#believeServices(node, load, services);
      const isPlain = [...load.keys()].every((history) => !histories.get(history).hasRestore);
      for (const child of (this.#nodes[node] as ZoneNode).children) {
        if (!isPlain || this.#isTouched[child] === 1) supply[child] = load;
      }
    }
    return {
      logEvidence: this.#supplyLog(0, ALWAYS_ON),
      interrupting,
      dead,
      spells: spells.map((known) =>
        [...known].map(([key, probability]) => ({ ...fromKey(key), probability })),
      ),
      services,
    };
  }

  #believeServices(
    node: number,
    load: ReadonlyMap<number, number>,
    services: Map<number, readonly SpellBelief[]>,
  ): void {
    const { from, to } = this.#nodes[node] as ZoneNode;
    const words = this.#evidence.said[node];
    if (words === null || words === undefined || to - from === 1) return;
    for (const { heard } of words.groups) {
      for (const { meter, witness } of heard) {
        if (witness.spells.length === 0) continue;
        const sums = witness.spells.map(() => 0);
        for (const [history, weight] of load) {
          const now = this.#evidence.histories.get(history);
          for (const [i, { on, probability }] of serviceBeliefs(this.#evidence, witness, now).entries()) {
            if (on >= 0 || !now.isDeadNow) sums[i] = (sums[i] as number) + weight * probability;
          }
        }
        services.set(
          meter,
          witness.spells.map(({ off, on }, i) => ({ off, on, probability: sums[i] as number })),
        );
      }
    }
  }

  /** Marks what was touched, and which spells of a device something said below it speaks for. */
  #collect(): void {
    const { said } = this.#evidence;
    for (let node = this.#nodes.length - 1; node >= 0; node--) {
      const words = said[node];
      const own = this.#candidates[node] as Map<number, number>;
      if (words !== null && words !== undefined) {
        this.#isTouched[node] = 1;
        const note = ({ spells }: Witness): void => {
          for (const { off, on } of spells) own.set(spellKey(off, on), (own.get(spellKey(off, on)) ?? 0) + 1);
        };
        for (const { heard } of words.groups) for (const { witness } of heard) note(witness);
        for (const witness of words.terminals) note(witness);
        this.#noteCalls(node, words.calls);
        for (const key of this.#toldSpells(node)) own.set(key, (own.get(key) ?? 0) + 100);
      }
      const above = (this.#nodes[node] as ZoneNode).parent;
      if (above < 0 || this.#isTouched[node] === 0) continue;
      this.#isTouched[above] = 1;
      const parents = this.#candidates[above] as Map<number, number>;
      for (const [key, count] of own) parents.set(key, (parents.get(key) ?? 0) + count);
    }
  }

  /** Calls speak for the latest slots before them. */
  #noteCalls(node: number, calls: readonly number[]): void {
    const { offs } = this.#evidence.slots;
    const own = this.#candidates[node] as Map<number, number>;
    for (const at of calls) {
      let noted = 0;
      for (let i = offs.length - 1; i >= 0 && noted < 3; i--) {
        const { from } = offs[i] as { from: number };
        if (from > at + 5) continue;
        if (at - from > 7_200) break;
        own.set(spellKey(i, -1), (own.get(spellKey(i, -1)) ?? 0) + 1);
        noted++;
      }
    }
  }

  #toldSpells(node: number): readonly number[] {
    const { said, slots } = this.#evidence;
    const keys = new Set<number>();
    for (const { switchSpells, voltageSpells } of said[node]?.told ?? []) {
      for (const { openings, closedAt } of [...switchSpells, ...voltageSpells]) {
        for (const at of openings) {
          const off = slots.offs.findIndex((slot) => at >= slot.from && at <= slot.to);
          if (off < 0) continue;
          keys.add(spellKey(off, -1));
          const on =
            closedAt === null
              ? -1
              : slots.ons.findIndex((slot) => closedAt >= slot.from && closedAt <= slot.to);
          if (on >= 0) keys.add(spellKey(off, on));
        }
      }
    }
    return [...keys];
  }

  /** log P(everything said at and below a node | history of its supply side). */
  #supplyLog(node: number, history: number): number {
    const memo = this.#memo[node] as Map<number, number>;
    const known = memo.get(history);
    if (known !== undefined) return known;
    const log = this.#computeSupplyLog(node, history);
    memo.set(history, log);
    return log;
  }

  #computeSupplyLog(node: number, id: number): number {
    if (this.#isTouched[node] === 0) {
      if (id === ALWAYS_ON) return 0;
      const { spells, hasRestore } = this.#evidence.histories.get(id);
      if (!hasRestore) {
        const { policy, now } = this.#evidence.meters;
        const since = now - (spells[0] as { from: number }).from;
        return this.#silence.below(
          node,
          gaspedShare(since, policy),
          calledShare(since, policy),
          this.#evidence.heard,
        );
      }
    }
    let most = Number.NEGATIVE_INFINITY;
    const logs = this.#statesOf(node, id).map((state) => {
      const log = state.log + this.#loadLog(node, state.load);
      if (log > most) most = log;
      return log;
    });
    if (logs.length === 1 || most === Number.NEGATIVE_INFINITY) return most;
    let sum = 0;
    for (const log of logs) sum += Math.exp(log - most);
    return most + Math.log(sum);
  }

  readonly #loads: Map<number, number>[] = [];

  /** log P(everything said at and below a node | history of its load side). */
  #loadLog(node: number, history: number): number {
    this.#loads[node] ??= new Map();
    const memo = this.#loads[node] as Map<number, number>;
    const known = memo.get(history);
    if (known !== undefined) return known;
    let log = nodeLog(this.#evidence, node, this.#evidence.histories.get(history));
    for (const child of (this.#nodes[node] as ZoneNode).children) log += this.#supplyLog(child, history);
    memo.set(history, log);
    return log;
  }

  /** What the devices of a node may have done, with the prior and what telemetry says of it. */
  #statesOf(node: number, history: number): readonly OwnState[] {
    const { histories } = this.#evidence;
    const { policy } = this.#evidence.meters;
    const { prior, devices, reclosed } = this.#nodes[node] as ZoneNode;
    const closed = { log: switchLog(this.#evidence, node, -1, -1), load: history, off: -1, on: -1 };
    if (devices.length === 0) return [closed];
    const { spells } = histories.get(history);
    const states: OwnState[] = [closed];
    const add = (off: number, on: number): void => {
      const load = histories.join(history, histories.spell(off, on));
      if (load === history) return;
      const isWithAbove = spells.some((spell) => spell.off === off);
      const own = isWithAbove ? Math.min(policy.nestedMost, prior * policy.nestedFactor) : prior;
      states.push({
        log: Math.log(own * (on < 0 ? 1 - reclosed : reclosed)) + switchLog(this.#evidence, node, off, on),
        load,
        off,
        on,
      });
    };
    const candidates = this.#candidates[node] as Map<number, number>;
    const ties = new Set<number>();
    for (const [key, count] of candidates) {
      const { off, on } = fromKey(key);
      if (this.#isHopeless(node, count)) continue;
      add(off, on);
      if (spells.length > 0 && on >= 0) ties.add(on);
    }
    for (const { off, on } of spells) {
      if (on >= 0 && !candidates.has(spellKey(off, -1))) add(off, -1);
    }
    for (const on of ties) {
      const load = histories.endedAt(history, on);
      if (load !== null) states.push({ log: Math.log(policy.tieFeed) + closed.log, load, off: -1, on: -1 });
    }
    return states;
  }

  /** Whether so few of many below said it that the device cannot have been the reason. */
  #isHopeless(node: number, witnesses: number): boolean {
    const { smartBelow, cellsBelow } = this.#nodes[node] as ZoneNode;
    return this.#evidence.heard.meters && cellsBelow >= 12 && witnesses < 0.02 * smartBelow;
  }
}

/** On-slots of a zone are fewer than this. */
const SLOT_LIMIT = 65_536;

function spellKey(off: number, on: number): number {
  return off * SLOT_LIMIT + on + 1;
}

function fromKey(key: number): { readonly off: number; readonly on: number } {
  return { off: Math.floor(key / SLOT_LIMIT), on: (key % SLOT_LIMIT) - 1 };
}
