import type { Regimes } from './delivery-regimes.ts';
import { ALWAYS_ON, type Spell } from './histories.ts';
import { NodeLikelihood, serviceBeliefs, silenceBelow, type ZoneEvidence } from './node-likelihood.ts';
import {
  type EarlierStates,
  fromKey,
  historyKey,
  type OwnSpell,
  OwnSpells,
  type OwnState,
  spellKey,
} from './own-spells.ts';
import type { Slot, ZoneSlots } from './slots.ts';
import type { ZoneNode } from './zone.ts';

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
  /** By node: the likeliest history of its load side, as a number of `ZoneEvidence.histories`. */
  readonly history: Int32Array;
  /** By node: the spells in which it interrupted or does. */
  readonly spells: readonly (readonly SpellBelief[])[];
  /** By meter position: the same of its service; only where what the meter said makes it more than negligible. */
  readonly services: ReadonlyMap<number, readonly SpellBelief[]>;
  /** What every node may have done. */
  readonly states: EarlierStates;
}

/** What the devices of a node may have done under one history of their supply, with log P of that and of everything said at and below it. */
interface Outcomes {
  readonly states: readonly OwnState[];
  /** By state, then regime. */
  readonly logs: number[];
}

/** Below this a history of a supply side is not followed further down. */
const NEGLIGIBLE = 1e-7;

/** Below this a fault of a meter's own service is not told. */
const NEGLIGIBLE_SERVICE = 1e-4;

/** Below this a regime is not worth averaging over. */
const NEGLIGIBLE_REGIME = 0.002;

/**
 * The beliefs about a zone by one pass up its tree and one down. What is passed is, for each history that the supply side may have
 * had, log P(everything said at and below), under each regime of delivery at once; the beliefs are averaged over the regimes, each as
 * likely as its weight and the evidence make it. Histories are followed only as far as something that was said speaks for them.
 * `earlier` is what was left of the time before the slots that are looked at.
 */
export function inferZone(
  evidence: ZoneEvidence,
  regimes: Regimes,
  earlier: EarlierStates | null,
): ZoneBeliefs {
  return new ZoneInference(evidence, regimes, earlier).run();
}

class ZoneInference {
  readonly #evidence: ZoneEvidence;
  readonly #regimes: Regimes;
  readonly #nodes: readonly ZoneNode[];
  readonly #likelihood: NodeLikelihood;
  readonly #spells: OwnSpells;
  /** By node and history of its supply or load side: log P(everything said at and below), under each regime. */
  readonly #supplies: (Map<number, number[]> | undefined)[];
  readonly #loads: (Map<number, number[]> | undefined)[];
  readonly #outcomes: (Map<number, Outcomes> | undefined)[];

  constructor(evidence: ZoneEvidence, regimes: Regimes, earlier: EarlierStates | null) {
    this.#evidence = evidence;
    this.#regimes = regimes;
    this.#nodes = evidence.zone.nodes;
    this.#likelihood = new NodeLikelihood(evidence, regimes);
    this.#spells = new OwnSpells(evidence, regimes, earlier);
    this.#supplies = new Array(this.#nodes.length);
    this.#loads = new Array(this.#nodes.length);
    this.#outcomes = new Array(this.#nodes.length);
  }

  run(): ZoneBeliefs {
    const count = this.#nodes.length;
    const interrupting = new Float64Array(count);
    const dead = new Float64Array(count);
    const likeliest = new Int32Array(count);
    const spells: (Map<number, number> | undefined)[] = new Array(count);
    const services = new Map<number, readonly SpellBelief[]>();
    const states = new PlausibleStates(count);
    const { shares, logEvidence } = this.#weighRegimes();
    const supply: (ReadonlyMap<number, readonly number[]> | undefined)[] = new Array(count);
    supply[0] = new Map([[ALWAYS_ON, shares]]);
    const { histories } = this.#evidence;
    for (let node = 0; node < count; node++) {
      const weights = supply[node];
      const above = (this.#nodes[node] as ZoneNode).parent;
      if (weights === undefined) {
        dead[node] = above < 0 ? 0 : (dead[above] as number);
        likeliest[node] = above < 0 ? ALWAYS_ON : (likeliest[above] as number);
        continue;
      }
      supply[node] = undefined;
      const load = new Map<number, number[]>();
      for (const [history, weight] of weights) {
        const { isDeadNow, spells: above } = histories.get(history);
        const lostAt = isDeadNow ? (above.at(-1)?.from as number) : Number.POSITIVE_INFINITY;
        for (const { state, shares: own } of this.#share(node, history, weight)) {
          addTo(load, state.load, own);
          const share = sumOf(own);
          states.note(node, histories.get(history).spells, state, share);
          for (const { off, on } of state.own) {
            // Open with a live supply side, now or when it opened.
            if (on < 0 && isDeadNow && (this.#evidence.slots.offs[off] as Slot).from >= lostAt) continue;
            const key = spellKey(off, on);
            const known = mapAt(spells, node);
            known.set(key, (known.get(key) ?? 0) + share);
            if (on < 0 && !isDeadNow) interrupting[node] = (interrupting[node] as number) + share;
          }
        }
      }
      let most = 0;
      for (const [history, shares] of load) {
        const weight = sumOf(shares);
        if (histories.get(history).isDeadNow) dead[node] = (dead[node] as number) + weight;
        if (weight > most) {
          most = weight;
          likeliest[node] = history;
        }
      }
      this.#believeServices(node, load, services);
      const isPlain = [...load.keys()].every((history) => !histories.get(history).hasRestore);
      for (const child of (this.#nodes[node] as ZoneNode).children) {
        if (!isPlain || this.#spells.isTouched[child] === 1) supply[child] = load;
      }
    }
    return {
      logEvidence,
      interrupting,
      dead,
      history: likeliest,
      spells: Array.from(spells, (known) =>
        known === undefined
          ? NO_SPELLS
          : [...known].map(([key, probability]) => ({ ...fromKey(key), probability })),
      ),
      services,
      states: states.kept(this.#evidence.meters.now, this.#evidence.slots),
    };
  }

  /** P(regime | all evidence), without those that are not worth it, and log P(all evidence). */
  #weighRegimes(): { readonly shares: readonly number[]; readonly logEvidence: number } {
    const root = this.#supplyLogs(0, ALWAYS_ON);
    const logs = root.map((log, r) => log + Math.log(this.#regimes.all[r]?.weight ?? 0));
    const logEvidence = sumLog(logs);
    const shares = logs.map((log) => {
      const share = Math.exp(log - logEvidence);
      return share < NEGLIGIBLE_REGIME ? 0 : share;
    });
    const total = sumOf(shares);
    return { shares: shares.map((share) => share / total), logEvidence };
  }

  /** The weights of a history of a node's supply, by regime, divided among what its devices may have done. */
  #share(
    node: number,
    history: number,
    weights: readonly number[],
  ): readonly { readonly state: OwnState; readonly shares: number[] }[] {
    const { states, logs } = this.#outcomesOf(node, history);
    const totals = this.#supplyLogs(node, history);
    const count = totals.length;
    return states.flatMap((state, i) => {
      const shares = weights.map((weight, r) =>
        weight === 0 ? 0 : weight * Math.exp((logs[i * count + r] as number) - (totals[r] as number)),
      );
      return sumOf(shares) < NEGLIGIBLE ? [] : [{ state, shares }];
    });
  }

  #believeServices(
    node: number,
    load: ReadonlyMap<number, number[]>,
    services: Map<number, readonly SpellBelief[]>,
  ): void {
    const { from, to } = this.#nodes[node] as ZoneNode;
    const words = this.#evidence.said[node];
    if (words === null || words === undefined || to - from === 1) return;
    for (const { kinds } of words.groups) {
      for (const { witness, meters } of kinds) {
        if (witness.spells.length === 0) continue;
        const sums = witness.spells.map(() => 0);
        for (const [history, shares] of load) {
          const weight = sumOf(shares);
          const now = this.#evidence.histories.get(history);
          for (const [i, { on, probability }] of serviceBeliefs(
            this.#evidence,
            this.#regimes,
            witness,
            now,
          ).entries()) {
            if (on >= 0 || !now.isDeadNow) sums[i] = (sums[i] as number) + weight * probability;
          }
        }
        if (sumOf(sums) < NEGLIGIBLE_SERVICE) continue;
        const spells = witness.spells.map(({ off, on }, i) => ({ off, on, probability: sums[i] as number }));
        for (const meter of meters) services.set(meter, spells);
      }
    }
  }

  /** log P(everything said at and below a node | history of its supply side). */
  #supplyLogs(node: number, history: number): number[] {
    const memo = mapAt(this.#supplies, node);
    let logs = memo.get(history);
    if (logs === undefined) {
      logs = this.#silentLogs(node, history) ?? this.#sumOutcomes(this.#outcomesOf(node, history));
      memo.set(history, logs);
    }
    return logs;
  }

  /** The same where nobody said anything; null where somebody did, or where supply came back meanwhile. */
  #silentLogs(node: number, id: number): number[] | null {
    if (this.#spells.isTouched[node] === 1) return null;
    const { all } = this.#regimes;
    if (id === ALWAYS_ON) return all.map(() => 0);
    const { spells, hasRestore } = this.#evidence.histories.get(id);
    if (hasRestore) return null;
    return silenceBelow(this.#evidence, this.#regimes, node, (spells[0] as Spell).from);
  }

  #sumOutcomes({ states, logs }: Outcomes): number[] {
    const count = this.#regimes.all.length;
    if (states.length === 1) return logs;
    const sums: number[] = [];
    for (let r = 0; r < count; r++) {
      let most = Number.NEGATIVE_INFINITY;
      for (let i = r; i < logs.length; i += count) most = Math.max(most, logs[i] as number);
      let sum = 0;
      for (let i = r; i < logs.length; i += count) sum += Math.exp((logs[i] as number) - most);
      sums.push(most === Number.NEGATIVE_INFINITY ? most : most + Math.log(sum));
    }
    return sums;
  }

  #outcomesOf(node: number, history: number): Outcomes {
    const memo = mapAt(this.#outcomes, node);
    let outcomes = memo.get(history);
    if (outcomes === undefined) {
      const states = this.#spells.statesOf(node, history);
      const count = this.#regimes.all.length;
      const logs: number[] = [];
      for (const { log, load } of states) {
        const below = this.#loadLogs(node, load);
        for (let r = 0; r < count; r++) logs.push(log + (below[r] as number));
      }
      outcomes = { states, logs };
      memo.set(history, outcomes);
    }
    return outcomes;
  }

  /** log P(everything said at and below a node | history of its load side). */
  #loadLogs(node: number, history: number): number[] {
    const memo = mapAt(this.#loads, node);
    let logs = memo.get(history);
    if (logs === undefined) {
      logs = this.#regimes.all.map(() => 0);
      this.#likelihood.addTo(logs, node, this.#evidence.histories.get(history));
      for (const child of (this.#nodes[node] as ZoneNode).children) {
        const below = this.#supplyLogs(child, history);
        for (let r = 0; r < logs.length; r++) logs[r] = (logs[r] as number) + (below[r] as number);
      }
      memo.set(history, logs);
    }
    return logs;
  }
}

/** Collects what nodes may have done, with how likely each is. */
class PlausibleStates {
  readonly #lists: (Map<string, { readonly own: readonly OwnSpell[]; share: number }> | undefined)[];
  readonly #bySupply: (Map<string, (readonly OwnSpell[])[]> | undefined)[];
  readonly #ties: (Set<number> | undefined)[];

  constructor(count: number) {
    this.#lists = new Array(count);
    this.#bySupply = new Array(count);
    this.#ties = new Array(count);
  }

  note(node: number, supply: readonly Spell[], { own, tie }: OwnState, share: number): void {
    if (tie >= 0) {
      this.#ties[node] ??= new Set();
      this.#ties[node]?.add(tie);
    }
    const bySupply = mapAt(this.#bySupply, node);
    const key = historyKey(supply);
    const lists = bySupply.get(key) ?? [];
    bySupply.set(key, lists);
    if (own.length === 0) return;
    lists.push(own);
    const known = mapAt(this.#lists, node).get(historyKey(own));
    if (known === undefined) mapAt(this.#lists, node).set(historyKey(own), { own, share });
    else known.share += share;
  }

  kept(until: number, { offs, ons }: ZoneSlots): EarlierStates {
    return {
      until,
      offs: offs.length,
      ons: ons.length,
      spells: Array.from(this.#lists, (lists) =>
        [...(lists?.values() ?? [])].sort((a, b) => b.share - a.share).map(({ own }) => own),
      ),
      bySupply: Array.from(this.#bySupply, (known) => known ?? NO_LISTS),
      ties: Array.from(this.#ties, (ties) => [...(ties ?? [])].sort((a, b) => a - b)),
    };
  }
}

const NO_SPELLS: readonly SpellBelief[] = [];
const NO_LISTS: ReadonlyMap<string, readonly (readonly OwnSpell[])[]> = new Map();

/** The map of a node, made when it is first asked for: most nodes never are. */
function mapAt<K, V>(maps: (Map<K, V> | undefined)[], node: number): Map<K, V> {
  const known = maps[node];
  if (known !== undefined) return known;
  const made = new Map<K, V>();
  maps[node] = made;
  return made;
}

function addTo(sums: Map<number, number[]>, key: number, more: number[]): void {
  const known = sums.get(key);
  if (known === undefined) sums.set(key, more);
  else for (let r = 0; r < known.length; r++) known[r] = (known[r] as number) + (more[r] as number);
}

function sumOf(values: readonly number[]): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum;
}

function sumLog(logs: readonly number[]): number {
  const most = Math.max(...logs);
  let sum = 0;
  for (const log of logs) sum += Math.exp(log - most);
  return most + Math.log(sum);
}
