import type { DeliveryRates, Quality, Regimes } from './delivery-regimes.ts';
import { add, type Logs, zeroLogs } from './log-vectors.ts';
import type { OwnSpell } from './own-spell.ts';
import type { ZoneEvidence } from './place-evidence.ts';
import type { SharedCells } from './shared-cells.ts';
import type { Silences } from './silent-branches.ts';
import { isOpenedByPlan } from './site-conditions.ts';
import type { Slot } from './slots.ts';
import { SKEW_SECONDS, TOLD } from './spoken-spells.ts';
import type { Witness } from './witness-likelihood.ts';
import type { CellGroup, ZoneNode } from './zone.ts';

/** log of how much less likely a spell must be to be left out. */
const HOPELESS = -14;

/** How much may speak at most for a device having opened in a slot: what nothing can make likely need not be followed. */
export class SpellBounds {
  readonly #evidence: ZoneEvidence;
  readonly #regimes: Regimes;
  readonly #nodes: readonly ZoneNode[];
  readonly #silences: Silences;
  readonly #isTouched: Uint8Array;
  /** By off-slot, then node. */
  readonly #gains: (Map<number, Logs> | undefined)[] = [];
  readonly #regimeLogs: () => Logs;
  readonly #qualityLogs: () => Logs;

  /** `isTouched` tells by node whether something was said at or below it; it is read whenever a bound is asked for. */
  constructor(evidence: ZoneEvidence, regimes: Regimes, silences: Silences, isTouched: Uint8Array) {
    this.#evidence = evidence;
    this.#regimes = regimes;
    this.#nodes = evidence.zone.nodes;
    this.#silences = silences;
    this.#isTouched = isTouched;
    this.#regimeLogs = zeroLogs(regimes.all.length);
    this.#qualityLogs = zeroLogs(regimes.qualities.length);
  }

  /** Forgets what was worked out of slots that are others now. */
  changeSlots(offs: Iterable<number>): void {
    for (const off of offs) this.#gains[off] = undefined;
  }

  /** Forgets what was worked out of a node. */
  changeNode(node: number): void {
    for (const gains of this.#gains) gains?.delete(node);
  }

  /** Whether the silence of those below rules a spell out, whatever the regime; `count` witnesses speak for it. */
  isHopeless(node: number, { off }: OwnSpell, count: number): boolean {
    const { policy } = this.#evidence.meters;
    const slot = this.#evidence.slots.offs[off] as Slot;
    const { works } = this.#evidence.conditions;
    if (count >= TOLD || !this.#evidence.heard.meters) return false;
    const prior = isOpenedByPlan(works, node, slot)
      ? Math.log(policy.plannedOpen)
      : Math.log((this.#nodes[node] as ZoneNode).prior * (this.#evidence.openingFactor[off] as number));
    return this.#loadGain(node, off).every((gain) => prior + gain < HOPELESS);
  }

  /**
   * By regime an upper bound of log P(all that was said at and below a node | dead since an off-slot) - log P(the same | supply). What
   * speaks of the slot could have gone alone, at the cost of its own prior, so it adds at most that; what does not costs its silence.
   */
  #supplyGain(node: number, off: number): Logs {
    const known = this.#gains[off] ?? new Map<number, Logs>();
    this.#gains[off] = known;
    let gains = known.get(node);
    if (gains !== undefined) return gains;
    if (this.#isTouched[node] === 0) {
      gains = this.#isCarrying(node) ? this.#qualityLogs() : this.#regimeLogs();
      this.#silences.since(off).addTo(gains, node);
    } else {
      const { prior } = this.#nodes[node] as ZoneNode;
      const factor = this.#evidence.openingFactor[off] as number;
      const most = prior > 0 ? -Math.log(prior * factor) : Number.POSITIVE_INFINITY;
      gains = this.#loadGain(node, off).map((gain) => Math.min(gain, most));
    }
    known.set(node, gains);
    return gains;
  }

  #loadGain(node: number, off: number): Logs {
    const { plain, closing, carriedGroup, carriers, lone } = this.#evidence.zone.cells;
    const { qualities } = this.#regimes;
    const gains = this.#regimeLogs().fill(this.#aloneGain(node, off));
    for (const child of plain[node] as readonly number[]) add(gains, this.#supplyGain(child, off));
    for (const index of lone[node] as readonly number[]) {
      const byQuality = this.#qualityLogs();
      this.#addSilence(byQuality, node, index, off);
      add(gains, this.#averaged(byQuality));
    }
    for (const { group, children } of closing[node] as SharedCells['closing'][number]) {
      const byQuality = this.#qualityLogs();
      if (group >= 0) this.#addSilence(byQuality, node, group, off);
      for (const child of children) add(byQuality, this.#supplyGain(child, off));
      add(gains, this.#averaged(byQuality));
    }
    if (!this.#isCarrying(node)) return gains;
    const carried = qualities.map(({ regime }) => gains[regime] as number);
    const own = carriedGroup[node] as number;
    if (own >= 0) this.#addSilence(carried, node, own, off);
    for (const child of carriers[node] as readonly number[]) add(carried, this.#supplyGain(child, off));
    return carried;
  }

  /** What speaks of a slot at a node, as if each told of a fault of his own. */
  #aloneGain(node: number, off: number): number {
    const { policy } = this.#evidence.meters;
    const words = this.#evidence.said[node];
    if (words === null || words === undefined) return 0;
    let gain = words.calls.length * -Math.log(policy.strayCall);
    for (const { offs } of words.terminals)
      if (offs.some(({ slot }) => slot === off)) gain -= Math.log(policy.falseTerminalGasp);
    const alone = -Math.log(policy.openPriors.service);
    for (const { heard } of words.groups)
      for (const { witness } of heard) if (witness.offs.some(({ slot }) => slot === off)) gain += alone;
    return gain;
  }

  /** What silence of the meters of one cell costs, by quality; a cell that was heard of delivers something. */
  #addSilence(byQuality: Logs, node: number, index: number, off: number): void {
    const { qualities, rates } = this.#regimes;
    const { gasped } = this.#silences.since(off).awaited;
    const { meters } = (this.#nodes[node] as ZoneNode).groups[index] as CellGroup;
    const { from } = this.#evidence.slots.offs[off] as Slot;
    const heard = this.#evidence.said[node]?.groups[index]?.heard ?? [];
    // A ping that was not answered is listed as heard, too, and says nothing of that.
    const isWorking = heard.some(({ witness }) => witness.offs.length + witness.ons.length > 0);
    const isSilent = !heard.some(
      ({ witness }) => witness.offs.some(({ slot }) => slot === off) || isOffAt(witness, from),
    );
    for (let q = 0; q < byQuality.length; q++) {
      const { gasp } = rates[(qualities[q] as Quality).rate] as DeliveryRates;
      if (isWorking && gasp === 0) byQuality[q] = Number.NEGATIVE_INFINITY;
      else if (isSilent) byQuality[q] = (byQuality[q] as number) + meters.length * Math.log1p(-gasp * gasped);
    }
  }

  #isCarrying(node: number): boolean {
    return (this.#evidence.zone.cells.carried[node] as number) >= 0;
  }

  /** The log of the mean over the qualities of each regime. */
  #averaged(byQuality: Logs): Logs {
    const sums = this.#regimeLogs();
    for (const [q, { regime, logWeight }] of this.#regimes.qualities.entries())
      sums[regime] = (sums[regime] as number) + Math.exp((byQuality[q] as number) + logWeight);
    return sums.map(Math.log);
  }
}

/** Whether a witness had said before an instant that it lost supply, and not yet that it is back: then it is not missed. */
function isOffAt({ offs, ons }: Witness, at: number): boolean {
  const last = offs.findLast((one) => one.at < at + SKEW_SECONDS);
  return last !== undefined && !ons.some((on) => on.at > last.at && on.at < at);
}
