import type { DeliveryState, TrackingPolicy } from '../policy-tracking.ts';
import type { OnWord, WitnessWords } from './evidence-book.ts';
import type { History } from './histories.ts';
import { type Slot, slotAt, TERMINAL_BOOT_SECONDS, TERMINAL_BOOT_SPREAD, type ZoneSlots } from './slots.ts';

/** A witness that said something, with the slots of what it said. */
export interface Witness {
  readonly offs: readonly { readonly at: number; readonly slot: number }[];
  readonly ons: readonly OnWord[];
  readonly unheard: readonly number[];
  /** Own spells that its words would be explained by: an off-slot, and an on-slot or -1. */
  readonly spells: readonly { readonly off: number; readonly on: number }[];
}

/** What every likelihood of a zone depends on. */
export interface WitnessContext {
  readonly policy: TrackingPolicy;
  readonly slots: ZoneSlots;
  /** Seconds since 1970. */
  readonly now: number;
  /** By off-slot: probability that a witness with supply gasps in it. */
  readonly falseGasp: Float64Array;
  /** By off-slot: probability that it gasps as one that is really out elsewhere, misplaced in the registry. */
  readonly misplaced: Float64Array;
  /** The qualities of delivery that its cell may have. */
  readonly delivery: readonly DeliveryState[];
  readonly isTerminals: boolean;
}

/** Puts a witness's words in their slots. `shift` is how long after supply is back it says so. */
export function toWitness(words: WitnessWords, slots: ZoneSlots, isTerminal: boolean): Witness {
  const offs = words.offs.map((at) => ({ at, slot: slotAt(slots.offs, at) }));
  const spells: { off: number; on: number }[] = [];
  for (const { at, slot } of offs) {
    if (slot < 0) continue;
    const back = words.ons.find((on) => on.at > at && on.isRestore);
    const on = back === undefined ? -1 : onSlotOf(slots.ons, back.at, isTerminal);
    // Whether the word of its return is to be believed is for the likelihood to say: both ends are kept.
    for (const end of on < 0 ? [-1] : [on, -1]) {
      if (!spells.some((known) => known.off === slot && known.on === end))
        spells.push({ off: slot, on: end });
    }
  }
  return { offs, ons: words.ons, unheard: words.unheard, spells };
}

/** The on-slot that a witness's restore belongs to; -1 where there is none. */
export function onSlotOf(ons: readonly Slot[], at: number, isTerminal: boolean): number {
  if (!isTerminal) return slotAt(ons, at);
  const shifted = at - TERMINAL_BOOT_SECONDS;
  let best = -1;
  for (let i = ons.length - 1; i >= 0; i--) {
    const off = Math.abs((ons[i] as Slot).from - shifted);
    if (off <= TERMINAL_BOOT_SPREAD && (best < 0 || off < Math.abs((ons[best] as Slot).from - shifted)))
      best = i;
  }
  return best;
}

/** Share of what comes in time that has come: 0 before the first, 1 after the last. */
export function ramp(seconds: number, [first, last]: readonly [number, number]): number {
  return Math.min(1, Math.max(0, (seconds - first) / (last - first)));
}

/** log P(a witness said nothing | history), at one quality of delivery. */
export function silenceLog(history: History, gasp: number, restore: number, context: WitnessContext): number {
  const { policy, now, isTerminals } = context;
  let log = 0;
  for (const { from, to } of history.spells) {
    const lasted = Math.min(now, to) - from;
    log += Math.log1p(-gasp * ramp(lasted, policy.gaspLatencySeconds));
    if (to === Number.POSITIVE_INFINITY || lasted < policy.gaspLatencySeconds[0]) continue;
    const shift = isTerminals ? TERMINAL_BOOT_SECONDS : 0;
    log += Math.log1p(-restore * ramp(now - to - shift, policy.restoreLatencySeconds));
  }
  return log;
}

/** Probability of a stamp beside the slot that it belongs to, relative to one in it. */
function outOfStep({ from, to }: Slot, at: number, policy: TrackingPolicy): number {
  const isNear = at >= from - policy.nearClockSeconds && at <= to + policy.nearClockSeconds;
  return isNear ? policy.nearClock : policy.badClock;
}

/** log P(what a witness said | history), at one quality of delivery. */
export function witnessLog(
  { offs, ons, unheard }: Witness,
  history: History,
  gasp: number,
  restore: number,
  context: WitnessContext,
): number {
  const { policy, now, isTerminals, falseGasp, misplaced, slots } = context;
  const margin = policy.skewMarginSeconds;
  const shift = isTerminals ? TERMINAL_BOOT_SECONDS : 0;
  const spread = isTerminals ? TERMINAL_BOOT_SPREAD : 5;
  let log = 0;
  let usedOffs = 0;
  let usedOns = 0;
  for (const { off, from, to } of history.spells) {
    const lasted = Math.min(now, to) - from;
    let own = offs.findIndex(({ slot }, i) => slot === off && (usedOffs & (1 << i)) === 0);
    const isInStep = own >= 0;
    if (own < 0)
      own = offs.findIndex(({ at }, i) => Math.abs(at - from) <= margin && (usedOffs & (1 << i)) === 0);
    if (own >= 0) {
      usedOffs |= 1 << own;
      log += Math.log(
        gasp * (isInStep ? 1 : outOfStep(slots.offs[off] as Slot, (offs[own] as { at: number }).at, policy)),
      );
    } else log += Math.log1p(-gasp * ramp(lasted, policy.gaspLatencySeconds));
    const isRestored = to < Number.POSITIVE_INFINITY;
    const ownAt = own >= 0 ? (offs[own] as { at: number }).at : null;
    let isTold = false;
    for (let i = 0; i < ons.length; i++) {
      const { at, isRestore } = ons[i] as OnWord;
      const isAfter = ownAt === null ? at > from + margin : at > ownAt;
      if (isRestored && at - shift >= to - spread) {
        if (!isTold && isRestore && at - shift <= to + margin) {
          isTold = true;
          usedOns |= 1 << i;
        }
      } else if (isAfter && at < to) log += Math.log(policy.onWhileDead);
      if (at >= from && at < to) usedOns |= 1 << i;
    }
    if (isRestored && lasted >= policy.gaspLatencySeconds[0]) {
      log += isTold
        ? Math.log(restore)
        : Math.log1p(-restore * ramp(now - to - shift, policy.restoreLatencySeconds));
    }
  }
  for (let i = 0; i < offs.length; i++) {
    if ((usedOffs & (1 << i)) !== 0) continue;
    const { at, slot } = offs[i] as Witness['offs'][number];
    // Whoever gasps with supply there says soon that it is back, unless it has none where it really is.
    const back = ons.findIndex((on) => on.at > at);
    if (back >= 0) usedOns |= 1 << back;
    const stays = back >= 0 ? 1 : 1 - restore * ramp(now - at, policy.falseGaspOverSeconds);
    log += Math.log(
      (slot < 0 ? policy.falseGasp : (falseGasp[slot] as number)) * stays +
        (slot < 0 ? 0 : (misplaced[slot] as number)),
    );
  }
  for (let i = 0; i < ons.length; i++) {
    if ((usedOns & (1 << i)) === 0 && (ons[i] as OnWord).isRestore)
      log += Math.log(policy.unexplainedRestore);
  }
  for (const at of unheard) {
    const isDead = history.spells.some(({ from, to }) => at >= from && at < to);
    log += Math.log1p(-(isDead ? policy.pingAnsweredOff : restore > 0 ? policy.pingAnsweredOn : 0));
  }
  return log;
}
