import type { Regimes } from './delivery-regimes.ts';
import { ALWAYS_ON, type History } from './histories.ts';
import { add, type Logs, sumOf, zeroLogs } from './log-vectors.ts';
import { serviceShares } from './node-likelihood.ts';
import { fromKey, spellKey } from './own-spell.ts';
import type { EarlierStates, OwnState } from './own-spells.ts';
import type { EvidenceChanges, ZoneEvidence } from './place-evidence.ts';
import { PlausibleStates } from './plausible-states.ts';
import type { SharedCells } from './shared-cells.ts';
import type { Slot } from './slots.ts';
import type { Witness } from './witness-likelihood.ts';
import type { ZoneNode } from './zone.ts';
import { type ClosingLogs, ZoneLikelihood } from './zone-likelihood.ts';

/** A spell in which a class of devices, or one meter's service, interrupted supply. */
export interface SpellBelief {
  /** Index of the off-slot, and of the on-slot or -1 while it lasts. */
  readonly off: number;
  readonly on: number;
  readonly probability: number;
}

/** What is believed about a zone, given all its evidence; until it is asked anew. */
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

/** Below this a history of a supply side is not followed further down. */
const NEGLIGIBLE = 1e-7;

/** Below this a fault of a meter's own service is not told. */
const NEGLIGIBLE_SERVICE = 1e-4;

/** Below this a regime is not worth averaging over. */
const NEGLIGIBLE_REGIME = 0.002;

/** What is passed down is cut to multiples of this, so that what other branches say below it changes nothing. */
const FINEST_SHARE = 2 ** -30;

/**
 * The beliefs about a zone by one pass up its tree (`ZoneLikelihood`) and one down. Down go the histories that the supply side of a node may
 * have had, with the probability of each under each regime, as likely as its weight and the evidence make it. Histories are
 * followed only as far as something that was said speaks for them.
 *
 * What is believed below a node is kept while nothing changed there and what is believed of its supply is the same.
 */
export class ZoneInference {
  readonly #evidence: ZoneEvidence;
  readonly #regimes: Regimes;
  readonly #nodes: readonly ZoneNode[];
  readonly #cells: SharedCells;
  readonly #likelihood: ZoneLikelihood;
  /** By quality: its regime. */
  readonly #regimeOf: Int32Array;
  /** Lists for every regime and for every quality. */
  readonly #regimeLogs: () => Logs;
  readonly #qualityLogs: () => Logs;
  /** By node: whether something changed at or below it since it was last looked at. */
  readonly #isChanged: Uint8Array;
  /** By node: what was believed of its supply when it was last looked at; undefined where it is not followed. */
  readonly #supply: (Shares | undefined)[];
  /** By node: what is believed of it, as `ZoneBeliefs` has it. */
  readonly #interrupting: Float64Array;
  readonly #dead: Float64Array;
  readonly #history: Int32Array;
  readonly #loads: (ReadonlyMap<number, number> | undefined)[];
  readonly #spells: (readonly SpellBelief[])[];
  readonly #services: (readonly ServiceBelief[])[];

  /** `earlier` is what was left of the time before the slots that are looked at. */
  constructor(evidence: ZoneEvidence, regimes: Regimes, earlier: EarlierStates | null) {
    this.#evidence = evidence;
    this.#regimes = regimes;
    this.#nodes = evidence.zone.nodes;
    this.#cells = evidence.zone.cells;
    this.#likelihood = new ZoneLikelihood(evidence, regimes, earlier);
    this.#regimeOf = Int32Array.from(regimes.qualities, ({ regime }) => regime);
    this.#regimeLogs = zeroLogs(regimes.all.length);
    this.#qualityLogs = zeroLogs(regimes.qualities.length);
    const count = this.#nodes.length;
    this.#isChanged = new Uint8Array(count).fill(1);
    this.#supply = new Array(count);
    this.#interrupting = new Float64Array(count);
    this.#dead = new Float64Array(count);
    this.#history = new Int32Array(count).fill(ALWAYS_ON);
    this.#loads = new Array(count);
    this.#spells = new Array(count).fill(NO_SPELLS);
    this.#services = new Array(count).fill(NO_SERVICES);
  }

  /** Forgets what was worked out from what is another now. */
  change(changes: EvidenceChanges): void {
    for (const node of this.#likelihood.change(changes)) this.#isChanged[node] = 1;
    const retired = this.#evidence.histories.takeRetired();
    if (retired === null) return;
    this.#likelihood.forget(retired);
    // Their numbers may stand for others soon.
    this.#isChanged.fill(1);
  }

  /** What is believed, given all of the evidence. */
  believe(): ZoneBeliefs {
    return this.#run(null);
  }

  /** What every node may have done, as far as it is worth following; of an inference that was asked nothing yet. */
  conclude(): EarlierStates {
    const states = new PlausibleStates(this.#nodes.length);
    this.#run(states);
    return states.kept(this.#evidence.now, this.#evidence.slots);
  }

  #run(states: PlausibleStates | null): ZoneBeliefs {
    const count = this.#nodes.length;
    const { shares, logEvidence } = this.#weighRegimes();
    /** By node: what is believed of its supply now, where that of the node above was looked at. */
    const given: (Shares | undefined)[] = new Array(count);
    given[0] = new Map([[ALWAYS_ON, shares]]);
    for (let node = 0; node < count; ) {
      const { end } = this.#nodes[node] as ZoneNode;
      const supply = given[node];
      if (supply === undefined) this.#leave(node);
      else if (this.#isChanged[node] === 1 || !isSameShares(supply, this.#supply[node])) {
        this.#supply[node] = supply;
        this.#passDown(node, this.#lookAt(node, supply, states), given);
        node++;
        continue;
      }
      node = end;
    }
    this.#isChanged.fill(0);
    const followed: number[] = [];
    const services = new Map<number, readonly SpellBelief[]>();
    for (let node = 0; node < count; node++) {
      if (this.#supply[node] === undefined) continue;
      followed.push(node);
      for (const { meter, spells } of this.#services[node] as readonly ServiceBelief[])
        services.set(meter, spells);
    }
    return {
      logEvidence,
      interrupting: this.#interrupting,
      dead: this.#dead,
      history: this.#history,
      loads: this.#loads,
      spells: this.#spells,
      followed,
      services,
    };
  }

  /** Nobody need look at a node or below it: what holds above does there. */
  #leave(node: number): void {
    const { parent, end } = this.#nodes[node] as ZoneNode;
    const isDead = this.#dead[parent] as number;
    const history = this.#history[parent] as number;
    const isLeft = this.#supply[node] === undefined;
    if (isLeft && this.#dead[node] === isDead && this.#history[node] === history) return;
    this.#dead.fill(isDead, node, end);
    this.#history.fill(history, node, end);
    if (isLeft) return;
    this.#interrupting.fill(0, node, end);
    this.#supply.fill(undefined, node, end);
    this.#loads.fill(undefined, node, end);
    this.#spells.fill(NO_SPELLS, node, end);
    this.#services.fill(NO_SERVICES, node, end);
  }

  /** Works out what is believed of a node, given what its supply may have gone through. Gives the histories of its load side. */
  #lookAt(node: number, supply: Shares, states: PlausibleStates | null): Shares {
    const { histories, slots } = this.#evidence;
    const load: Shares = new Map();
    const spells = new Map<number, number>();
    let interrupting = 0;
    for (const [history, weight] of supply) {
      const { isDeadNow, spells: above } = histories.get(history);
      const lostAt = isDeadNow ? (above.at(-1)?.from as number) : Number.POSITIVE_INFINITY;
      for (const { state, shares } of this.#share(node, history, weight)) {
        addTo(load, state.load, shares);
        const share = sumOf(shares);
        states?.note(node, above, state, share);
        for (const { off, on } of state.own) {
          // Open with a live supply side, now or when it opened.
          if (on < 0 && isDeadNow && (slots.offs[off] as Slot).from >= lostAt) continue;
          const key = spellKey(off, on);
          spells.set(key, (spells.get(key) ?? 0) + share);
          if (on < 0 && !isDeadNow) interrupting += share;
        }
      }
    }
    const loads = new Map<number, number>();
    let dead = 0;
    let most = 0;
    this.#history[node] = ALWAYS_ON;
    for (const [history, shares] of load) {
      const weight = sumOf(shares);
      loads.set(history, weight);
      if (histories.get(history).isDeadNow) dead += weight;
      if (weight > most) {
        most = weight;
        this.#history[node] = history;
      }
    }
    this.#interrupting[node] = interrupting;
    this.#dead[node] = dead;
    this.#loads[node] = loads;
    this.#spells[node] =
      spells.size === 0
        ? NO_SPELLS
        : [...spells].map(([key, probability]) => ({ ...fromKey(key), probability }));
    this.#services[node] = this.#servicesAt(node, load);
    return cutOff(load);
  }

  /** Gives the histories of a node's load side to its children as those of their supply, where somebody said something of them. */
  #passDown(node: number, load: Shares, given: (Shares | undefined)[]): void {
    const { plain, carriers, closing, carried } = this.#cells;
    const isPlain = [...load.keys()].every((history) => !this.#evidence.histories.get(history).hasRestore);
    const isFollowed = (child: number): boolean => !isPlain || this.#likelihood.isTouched[child] === 1;
    const byRegime = (carried[node] as number) < 0 ? load : this.#byRegime(load);
    for (const child of plain[node] as readonly number[]) if (isFollowed(child)) given[child] = byRegime;
    for (const child of carriers[node] as readonly number[]) if (isFollowed(child)) given[child] = load;
    for (const [index, { children }] of (closing[node] as SharedCells['closing'][number]).entries()) {
      const followed = children.filter(isFollowed);
      if (followed.length === 0) continue;
      const byQuality = this.#byQuality(node, index, byRegime);
      for (const child of followed) given[child] = byQuality;
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
      const { byQuality, byRegime } = this.#likelihood.loadLogs(node, history).closing[index] as ClosingLogs;
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
    return cutOff(divided);
  }

  /** P(regime | all evidence), without those that are not worth it, and log P(all evidence). */
  #weighRegimes(): { readonly shares: Logs; readonly logEvidence: number } {
    const root = this.#likelihood.supplyLogs(0, ALWAYS_ON);
    const logs = root.map((log, r) => log + Math.log(this.#regimes.all[r]?.weight ?? 0));
    const logEvidence = sumLog(logs);
    const shares = logs.map((log) => {
      const share = Math.exp(log - logEvidence);
      return share < NEGLIGIBLE_REGIME ? 0 : share;
    });
    const total = sumOf(shares);
    const cut = shares.map((share) => Math.floor(share / total / FINEST_SHARE) * FINEST_SHARE);
    const most = cut.indexOf(Math.max(...cut));
    cut[most] = (cut[most] as number) + 1 - sumOf(cut);
    return { shares: cut, logEvidence };
  }

  /** The weights of a history of a node's supply divided among what its devices may have done. */
  #share(
    node: number,
    history: number,
    weights: Logs,
  ): readonly { readonly state: OwnState; readonly shares: Logs }[] {
    const { states, logs } = this.#likelihood.outcomesOf(node, history);
    const totals = this.#likelihood.supplyLogs(node, history);
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

  /** What is believed of the services of the meters that said something at a node, given what its load side may have gone through. */
  #servicesAt(node: number, load: Shares): readonly ServiceBelief[] {
    const { from, to } = this.#nodes[node] as ZoneNode;
    const words = this.#evidence.said[node];
    if (words === null || words === undefined || to - from === 1) return NO_SERVICES;
    let found: ServiceBelief[] | null = null;
    for (const { kinds } of words.groups) {
      for (const { witness, meters } of kinds) {
        if (witness.spells.length === 0) continue;
        const sums = witness.spells.map(() => 0);
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
        found ??= [];
        for (const meter of meters) found.push({ meter, spells });
      }
    }
    return found ?? NO_SERVICES;
  }

  /** P(each own spell of a meter | history of its supply, what it said). */
  #serviceShares(witness: Witness, supply: History): readonly number[] {
    let shares = witness.serviceShares[supply.id];
    if (shares === undefined) {
      shares = serviceShares(this.#evidence, this.#regimes, witness, supply);
      witness.serviceShares[supply.id] = shares;
    }
    return shares;
  }
}

/** By history: its probability, for every regime or for every quality of the cell that a node carries. */
type Shares = Map<number, Logs>;

/** What is believed of one meter's service. */
interface ServiceBelief {
  readonly meter: number;
  readonly spells: readonly SpellBelief[];
}

const NO_SPELLS: readonly SpellBelief[] = [];
const NO_SERVICES: readonly ServiceBelief[] = [];

function cutOff(shares: Shares): Shares {
  for (const own of shares.values())
    for (let d = 0; d < own.length; d++)
      own[d] = Math.floor((own[d] as number) / FINEST_SHARE) * FINEST_SHARE;
  return shares;
}

function isSameShares(a: Shares, b: Shares | undefined): boolean {
  if (b === undefined || a.size !== b.size) return false;
  for (const [history, own] of a) {
    const other = b.get(history);
    if (other === undefined || other.length !== own.length) return false;
    for (let d = 0; d < own.length; d++) if (own[d] !== other[d]) return false;
  }
  return true;
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
