import type { Regimes } from './delivery-regimes.ts';
import { ALWAYS_ON, type History, type Spell } from './histories.ts';
import { add, type Logs, plus, sumOf, sumOfExp, zeroLogs } from './log-vectors.ts';
import { NodeLikelihood, serviceShares } from './node-likelihood.ts';
import {
  type EarlierStates,
  fromKey,
  historyKey,
  type OwnSpell,
  OwnSpells,
  type OwnState,
  spellKey,
} from './own-spells.ts';
import type { EvidenceChanges, ZoneEvidence } from './place-evidence.ts';
import type { SharedCells } from './shared-cells.ts';
import { Silences } from './silent-branches.ts';
import type { Slot, ZoneSlots } from './slots.ts';
import { forgetLogs, type Witness } from './witness-likelihood.ts';
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
  /** By node that was looked at: P(each history of its load side), by their numbers in `ZoneEvidence.histories`. */
  readonly loads: readonly (ReadonlyMap<number, number> | undefined)[];
  /** By node: the spells in which it interrupted or does. */
  readonly spells: readonly (readonly SpellBelief[])[];
  /** Nodes that were looked at, ascending: of the others what holds above them does. */
  readonly followed: readonly number[];
  /** By meter position: the same of its service; only where what the meter said makes it more than negligible. */
  readonly services: ReadonlyMap<number, readonly SpellBelief[]>;
}

/** What the devices of a node may have done under one history of their supply, with log P of that and of everything said at and below it. */
interface Outcomes {
  readonly states: readonly OwnState[];
  /** By state; each has a number for every regime, or for every quality of the cell that the node carries. */
  readonly logs: readonly Logs[];
}

/** log P(everything said at and below a node | history of its load side). */
interface LoadLogs {
  /** For every regime, or for every quality of the cell that the node carries. */
  readonly logs: Logs;
  /** Of the cells that are averaged over here, in the order of the zone's list. */
  readonly closing: readonly ClosingLogs[];
}

/** What is said of one shared cell: by quality with its weight, and averaged by regime. */
interface ClosingLogs {
  readonly byQuality: Logs;
  readonly byRegime: Logs;
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
 * likely as its weight and the evidence make it. Histories are followed only as far as something that was said speaks for them. The quality of
 * a cell that several nodes share is carried up to where all of it lies below, and averaged over there.
 *
 * What was worked out at a node is kept until something changes at or below it, or a slot that what is said there speaks of; then
 * only the path above is worked out anew.
 */
export class ZoneInference {
  readonly #evidence: ZoneEvidence;
  readonly #regimes: Regimes;
  readonly #nodes: readonly ZoneNode[];
  readonly #cells: SharedCells;
  readonly #likelihood: NodeLikelihood;
  readonly #spells: OwnSpells;
  /** By quality: its regime, and the log of how common it is. */
  readonly #regimeOf: Int32Array;
  readonly #logWeights: readonly number[];
  /** By node and history of its supply or load side. */
  readonly #supplies: (Map<number, Logs> | undefined)[];
  readonly #loads: (Map<number, LoadLogs> | undefined)[];
  readonly #outcomes: (Map<number, Outcomes> | undefined)[];
  readonly #silences: Silences;
  /** Lists for every regime and for every quality. */
  readonly #regimeLogs: () => Logs;
  readonly #qualityLogs: () => Logs;

  /** `earlier` is what was left of the time before the slots that are looked at. */
  constructor(evidence: ZoneEvidence, regimes: Regimes, earlier: EarlierStates | null) {
    this.#evidence = evidence;
    this.#regimes = regimes;
    this.#nodes = evidence.zone.nodes;
    this.#cells = evidence.zone.cells;
    this.#likelihood = new NodeLikelihood(evidence, regimes);
    this.#silences = new Silences(evidence, regimes);
    this.#spells = new OwnSpells(evidence, regimes, this.#silences, earlier);
    this.#regimeOf = Int32Array.from(regimes.qualities, ({ regime }) => regime);
    this.#logWeights = regimes.qualities.map(({ logWeight }) => logWeight);
    this.#regimeLogs = zeroLogs(regimes.all.length);
    this.#qualityLogs = zeroLogs(regimes.qualities.length);
    this.#supplies = new Array(this.#nodes.length);
    this.#loads = new Array(this.#nodes.length);
    this.#outcomes = new Array(this.#nodes.length);
  }

  /** Forgets what was worked out from what is another now. */
  change(changes: EvidenceChanges): void {
    this.#silences.change(changes.offs);
    for (const node of this.#spells.change(changes)) {
      this.#supplies[node] = undefined;
      this.#loads[node] = undefined;
      this.#outcomes[node] = undefined;
      const words = this.#evidence.said[node];
      for (const { heard } of words?.groups ?? []) for (const { witness } of heard) forgetLogs(witness);
      for (const witness of words?.terminals ?? []) forgetLogs(witness);
    }
  }

  /** What is believed, given all of the evidence. */
  believe(): ZoneBeliefs {
    return this.#run(null);
  }

  /** What every node may have done, as far as it is worth following. */
  conclude(): EarlierStates {
    const states = new PlausibleStates(this.#nodes.length);
    this.#run(states);
    return states.kept(this.#evidence.now, this.#evidence.slots);
  }

  #run(states: PlausibleStates | null): ZoneBeliefs {
    const count = this.#nodes.length;
    const interrupting = new Float64Array(count);
    const dead = new Float64Array(count);
    const likeliest = new Int32Array(count);
    const loads: (Map<number, number> | undefined)[] = new Array(count);
    const spells: (Map<number, number> | undefined)[] = new Array(count);
    const services = new Map<number, readonly SpellBelief[]>();
    const followed: number[] = [];
    const { shares, logEvidence } = this.#weighRegimes();
    const supply: (Shares | undefined)[] = new Array(count);
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
      followed.push(node);
      const load: Shares = new Map();
      for (const [history, weight] of weights) {
        const { isDeadNow, spells: above } = histories.get(history);
        const lostAt = isDeadNow ? (above.at(-1)?.from as number) : Number.POSITIVE_INFINITY;
        for (const { state, shares: own } of this.#share(node, history, weight)) {
          addTo(load, state.load, own);
          const share = sumOf(own);
          states?.note(node, histories.get(history).spells, state, share);
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
        mapAt(loads, node).set(history, weight);
        if (histories.get(history).isDeadNow) dead[node] = (dead[node] as number) + weight;
        if (weight > most) {
          most = weight;
          likeliest[node] = history;
        }
      }
      this.#believeServices(node, load, services);
      this.#passDown(node, load, supply);
    }
    return {
      logEvidence,
      interrupting,
      dead,
      history: likeliest,
      loads,
      spells: Array.from(spells, (known) =>
        known === undefined
          ? NO_SPELLS
          : [...known].map(([key, probability]) => ({ ...fromKey(key), probability })),
      ),
      followed,
      services,
    };
  }

  /** Gives the histories of a node's load side to its children as those of their supply, where somebody said something of them. */
  #passDown(node: number, load: Shares, supply: (Shares | undefined)[]): void {
    const { plain, carriers, closing, carried } = this.#cells;
    const isPlain = [...load.keys()].every((history) => !this.#evidence.histories.get(history).hasRestore);
    const isFollowed = (child: number): boolean => !isPlain || this.#spells.isTouched[child] === 1;
    const byRegime = (carried[node] as number) < 0 ? load : this.#byRegime(load);
    for (const child of plain[node] as readonly number[]) if (isFollowed(child)) supply[child] = byRegime;
    for (const child of carriers[node] as readonly number[]) if (isFollowed(child)) supply[child] = load;
    for (const [index, { children }] of (closing[node] as SharedCells['closing'][number]).entries()) {
      const followed = children.filter(isFollowed);
      if (followed.length === 0) continue;
      const byQuality = this.#byQuality(node, index, byRegime);
      for (const child of followed) supply[child] = byQuality;
    }
  }

  /** Shares by quality summed up by regime. */
  #byRegime(load: Shares): Shares {
    const sums: Shares = new Map();
    for (const [history, shares] of load) {
      const sum = this.#regimeLogs();
      for (let q = 0; q < shares.length; q++) {
        const regime = this.#regimeOf[q] as number;
        sum[regime] = (sum[regime] as number) + (shares[q] as number);
      }
      sums.set(history, sum);
    }
    return sums;
  }

  /** Shares by regime divided among the qualities that a cell may have, given what its meters below a node said. */
  #byQuality(node: number, index: number, load: Shares): Shares {
    const divided: Shares = new Map();
    for (const [history, shares] of load) {
      const { byQuality, byRegime } = this.#loadLogs(node, history).closing[index] as ClosingLogs;
      divided.set(
        history,
        byQuality.map((log, q) => {
          const regime = this.#regimeOf[q] as number;
          return (shares[regime] as number) === 0
            ? 0
            : (shares[regime] as number) * Math.exp(log - (byRegime[regime] as number));
        }),
      );
    }
    return divided;
  }

  /** P(regime | all evidence), without those that are not worth it, and log P(all evidence). */
  #weighRegimes(): { readonly shares: Logs; readonly logEvidence: number } {
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

  /** The weights of a history of a node's supply divided among what its devices may have done. */
  #share(
    node: number,
    history: number,
    weights: Logs,
  ): readonly { readonly state: OwnState; readonly shares: Logs }[] {
    const { states, logs } = this.#outcomesOf(node, history);
    const totals = this.#supplyLogs(node, history);
    const found: { state: OwnState; shares: Logs }[] = [];
    const isByRegime =
      weights.length === this.#regimes.all.length && (this.#cells.carried[node] as number) < 0;
    for (let i = 0; i < states.length; i++) {
      const own = logs[i] as Logs;
      const shares = isByRegime ? this.#regimeLogs() : this.#qualityLogs();
      let sum = 0;
      for (let d = 0; d < weights.length; d++) {
        const weight = weights[d] as number;
        if (weight === 0) continue;
        const share = weight * Math.exp((own[d] as number) - (totals[d] as number));
        shares[d] = share;
        sum += share;
      }
      if (sum >= NEGLIGIBLE) found.push({ state: states[i] as OwnState, shares });
    }
    return found;
  }

  #believeServices(node: number, load: Shares, services: Map<number, readonly SpellBelief[]>): void {
    const { from, to } = this.#nodes[node] as ZoneNode;
    const words = this.#evidence.said[node];
    if (words === null || words === undefined || to - from === 1) return;
    for (const { kinds } of words.groups) {
      for (const { witness, meters } of kinds) {
        if (witness.spells.length === 0) continue;
        const sums = new Float64Array(witness.spells.length);
        for (const [history, shares] of load) {
          const weight = sumOf(shares);
          const supply = this.#evidence.histories.get(history);
          const own = this.#serviceShares(witness, supply);
          for (let i = 0; i < sums.length; i++) {
            const { on } = witness.spells[i] as { readonly on: number };
            if (on >= 0 || !supply.isDeadNow) sums[i] = (sums[i] as number) + weight * (own[i] as number);
          }
        }
        if (sumOf(sums) < NEGLIGIBLE_SERVICE) continue;
        const spells = witness.spells.map(({ off, on }, i) => ({ off, on, probability: sums[i] as number }));
        for (const meter of meters) services.set(meter, spells);
      }
    }
  }

  /** P(each own spell of a meter | history of its supply, what it said). */
  #serviceShares(witness: Witness, supply: History): Float64Array {
    let shares = witness.serviceShares[supply.id];
    if (shares === undefined) {
      shares = serviceShares(this.#evidence, this.#regimes, witness, supply);
      witness.serviceShares[supply.id] = shares;
    }
    return shares;
  }

  /** log P(everything said at and below a node | history of its supply side). */
  #supplyLogs(node: number, history: number): Logs {
    const memo = mapAt(this.#supplies, node);
    let logs = memo.get(history);
    if (logs === undefined) {
      logs = sumOfExp(this.#outcomesOf(node, history).logs);
      memo.set(history, logs);
    }
    return logs;
  }

  /** Adds log P(everything said at and below each of some children | history of their supply side). */
  #addSupplies(logs: Logs, children: readonly number[], history: number): void {
    const { isTouched } = this.#spells;
    const { spells, hasRestore } = this.#evidence.histories.get(history);
    for (const child of children) {
      // Where supply came back meanwhile, silence may be of a fault that stayed.
      if (isTouched[child] === 1 || hasRestore) add(logs, this.#supplyLogs(child, history));
      else if (history !== ALWAYS_ON) this.#silences.since((spells[0] as Spell).off).addTo(logs, child);
    }
  }

  #outcomesOf(node: number, history: number): Outcomes {
    const memo = mapAt(this.#outcomes, node);
    let outcomes = memo.get(history);
    if (outcomes === undefined) {
      const states = this.#spells.statesOf(node, history);
      const logs = states.map(({ log, load }) => {
        const below = this.#loadLogs(node, load).logs;
        return log === 0 ? below : plus(below, log);
      });
      outcomes = { states, logs };
      memo.set(history, outcomes);
    }
    return outcomes;
  }

  #loadLogs(node: number, history: number): LoadLogs {
    const memo = mapAt(this.#loads, node);
    let known = memo.get(history);
    if (known === undefined) {
      known = this.#sumLoad(node, history);
      memo.set(history, known);
    }
    return known;
  }

  #sumLoad(node: number, id: number): LoadLogs {
    const { plain, closing, carried, carriedGroup, carriers } = this.#cells;
    const history = this.#evidence.histories.get(id);
    const logs = this.#regimeLogs();
    this.#likelihood.addUnshared(logs, node, history);
    this.#addSupplies(logs, plain[node] as readonly number[], id);
    const closed: ClosingLogs[] = [];
    for (const { group, children } of closing[node] as SharedCells['closing'][number]) {
      const byQuality = this.#logWeights.slice();
      if (group >= 0) this.#likelihood.addGroup(byQuality, node, group, history);
      this.#addSupplies(byQuality, children, id);
      const byRegime = this.#averaged(byQuality);
      add(logs, byRegime);
      closed.push({ byQuality, byRegime });
    }
    if ((carried[node] as number) < 0) return { logs, closing: closed };
    const carriedLogs = this.#qualityLogs();
    for (let q = 0; q < carriedLogs.length; q++) carriedLogs[q] = logs[this.#regimeOf[q] as number] as number;
    const own = carriedGroup[node] as number;
    if (own >= 0) this.#likelihood.addGroup(carriedLogs, node, own, history);
    this.#addSupplies(carriedLogs, carriers[node] as readonly number[], id);
    return { logs: carriedLogs, closing: closed };
  }

  /** The log of the sum over the qualities of each regime, which stand together. */
  #averaged(byQuality: Logs): Logs {
    const sums = this.#regimeLogs();
    for (let q = 0, end = 0; q < byQuality.length; q = end) {
      const regime = this.#regimeOf[q] as number;
      let most = Number.NEGATIVE_INFINITY;
      for (end = q; end < byQuality.length && this.#regimeOf[end] === regime; end++)
        if ((byQuality[end] as number) > most) most = byQuality[end] as number;
      let sum = 0;
      for (let i = q; i < end; i++) sum += Math.exp((byQuality[i] as number) - most);
      sums[regime] = most === Number.NEGATIVE_INFINITY ? most : most + Math.log(sum);
    }
    return sums;
  }
}

/** By history: its probability, for every regime or for every quality of the cell that a node carries. */
type Shares = Map<number, Logs>;

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

function addTo(sums: Shares, key: number, more: Logs): void {
  const known = sums.get(key);
  if (known === undefined) sums.set(key, more);
  else add(known, more);
}

function sumLog(logs: readonly number[]): number {
  const most = Math.max(...logs);
  let sum = 0;
  for (const log of logs) sum += Math.exp(log - most);
  return most + Math.log(sum);
}
