import type { Regimes } from './delivery-regimes.ts';
import { ALWAYS_ON, type Spell } from './histories.ts';
import { add, type Logs, plus, sumOfExp, zeroLogs } from './log-vectors.ts';
import { NodeLikelihood } from './node-likelihood.ts';
import { mapAt } from './node-maps.ts';
import { type EarlierStates, OwnSpells, type OwnState } from './own-spells.ts';
import type { EvidenceChanges, ZoneEvidence } from './place-evidence.ts';
import type { SharedCells } from './shared-cells.ts';
import { Silences } from './silent-branches.ts';
import { forgetLogs, forgetLogsOf, type Witness } from './witness-likelihood.ts';
import type { ZoneNode } from './zone.ts';

/** What the devices of a node may have done under one history of their supply, with log P of that and of everything said at and below it. */
export interface Outcomes {
  readonly states: readonly OwnState[];
  /** By state; each has a number for every regime, or for every quality of the cell that the node carries. */
  readonly logs: readonly Logs[];
}

/** log P(everything said at and below a node | history of its load side). */
export interface LoadLogs {
  /** For every regime, or for every quality of the cell that the node carries. */
  readonly logs: Logs;
  /** Of the cells that are averaged over here, in the order of the zone's list. */
  readonly closing: readonly ClosingLogs[];
}

/** What is said of one shared cell: by quality with its weight, and averaged by regime. */
export interface ClosingLogs {
  readonly byQuality: Logs;
  readonly byRegime: Logs;
}

/**
 * The pass up a zone's tree. What is passed is, for each history that the supply side may have had, log P(everything said at and below), under
 * each regime of delivery at once. The quality of a cell that several nodes share is carried up to where all of it lies below, and averaged
 * over there.
 *
 * What was worked out at a node is kept until something changes at or below it, or a slot that what is said there speaks of; then
 * only the path above is worked out anew.
 */
export class ZoneLikelihood {
  /** By node: whether something was said at or below it. */
  readonly isTouched: Uint8Array;
  readonly #evidence: ZoneEvidence;
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
    this.#nodes = evidence.zone.nodes;
    this.#cells = evidence.zone.cells;
    this.#likelihood = new NodeLikelihood(evidence, regimes);
    this.#silences = new Silences(evidence, regimes);
    this.#spells = new OwnSpells(evidence, regimes, this.#silences, earlier);
    this.isTouched = this.#spells.isTouched;
    this.#regimeOf = Int32Array.from(regimes.qualities, ({ regime }) => regime);
    this.#logWeights = regimes.qualities.map(({ logWeight }) => logWeight);
    this.#regimeLogs = zeroLogs(regimes.all.length);
    this.#qualityLogs = zeroLogs(regimes.qualities.length);
    this.#supplies = new Array(this.#nodes.length);
    this.#loads = new Array(this.#nodes.length);
    this.#outcomes = new Array(this.#nodes.length);
  }

  /** Forgets what was worked out from what is another now; gives the nodes at which something was. */
  change(changes: EvidenceChanges): readonly number[] {
    this.#silences.change(changes.offs);
    const changed = this.#spells.change(changes);
    for (const node of changed) {
      this.#supplies[node] = undefined;
      this.#loads[node] = undefined;
      this.#outcomes[node] = undefined;
      for (const witness of this.#witnessesAt(node)) forgetLogs(witness);
    }
    return changed;
  }

  /** Forgets what was worked out under histories that nobody asks for any more. */
  forget(retired: ReadonlySet<number>): void {
    for (let node = 0; node < this.#nodes.length; node++) {
      for (const memo of [this.#supplies[node], this.#loads[node], this.#outcomes[node]])
        for (const history of memo?.keys() ?? []) if (retired.has(history)) memo?.delete(history);
      for (const witness of this.#witnessesAt(node)) forgetLogsOf(witness, retired);
    }
    this.#likelihood.forget(retired);
  }

  *#witnessesAt(node: number): Iterable<Witness> {
    const words = this.#evidence.said[node];
    if (words === null || words === undefined) return;
    for (const { kinds } of words.groups) for (const { witness } of kinds) yield witness;
    yield* words.terminals;
  }

  /** log P(everything said at and below a node | history of its supply side). */
  supplyLogs(node: number, history: number): Logs {
    const memo = mapAt(this.#supplies, node);
    let logs = memo.get(history);
    if (logs === undefined) {
      logs = sumOfExp(this.outcomesOf(node, history).logs);
      memo.set(history, logs);
    }
    return logs;
  }

  /** Adds log P(everything said at and below each of some children | history of their supply side). */
  #addSupplies(logs: Logs, children: readonly number[], history: number): void {
    const { isTouched } = this;
    const { spells, hasRestore } = this.#evidence.histories.get(history);
    for (const child of children) {
      // Where supply came back meanwhile, silence may be of a fault that stayed.
      if (isTouched[child] === 1 || hasRestore) add(logs, this.supplyLogs(child, history));
      else if (history !== ALWAYS_ON) this.#silences.since((spells[0] as Spell).off).addTo(logs, child);
    }
  }

  /** What the devices of a node may have done under a history of their supply. */
  outcomesOf(node: number, history: number): Outcomes {
    const memo = mapAt(this.#outcomes, node);
    let outcomes = memo.get(history);
    if (outcomes === undefined) {
      const states = this.#spells.statesOf(node, history);
      const logs = states.map(({ log, load }) => {
        const below = this.loadLogs(node, load).logs;
        return log === 0 ? below : plus(below, log);
      });
      outcomes = { states, logs };
      memo.set(history, outcomes);
    }
    return outcomes;
  }

  /** log P(everything said at and below a node | history of its load side). */
  loadLogs(node: number, history: number): LoadLogs {
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
