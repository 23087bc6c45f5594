import type { TrackingPolicy } from '../policy-tracking.ts';
import type { DeliveryRates } from './delivery-regimes.ts';
import type { OnWord, WitnessWords } from './evidence-book.ts';
import type { History, Spell } from './histories.ts';
import {
  reachOf,
  type Slot,
  slotAt,
  TERMINAL_BOOT_SECONDS,
  TERMINAL_BOOT_SPREAD,
  type ZoneSlots,
} from './slots.ts';
import { awaitedShare, doubted, isMuted, type SourceHealth } from './source-health.ts';

/** A witness that said something, with the slots of what it said. */
export interface Witness {
  readonly offs: readonly { readonly at: number; readonly slot: number }[];
  readonly ons: readonly OnWord[];
  readonly unheard: readonly number[];
  /** When its customer called. */
  readonly calls: readonly number[];
  /** Own spells that its words would be explained by: an off-slot, and an on-slot or -1. */
  readonly spells: readonly { readonly off: number; readonly on: number }[];
  /** By the number of a history: log P(its words) at each pair of rates, as far as that was asked for; the same with its own service. */
  readonly logs: (readonly number[] | undefined)[];
  readonly serviceLogs: (readonly number[] | undefined)[];
  /** By the number of a history: P(each of its own spells). */
  readonly serviceShares: (readonly number[] | undefined)[];
}

/** What a witness's words come to under one history, before it is known how well its cell delivers. */
interface WitnessTerms {
  /** log of everything that does not depend on the delivery. */
  readonly constant: number;
  /** How many gasps and restores were delivered. */
  readonly gasps: number;
  readonly restores: number;
  /** Of gasps and restores that were not: how much of the time in which they come is over, 0 to 1. */
  readonly gaspsMissed: readonly number[];
  readonly restoresMissed: readonly number[];
  /** Gasps with supply there: probabilities of a false one, of one from elsewhere, and how long it was not taken back, 0 to 1. */
  readonly stray: readonly { readonly chance: number; readonly elsewhere: number; readonly stays: number }[];
  /** Unanswered pings while it had supply. */
  readonly pingsMissed: number;
}

/** What every likelihood of a zone depends on. */
export interface WitnessContext {
  readonly policy: TrackingPolicy;
  readonly slots: ZoneSlots;
  /** By slot: until when silence about it is weighed, in seconds since 1970. */
  readonly offsUntil: Float64Array;
  readonly onsUntil: Float64Array;
  /** By off-slot: probability that a witness with supply gasps in it. */
  readonly falseGasp: Float64Array;
  /** By off-slot: probability that it gasps as one that is really out elsewhere, misplaced in the registry. */
  readonly misplaced: Float64Array;
  readonly isTerminals: boolean;
  /** Whether such witnesses are known to tell that supply is back: else they are not missed when they do not. */
  readonly tellsRestores: boolean;
  /** How their system does. */
  readonly health: SourceHealth;
}

/** Puts a witness's words in their slots. `shift` is how long after supply is back it says so. */
export function toWitness(words: WitnessWords, slots: ZoneSlots, isTerminal: boolean): Witness {
  const offs = words.offs.map((at) => ({ at, slot: slotAt(slots.offs, at) }));
  const spells: { off: number; on: number }[] = [];
  for (const { at, slot } of offs) {
    if (slot < 0) continue;
    const back = words.ons.find((on) => on.at > at && on.isRestore);
    const found = back === undefined ? -1 : onSlotOf(slots.ons, back.at, isTerminal);
    // A terminal's boot takes longer or shorter than usual: no return lies before the loss.
    const on = found >= 0 && (slots.ons[found] as Slot).from > (slots.offs[slot] as Slot).from ? found : -1;
    // Whether the word of its return is to be believed is for the likelihood to say: both ends are kept.
    for (const end of on < 0 ? [-1] : [on, -1]) {
      if (!spells.some((known) => known.off === slot && known.on === end))
        spells.push({ off: slot, on: end });
    }
  }
  return {
    offs,
    ons: words.ons,
    unheard: words.unheard,
    calls: words.calls,
    spells,
    logs: [],
    serviceLogs: [],
    serviceShares: [],
  };
}

/** Forgets what was worked out of a witness: a slot that it speaks of is weighed otherwise now. */
export function forgetLogs({ logs, serviceLogs, serviceShares }: Witness): void {
  logs.length = 0;
  serviceLogs.length = 0;
  serviceShares.length = 0;
}

/** The same, of what was worked out under some histories alone. */
export function forgetLogsOf(
  { logs, serviceLogs, serviceShares }: Witness,
  histories: ReadonlySet<number>,
): void {
  for (const byHistory of [logs, serviceLogs, serviceShares])
    for (let id = 0; id < byHistory.length; id++) if (histories.has(id)) byHistory[id] = undefined;
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

/** log P(a witness said nothing | history), at each pair of rates. */
export function silenceLogs(
  { spells }: History,
  rates: readonly DeliveryRates[],
  { policy, offsUntil, onsUntil, isTerminals, tellsRestores, health }: WitnessContext,
): readonly number[] {
  const logs = rates.map(() => 0);
  const shift = isTerminals ? TERMINAL_BOOT_SECONDS : 0;
  for (const { off, on, from, to } of spells) {
    const now = offsUntil[off] as number;
    const lasted = Math.min(now, to) - from;
    const gasped = awaitedShare(health, from, to, now, policy.gaspLatencySeconds);
    const isBack = tellsRestores && to < Number.POSITIVE_INFINITY && lasted >= policy.gaspLatencySeconds[0];
    const restored = isBack
      ? awaitedShare(
          health,
          to + shift,
          Number.POSITIVE_INFINITY,
          onsUntil[on] as number,
          policy.restoreLatencySeconds,
        )
      : 0;
    for (let i = 0; i < logs.length; i++) {
      const { gasp, restore, logNoGasp, logNoRestore } = rates[i] as DeliveryRates;
      logs[i] =
        (logs[i] as number) + missedLog(gasp, logNoGasp, gasped) + missedLog(restore, logNoRestore, restored);
    }
  }
  return logs;
}

/** log P(a message is not there | it is delivered at a rate, and a share of its time is over). */
function missedLog(rate: number, logNone: number, share: number): number {
  if (share === 0) return 0;
  return share === 1 ? logNone : Math.log1p(-rate * share);
}

/** Probability of a stamp beside the slot that it belongs to, relative to one in it. */
function outOfStep(slot: Slot, at: number, policy: TrackingPolicy, isTerminal: boolean): number {
  const near = isTerminal ? policy.nearTerminalSeconds : policy.nearClockSeconds;
  const isNear = at >= slot.from - near && at <= reachOf(slot) + near;
  return isNear ? policy.nearClock : policy.badClock;
}

/** log P(what a witness said | history), at each pair of rates. */
export function witnessLogs(
  witness: Witness,
  history: History,
  rates: readonly DeliveryRates[],
  context: WitnessContext,
): readonly number[] {
  let logs = witness.logs[history.id];
  if (logs === undefined) {
    const terms = termsOf(witness, history, context);
    logs = rates.map((rate) => logAt(terms, rate, context.policy));
    witness.logs[history.id] = logs;
  }
  return logs;
}

function logAt(
  { constant, gasps, restores, gaspsMissed, restoresMissed, stray, pingsMissed }: WitnessTerms,
  { gasp, restore, logGasp, logRestore, logNoGasp, logNoRestore }: DeliveryRates,
  policy: TrackingPolicy,
): number {
  let log = constant;
  if (gasps > 0) log += gasps * logGasp;
  if (restores > 0) log += restores * logRestore;
  for (const share of gaspsMissed) log += missedLog(gasp, logNoGasp, share);
  for (const share of restoresMissed) log += missedLog(restore, logNoRestore, share);
  for (const { chance, elsewhere, stays } of stray)
    log += Math.log(chance * (1 - policy.falseGaspTakenBack * restore * stays) + elsewhere);
  if (pingsMissed > 0 && restore > 0) log += pingsMissed * Math.log1p(-policy.pingAnsweredOn);
  return log;
}

/** Whether a restore may be of the end of a spell: it follows it, or it follows the witness's own gasp by as long as the spell lasted. */
function isReturn(
  at: number,
  ownAt: number | null,
  { from, to }: Spell,
  { policy: { skewMarginSeconds }, isTerminals }: WitnessContext,
): boolean {
  const after = isTerminals ? at - TERMINAL_BOOT_SECONDS - to : at - to;
  if (after >= -(isTerminals ? TERMINAL_BOOT_SPREAD : STEP_SECONDS) && after <= skewMarginSeconds)
    return true;
  return (
    !isTerminals && isOfLength(at, ownAt, to - from) && Math.abs(after) <= 2 * skewMarginSeconds && at > from
  );
}

/** Whether a meter's own clock has as much time between its loss and its return as a spell lasted. */
function isOfLength(at: number, ownAt: number | null, length: number): boolean {
  return ownAt !== null && at > ownAt && Math.abs(at - ownAt - length) <= 2 * STEP_SECONDS;
}

/**
 * Probability of a restore's stamp, relative to one in step with the others. One clock stamps the loss and the return of a meter: one
 * that was off at the loss is so at the return.
 */
function returnStep(
  at: number,
  ownAt: number | null,
  { off, on, from, to }: Spell,
  { policy, slots: { offs, ons }, isTerminals }: WitnessContext,
): number {
  const lost = offs[off] as Slot;
  const back = ons[on] as Slot;
  if (isTerminals || isOfLength(at, ownAt, to - from)) return 1;
  if (at <= reachOf(back) + STEP_SECONDS || isWide(lost) || isWide(back)) return 1;
  if (ownAt !== null && (ownAt < lost.from - STEP_SECONDS || ownAt > reachOf(lost) + STEP_SECONDS)) return 1;
  return at <= reachOf(back) + policy.restoreLatencySeconds[1] ? policy.nearClock : policy.badClock;
}

/** Probability of a word of supply within a spell: shortly after the loss it may be of the time before, by a clock that is off. */
function onWhileDead(
  at: number,
  ownAt: number | null,
  { off, from }: Spell,
  { policy, slots: { offs } }: WitnessContext,
): number {
  const lost = offs[off] as Slot;
  if (ownAt !== null || at > from + policy.skewMarginSeconds) return policy.onWhileDead;
  return at <= reachOf(lost) + STEP_SECONDS || isWide(lost) ? 1 : policy.badClock;
}

/** Whether telemetry told that something opened at the loss that a spell begins with, and not yet that it closed. */
function isToldOpen(
  { off }: Spell,
  { policy: { skewMarginSeconds }, slots: { offs, told } }: WitnessContext,
): boolean {
  const lost = offs[off] as Slot;
  return told.some(({ switchSpells, voltageSpells }) =>
    [...switchSpells, ...voltageSpells].some(
      ({ openings, closedAt }) =>
        closedAt === null &&
        openings.some((at) => at >= lost.from - skewMarginSeconds && at <= reachOf(lost) + skewMarginSeconds),
    ),
  );
}

/** Whether meters wait longer with their gasp than a spell lasted, as far as clocks tell how long that was. */
function isRiddenThrough(
  { off, on, from, to }: Spell,
  { policy, slots: { offs, ons }, isTerminals }: WitnessContext,
): boolean {
  if (isTerminals || to - from >= policy.gaspLatencySeconds[0]) return false;
  return !isWide(offs[off] as Slot) && !isWide(ons[on] as Slot);
}

/** Whether clocks are off so much that what happened at once is stamped over a long time. */
function isWide({ from, to }: Slot): boolean {
  return to - from > WIDE_SECONDS;
}

/** Seconds by which stamps of clocks in step differ from the slot they belong to, and that a slot of such stamps lasts at most. */
const STEP_SECONDS = 5;
const WIDE_SECONDS = 15;

function termsOf({ offs, ons, unheard }: Witness, history: History, context: WitnessContext): WitnessTerms {
  const { policy, offsUntil, onsUntil, isTerminals, falseGasp, misplaced, slots, tellsRestores, health } =
    context;
  const doubt = (chance: number, at: number): number => doubted(chance, health, at, policy.sickFalseFactor);
  const margin = policy.skewMarginSeconds;
  const shift = isTerminals ? TERMINAL_BOOT_SECONDS : 0;
  const spread = isTerminals ? TERMINAL_BOOT_SPREAD : STEP_SECONDS;
  const isOffUsed = new Array<boolean>(offs.length).fill(false);
  const isOnUsed = new Array<boolean>(ons.length).fill(false);
  const gaspsMissed: number[] = [];
  const restoresMissed: number[] = [];
  let constant = 0;
  let gasps = 0;
  let restores = 0;
  for (const spell of history.spells) {
    const { off, on, from, to } = spell;
    const now = offsUntil[off] as number;
    const lasted = Math.min(now, to) - from;
    let own = offs.findIndex(({ slot }, i) => slot === off && !isOffUsed[i]);
    const isInStep = own >= 0;
    if (own < 0) own = offs.findIndex(({ at }, i) => Math.abs(at - from) <= margin && !isOffUsed[i]);
    // The slot may be of a clock that is off the other way: then its own tells as long an outage.
    if (own < 0 && !isTerminals)
      own = offs.findIndex(
        ({ at }, i) =>
          Math.abs(at - from) <= 2 * margin &&
          !isOffUsed[i] &&
          ons.some((on) => on.isRestore && isOfLength(on.at, at, to - from)),
      );
    if (own >= 0) {
      isOffUsed[own] = true;
      gasps++;
      if (!isInStep)
        constant += Math.log(
          outOfStep(slots.offs[off] as Slot, (offs[own] as { at: number }).at, policy, isTerminals),
        );
    } else {
      const share = awaitedShare(health, from, to, now, policy.gaspLatencySeconds);
      if (share > 0) gaspsMissed.push(share);
    }
    const isRestored = to < Number.POSITIVE_INFINITY;
    const ownAt = own >= 0 ? (offs[own] as { at: number }).at : null;
    const returned = isRestored
      ? ons.findIndex(({ at, isRestore }) => isRestore && isReturn(at, ownAt, spell, context))
      : -1;
    let isTold = returned >= 0;
    if (isTold) {
      isOnUsed[returned] = true;
      constant += Math.log(returnStep((ons[returned] as OnWord).at, ownAt, spell, context));
    }
    const isOwnLength = isTold && isOfLength((ons[returned] as OnWord).at, ownAt, to - from);
    if (own >= 0 && !isOwnLength && isRiddenThrough(spell, context))
      constant += Math.log(policy.gaspOfMomentary);
    for (let i = 0; i < ons.length; i++) {
      const { at, isRestore } = ons[i] as OnWord;
      if (i === returned || at < from || at >= to) continue;
      isOnUsed[i] = true;
      const isOver = isRestored && at - shift >= to - spread;
      if (!isOver && (ownAt === null || at > ownAt)) {
        if (isRestore && isRestored) {
          // The word of the return is this one, with a stamp that is none.
          isTold = true;
          constant += Math.log(doubt(policy.restoreStampedEarly, at));
        } else if (isRestore && isToldOpen(spell, context))
          constant += Math.log(doubt(policy.backBeforeTold, at));
        else constant += Math.log(doubt(onWhileDead(at, ownAt, spell, context), at));
      }
      // Where supply is gone for good a restore is as odd as one of a meter that never was out.
      if (isRestore && !isRestored && !isToldOpen(spell, context))
        constant += Math.log(doubt(policy.unexplainedRestore, at));
    }
    if (isRestored && (isTold || tellsRestores) && lasted >= policy.gaspLatencySeconds[0]) {
      if (isTold) restores++;
      else
        restoresMissed.push(
          awaitedShare(
            health,
            to + shift,
            Number.POSITIVE_INFINITY,
            onsUntil[on] as number,
            policy.restoreLatencySeconds,
          ),
        );
    }
  }
  const stray: WitnessTerms['stray'][number][] = [];
  for (let i = 0; i < offs.length; i++) {
    if (isOffUsed[i]) continue;
    const { at, slot } = offs[i] as Witness['offs'][number];
    // Whoever gasps with supply there says soon that it is back, unless it has none where it really is.
    const back = ons.findIndex((on) => on.at > at);
    if (back >= 0) isOnUsed[back] = true;
    stray.push({
      chance: slot < 0 ? doubt(policy.falseGasp, at) : (falseGasp[slot] as number),
      elsewhere: slot < 0 ? 0 : (misplaced[slot] as number),
      stays:
        back >= 0 || slot < 0
          ? 0
          : awaitedShare(
              health,
              at,
              Number.POSITIVE_INFINITY,
              offsUntil[slot] as number,
              policy.falseGaspOverSeconds,
            ),
    });
  }
  for (let i = 0; i < ons.length; i++) {
    const { at, isRestore } = ons[i] as OnWord;
    if (!isOnUsed[i] && isRestore) constant += Math.log(doubt(policy.unexplainedRestore, at));
  }
  let pingsMissed = 0;
  for (const at of unheard) {
    if (isMuted(health, at, at)) continue;
    if (history.spells.some(({ from, to }) => at >= from && at < to))
      constant += Math.log1p(-policy.pingAnsweredOff);
    else pingsMissed++;
  }
  return { constant, gasps, restores, gaspsMissed, restoresMissed, stray, pingsMissed };
}
