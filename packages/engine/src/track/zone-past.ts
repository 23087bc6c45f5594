import type { TrackingPolicy } from '../policy-tracking.ts';
import { ZoneInference } from './infer-zone.ts';
import { historyKey, type OwnSpell } from './own-spell.ts';
import type { EarlierStates } from './own-spells.ts';
import { PlacedEvidence, type ZoneCase } from './place-evidence.ts';
import { type Slot, tellDevices, type ZoneSlots } from './slots.ts';

/** A part of a zone's time that is concluded, with what it left. */
interface Step {
  readonly slots: ZoneSlots;
  readonly states: EarlierStates;
}

/** A part of a zone's time has so many off-slots, and more up to a pause; or so many in any case. */
const FEW_SLOTS = 12;
const MANY_SLOTS = 20;

/**
 * The time of a zone in parts. Each part is concluded with what was said until its end: what of all that may have happened is then
 * worth following is what the next part starts from. Otherwise the histories of a long storm multiply. A function of the evidence alone;
 * parts that new evidence does not reach are kept.
 */
export class ZonePast {
  readonly #steps: Step[] = [];
  /** By number of the part: what it left when it was last concluded. */
  readonly #left: EarlierStates[] = [];

  /** Forgets what was concluded from evidence at or after an instant, in seconds since 1970. */
  forget(from: number): void {
    while ((this.#steps.at(-1)?.states.until ?? Number.NEGATIVE_INFINITY) > from) this.#steps.pop();
  }

  /** What the parts before the last one left; null where there is only one. */
  statesBefore(zoneCase: ZoneCase): EarlierStates | null {
    let earlier: EarlierStates | null = null;
    const parts = partsOf(zoneCase.slots, zoneCase.policy);
    for (const [i, part] of parts.entries()) {
      const known = this.#steps[i];
      if (known !== undefined && isSame(known, part)) {
        earlier = known.states;
        continue;
      }
      this.#steps.length = i;
      earlier = this.#sameAsBefore(i, conclude(zoneCase, part, earlier));
      this.#steps.push({ slots: part.slots, states: earlier });
    }
    this.#steps.length = parts.length;
    this.#left.length = parts.length;
    return earlier;
  }

  /** What a part leaves: the same as ever where what was said since made no difference, so that what was worked out from it stands. */
  #sameAsBefore(part: number, states: EarlierStates): EarlierStates {
    const left = this.#left[part];
    if (left !== undefined && isSameStates(left, states)) return left;
    this.#left[part] = states;
    return states;
  }
}

/** The beginning of a zone's time up to some slot. */
interface Part {
  readonly slots: ZoneSlots;
  /** Seconds since 1970, exclusive. */
  readonly until: number;
}

function partsOf({ offs, ons }: ZoneSlots, { skewMarginSeconds }: TrackingPolicy): readonly Part[] {
  const parts: Part[] = [];
  for (let start = 0, i = 1; i < offs.length; i++) {
    const { from } = offs[i] as Slot;
    const isPause = from - (offs[i - 1] as Slot).to > skewMarginSeconds;
    if (i - start < (isPause ? FEW_SLOTS : MANY_SLOTS)) continue;
    start = i;
    parts.push({
      slots: { offs: offs.slice(0, i), ons: ons.filter((on) => on.from < from), told: [] },
      until: from,
    });
  }
  return parts;
}

function isSame({ slots, states }: Step, part: Part): boolean {
  return (
    states.until === part.until && isEqual(slots.offs, part.slots.offs) && isEqual(slots.ons, part.slots.ons)
  );
}

function isEqual(a: readonly Slot[], b: readonly Slot[]): boolean {
  return (
    a.length === b.length &&
    a.every(({ from, to }, i) => from === (b[i] as Slot).from && to === (b[i] as Slot).to)
  );
}

function isSameStates(a: EarlierStates, b: EarlierStates): boolean {
  return (
    a.until === b.until &&
    a.offs === b.offs &&
    a.ons === b.ons &&
    a.spells.every((lists, node) => isSameLists(lists, b.spells[node] as typeof lists)) &&
    a.ties.every((ties, node) => ties.join() === b.ties[node]?.join()) &&
    a.bySupply.every((known, node) => {
      const other = b.bySupply[node] as typeof known;
      if (known === other) return true;
      return (
        known.size === other.size &&
        [...known].every(([key, lists]) => {
          const own = other.get(key);
          return own !== undefined && isSameLists(lists, own);
        })
      );
    })
  );
}

function isSameLists(a: readonly (readonly OwnSpell[])[], b: readonly (readonly OwnSpell[])[]): boolean {
  return a.length === b.length && a.every((own, i) => historyKey(own) === historyKey(b[i] as typeof own));
}

function conclude(zoneCase: ZoneCase, { slots, until }: Part, earlier: EarlierStates | null): EarlierStates {
  const { zone, policy } = zoneCase;
  const book = zoneCase.book.before(until);
  const own = { ...slots, told: tellDevices(zone, book, policy) };
  const evidence = new PlacedEvidence({ ...zoneCase, book, slots: own, now: until });
  return new ZoneInference(evidence, zoneCase.regimes, earlier).conclude();
}
