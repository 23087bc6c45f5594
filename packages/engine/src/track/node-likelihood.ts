import type { CallShare, TrackingPolicy } from '../policy-tracking.ts';
import {
  type DeliveryRates,
  deliveryRates,
  type Quality,
  type Regime,
  type Regimes,
} from './delivery-regimes.ts';
import { ALWAYS_ON, type History } from './histories.ts';
import type { Logs } from './log-vectors.ts';
import { oneStampParts } from './one-stamp.ts';
import type { ZoneEvidence } from './place-evidence.ts';
import type { SiteHealth } from './site-conditions.ts';
import { reachOf, type Slot, slotAt, type ToldDevice } from './slots.ts';
import { awaitedShare, doubted, heardSeconds, isMuted, type SourceHealth } from './source-health.ts';
import { silenceLogs, type Witness, witnessLogs } from './witness-likelihood.ts';
import type { CellGroup, ZoneNode } from './zone.ts';
import { type AwaitedShares, mixtureLog } from './zone-silence.ts';

/** log P(everything said by those who hang on one node | history of its load side), under each regime at once. */
export class NodeLikelihood {
  readonly #evidence: ZoneEvidence;
  readonly #regimes: Regimes;
  readonly #terminals: readonly DeliveryRates[];
  readonly #terminalDelivery: Regime['delivery'];
  readonly #sums: Float64Array;
  /** By history: the silence of one meter, and of one terminal. */
  readonly #silence = new Map<number, readonly number[]>();
  readonly #terminalSilence = new Map<number, number>();

  constructor(evidence: ZoneEvidence, regimes: Regimes) {
    const { terminalDelivery } = evidence.terminals.policy;
    this.#evidence = evidence;
    this.#regimes = regimes;
    this.#terminals = terminalDelivery.map(deliveryRates);
    this.#terminalDelivery = terminalDelivery.map(({ weight }, rate) => ({
      rate,
      logWeight: Math.log(weight),
    }));
    this.#sums = new Float64Array(regimes.rates.length);
  }

  /** Forgets what was worked out under some histories. */
  forget(histories: ReadonlySet<number>): void {
    for (const id of histories) {
      this.#silence.delete(id);
      this.#terminalSilence.delete(id);
    }
  }

  /** All of it: each cell with a quality of its own. Added to `logs`, one number for each regime. */
  addTo(logs: Logs, node: number, history: History): void {
    const { groups } = this.#evidence.zone.nodes[node] as ZoneNode;
    for (let index = 0; index < groups.length; index++) this.#addLone(logs, node, index, history);
    this.#addOthers(logs, node, history);
  }

  /** All but what the meters of shared cells said. Added to `logs`, one number for each regime. */
  addUnshared(logs: Logs, node: number, history: History): void {
    for (const index of this.#evidence.zone.cells.lone[node] as readonly number[])
      this.#addLone(logs, node, index, history);
    this.#addOthers(logs, node, history);
  }

  /** What the meters of one cell said that hang on a node. Added to `logs`, one number for each quality. */
  addGroup(logs: Logs, node: number, index: number, history: History): void {
    const sums = this.#groupLogs(node, index, history);
    if (sums === null) return;
    const { qualities } = this.#regimes;
    const parts = oneStampParts(this.#evidence, node, index);
    for (let q = 0; q < qualities.length; q++) {
      const log = sums[(qualities[q] as Quality).rate] as number;
      logs[q] =
        (logs[q] as number) +
        (parts > 0 ? withConcentrator(log, history, parts, this.#evidence.meters.policy) : log);
    }
  }

  #addLone(logs: Logs, node: number, index: number, history: History): void {
    const sums = this.#groupLogs(node, index, history);
    if (sums === null) return;
    const { all } = this.#regimes;
    const parts = oneStampParts(this.#evidence, node, index);
    for (let r = 0; r < all.length; r++) {
      const log = mixedLog(sums, (all[r] as Regime).delivery);
      logs[r] =
        (logs[r] as number) +
        (parts > 0 ? withConcentrator(log, history, parts, this.#evidence.meters.policy) : log);
    }
  }

  /** Terminals, telemetry and callers. */
  #addOthers(logs: Logs, node: number, history: History): void {
    const { heard, said, zone, terminals: context } = this.#evidence;
    const words = said[node];
    let log = 0;
    if (heard.terminals && (zone.nodes[node] as ZoneNode).terminals.length > 0) {
      const silent = words?.silentTerminals ?? (zone.nodes[node] as ZoneNode).terminals.length;
      if (silent > 0 && history.id !== ALWAYS_ON) log += silent * this.#terminalSilenceOf(history);
      for (const witness of words?.terminals ?? [])
        log += mixedLog(witnessLogs(witness, history, this.#terminals, context), this.#terminalDelivery);
    }
    if (words !== null && words !== undefined)
      log +=
        voltageLog(words.told, history, this.#evidence) +
        missedLog(this.#evidence.toldAbove[node] ?? null, history, this.#evidence);
    if (log !== 0) for (let r = 0; r < logs.length; r++) logs[r] = (logs[r] as number) + log;
    if (heard.calls) this.#addCalls(logs, node, history);
  }

  /** log P(what the meters of one cell said that hang on a node), at each pair of rates; null where that is 0. Valid until the next call. */
  #groupLogs(node: number, index: number, history: History): Float64Array | null {
    const { heard, zone, said, meters: context } = this.#evidence;
    if (!heard.meters) return null;
    const { rates } = this.#regimes;
    const { groups, from, to } = zone.nodes[node] as ZoneNode;
    const group = said[node]?.groups[index];
    if (group === undefined && history.id === ALWAYS_ON) return null;
    const hasService = to - from > 1;
    const sums = this.#sums;
    const silent = group?.silent ?? (groups[index] as CellGroup).meters.length;
    const silence = this.#silenceOf(history);
    for (let i = 0; i < sums.length; i++) sums[i] = silent === 0 ? 0 : silent * (silence[i] as number);
    for (const { witness, meters } of group?.kinds ?? []) {
      const own = hasService
        ? this.#withService(witness, history)
        : witnessLogs(witness, history, rates, context);
      for (let i = 0; i < sums.length; i++)
        sums[i] = (sums[i] as number) + meters.length * (own[i] as number);
    }
    return sums;
  }

  #addCalls(logs: Logs, node: number, history: History): void {
    const { zone, said } = this.#evidence;
    const { customers } = zone.nodes[node] as ZoneNode;
    const calls = said[node]?.calls ?? [];
    if (calls.length === 0 && (customers === 0 || history.id === ALWAYS_ON)) return;
    let last: readonly CallShare[] | null = null;
    let log = 0;
    for (const [r, { callShares }] of this.#regimes.all.entries()) {
      if (callShares !== last) log = callsLog(customers, calls, history, callShares, this.#evidence);
      last = callShares;
      logs[r] = (logs[r] as number) + log;
    }
  }

  /** A meter's words with its own service as one more reason for them. */
  #withService(witness: Witness, history: History): readonly number[] {
    let logs = witness.serviceLogs[history.id];
    if (logs === undefined) {
      logs = this.#serviceLogs(witness, history);
      witness.serviceLogs[history.id] = logs;
    }
    return logs;
  }

  #serviceLogs(witness: Witness, history: History): readonly number[] {
    const { histories, meters: context } = this.#evidence;
    const { rates } = this.#regimes;
    const own = witnessLogs(witness, history, rates, context);
    if (witness.spells.length === 0 || history.isDeadNow || isExplained(own, rates)) return own;
    const prior = Math.log(context.policy.openPriors.service);
    const logs = [...own];
    for (const { off, on } of witness.spells) {
      const joined = histories.join(history.id, histories.spell(off, on));
      if (joined === history.id) continue;
      const out = histories.get(joined);
      const other = witnessLogs(witness, out, rates, context);
      const reason = prior + ownCallsLog(witness, history, out, this.#evidence);
      for (let i = 0; i < logs.length; i++)
        logs[i] = addedLog(logs[i] as number, reason + (other[i] as number));
    }
    return logs;
  }

  #silenceOf(history: History): readonly number[] {
    let silence = this.#silence.get(history.id);
    if (silence === undefined) {
      silence = silenceLogs(history, this.#regimes.rates, this.#evidence.meters);
      this.#silence.set(history.id, silence);
    }
    return silence;
  }

  #terminalSilenceOf(history: History): number {
    let silence = this.#terminalSilence.get(history.id);
    if (silence === undefined) {
      const logs = silenceLogs(history, this.#terminals, this.#evidence.terminals);
      silence = mixedLog(logs, this.#terminalDelivery);
      this.#terminalSilence.set(history.id, silence);
    }
    return silence;
  }
}

/**
 * Whether a meter's words are as likely as to be expected at every rate at which gasps come through, so that a fault of its own
 * service, which is some 10 in log P less likely, adds nothing.
 */
function isExplained(logs: readonly number[], rates: readonly DeliveryRates[]): boolean {
  for (let i = 0; i < logs.length; i++)
    if ((rates[i] as DeliveryRates).gasp > 0 && (logs[i] as number) < EXPLAINED) return false;
  return true;
}

/** log P of the words of one meter from which on they are explained. */
const EXPLAINED = -2;

/** log of the weighted mean of exp(log at each pair of rates). */
function mixedLog(logs: ArrayLike<number>, delivery: Regime['delivery']): number {
  let most = Number.NEGATIVE_INFINITY;
  for (const { rate, logWeight } of delivery) most = Math.max(most, (logs[rate] as number) + logWeight);
  if (most === Number.NEGATIVE_INFINITY) return most;
  let sum = 0;
  for (const { rate, logWeight } of delivery) sum += Math.exp((logs[rate] as number) + logWeight - most);
  return most + Math.log(sum);
}

/** log(exp(a) + exp(b)). */
function addedLog(a: number, b: number): number {
  if (b === Number.NEGATIVE_INFINITY) return a;
  return Math.max(a, b) + Math.log1p(Math.exp(-Math.abs(a - b)));
}

/**
 * All gasps of a cell carry one stamp, and nobody else's: either its concentrator lost its own supply, or it stamps for its meters. Where the
 * cell's meters hang on several nodes each bears its part of what is said once of all.
 */
function withConcentrator(
  log: number,
  history: History,
  parts: number,
  { concentratorFailure, sameStampOutage }: TrackingPolicy,
): number {
  if (history.id !== ALWAYS_ON) return log + Math.log(sameStampOutage) / parts;
  return addedLog(log, Math.log(concentratorFailure) / parts);
}

/** log of how much likelier its customer's calls are where a meter's own service was out than where its supply alone was. */
function ownCallsLog(
  { calls }: Witness,
  supply: History,
  out: History,
  { conditions: { health }, meters: { policy } }: ZoneEvidence,
): number {
  let log = 0;
  for (const at of calls) {
    if (!isCallAbout(out, at) || isCallAbout(supply, at)) continue;
    const share = policy.callShares.reduce((sum, one) => sum + one.weight * one.share, 0);
    log += Math.log(share / doubted(policy.strayCall, health.calls, at, policy.sickFalseFactor));
  }
  return log;
}

/** For each own spell of a meter: P(its service is out for it | history of its supply, what it said). */
export function serviceShares(
  evidence: ZoneEvidence,
  { rates }: Regimes,
  witness: Witness,
  history: History,
): readonly number[] {
  const { histories, meters: context } = evidence;
  // Of the cell it is known that it delivered: the rates nearest to usual ones stand for it.
  const usual = nearest(rates, 0.8);
  const own = witnessLogs(witness, history, rates, context)[usual] as number;
  const prior = Math.log(context.policy.openPriors.service);
  const logs = witness.spells.map(({ off, on }) => {
    const joined = histories.join(history.id, histories.spell(off, on));
    if (joined === history.id) return Number.NEGATIVE_INFINITY;
    const out = histories.get(joined);
    const log = witnessLogs(witness, out, rates, context)[usual] as number;
    return prior + log + ownCallsLog(witness, history, out, evidence);
  });
  const most = Math.max(own, ...logs);
  let sum = Math.exp(own - most);
  for (const log of logs) sum += Math.exp(log - most);
  return logs.map((log) => Math.exp(log - most) / sum);
}

function nearest(rates: readonly DeliveryRates[], gasp: number): number {
  let best = 0;
  for (const [i, rate] of rates.entries())
    if (Math.abs(rate.gasp - gasp) < Math.abs((rates[best] as DeliveryRates).gasp - gasp)) best = i;
  return best;
}

/** Seconds after the return of supply in which callers still tell of the outage. */
const CALL_GRACE = 180;

/** Whether a call may be about a loss of a history. */
function isCallAbout({ spells }: History, at: number): boolean {
  return spells.some(({ from, to }) => at >= from - 5 && at <= to + CALL_GRACE);
}

function callsLog(
  customers: number,
  calls: readonly number[],
  history: History,
  callShares: readonly CallShare[],
  { conditions: { health }, meters: { policy, offsUntil } }: ZoneEvidence,
): number {
  const strayLog = (at: number): number =>
    Math.log(doubted(policy.strayCall, health.calls, at, policy.sickFalseFactor));
  let inSpell = 0;
  let stray = 0;
  for (const at of calls) {
    if (isCallAbout(history, at)) inSpell++;
    else stray += strayLog(at);
  }
  if (history.spells.length === 0) return stray;
  const silent = Math.max(0, customers - calls.length);
  return (
    stray +
    mixtureLog(callShares, ({ share }) => {
      let log = inSpell * Math.log(share);
      for (const { off, from, to } of history.spells) {
        const seconds = heardSeconds(health.calls, from, to, offsUntil[off] as number);
        log += silent * Math.log1p(-share * calledShare(seconds, policy));
      }
      return log;
    })
  );
}

/** Share of those who call in the end that have called after so many seconds. */
export function calledShare(seconds: number, policy: TrackingPolicy): number {
  return seconds <= 0 ? 0 : 1 - Math.exp(-seconds / (60 * policy.callMeanMinutes));
}

/** How much of what comes in time about a loss of supply, in an off-slot, should be there. */
export function awaitedShares(
  { conditions: { health }, slots, meters: { policy, offsUntil } }: ZoneEvidence,
  off: number,
): AwaitedShares {
  const { from } = slots.offs[off] as Slot;
  const now = offsUntil[off] as number;
  const shareOf = (source: SourceHealth): number =>
    awaitedShare(source, from, Number.POSITIVE_INFINITY, now, policy.gaspLatencySeconds);
  return {
    gasped: shareOf(health.meters),
    gaspedByTerminals: shareOf(health.terminals),
    called: calledShare(heardSeconds(health.calls, from, Number.POSITIVE_INFINITY, now), policy),
  };
}

/** log P(what telemetry said of the voltage at a node | history of its load side). */
function voltageLog(
  told: readonly ToldDevice[],
  history: History,
  { slots, conditions: { health }, meters: { policy } }: ZoneEvidence,
): number {
  const falseLog = (chance: number, at: number): number =>
    Math.log(doubted(chance, health.telemetry, at, policy.sickFalseFactor));
  const margin = policy.skewMarginSeconds;
  let log = 0;
  for (const { voltageSpells, voltageAt } of told) {
    for (const { openings, closedAt } of voltageSpells) {
      const first = openings[0] as number;
      const own = history.spells.find(({ from, to }) =>
        openings.some((at) => at >= from - margin && at <= to),
      );
      for (const at of openings)
        if (own === undefined || at < own.from - margin || at > own.to)
          log += falseLog(policy.voltageFalse, at);
      if (own === undefined) continue;
      log += Math.log(policy.switchTold) + onsetLog(own.from, first, policy);
      if (closedAt !== null)
        log += returnLog(slots.ons[own.on] ?? null, closedAt, Math.abs(first - own.from) <= IN_STEP, policy);
      else if (own.to < Number.POSITIVE_INFINITY) log += closeMissedLog(own.to, health, policy);
    }
    const closings = voltageSpells.map(({ closedAt }) => closedAt);
    for (const at of voltageAt) {
      if (closings.includes(at)) continue;
      const isDead = history.spells.some(({ from, to }) => at > from + IN_STEP && at < to - IN_STEP);
      const isReturn = history.spells.some(({ to }) => Math.abs(at - to) <= margin);
      if (isDead && !isReturn) log += falseLog(policy.voltageWhileDead, at);
      else if (!isReturn) log += falseLog(policy.voltageUnexplained, at);
    }
  }
  return log;
}

/** log P(telemetry, which tells of others, is silent of what it should have told | history of a node's load side). */
function missedLog(
  told: readonly number[] | null,
  { spells }: History,
  { conditions: { health }, meters: { policy } }: ZoneEvidence,
): number {
  if (told === null) return 0;
  const margin = policy.skewMarginSeconds;
  const missed = spells.filter(
    ({ from, to }) =>
      !told.some((at) => at >= from - margin && at <= to) && !isMuted(health.telemetry, from, from + IN_STEP),
  ).length;
  return missed === 0 ? 0 : missed * Math.log(policy.telemetryMissed);
}

/** log P(telemetry did not tell of a closing | when it was): nothing where it was mute. */
function closeMissedLog(
  to: number,
  { telemetry }: SiteHealth,
  { switchCloseMissed }: TrackingPolicy,
): number {
  return isMuted(telemetry, to - IN_STEP, to + IN_STEP) ? 0 : Math.log(switchCloseMissed);
}

/** log P(the first alarm carries an instant | when supply was lost). */
function onsetLog(from: number, toldAt: number, policy: TrackingPolicy): number {
  const away = toldAt - from;
  if (Math.abs(away) <= IN_STEP) return 0;
  return Math.log(away > policy.skewMarginSeconds ? policy.telemetryLate : policy.telemetryOutOfStep);
}

/** Seconds by which telemetry and a slot that it tells of differ at most. */
const IN_STEP = 10;

/** log P(telemetry tells the return at an instant | the on-slot in which it was, null while it lasts; whether it told the loss in step). */
function returnLog(on: Slot | null, toldAt: number, isInStep: boolean, policy: TrackingPolicy): number {
  const away = on === null ? Number.POSITIVE_INFINITY : Math.max(on.from - toldAt, toldAt - reachOf(on));
  if (away <= 3 * IN_STEP) return Math.log(policy.switchTold);
  if (away > policy.skewMarginSeconds) return Math.log(policy.voltageWhileDead);
  return Math.log(isInStep ? policy.telemetryClockShifts : policy.telemetryOutOfStep);
}

/** log P(what telemetry said of the device's position | its own spells; none for closed all the time). */
export function switchLog(
  evidence: ZoneEvidence,
  node: number,
  own: readonly { readonly off: number; readonly on: number }[],
): number {
  const { policy } = evidence.meters;
  const { health } = evidence.conditions;
  const { offs, ons } = evidence.slots;
  const falseLog = (at: number): number =>
    Math.log(doubted(policy.switchFalse, health.telemetry, at, policy.sickFalseFactor));
  const words = evidence.said[node]?.told ?? [];
  const spells = own.map(({ off, on }) => ({
    off,
    on,
    from: (offs[off] as Slot).from,
    to: on < 0 ? Number.POSITIVE_INFINITY : (ons[on] as Slot).from,
  }));
  const margin = policy.skewMarginSeconds;
  let log = 0;
  for (const { switchSpells, closedAt: closings } of words) {
    const paired: number[] = [];
    for (const { openings, closedAt } of switchSpells) {
      if (closedAt !== null) paired.push(closedAt);
      const inStep = spells.find(({ off }) => openings.some((at) => slotAt(offs, at) === off));
      const spell = inStep ?? spells.find(({ from }) => openings.some((at) => Math.abs(at - from) <= margin));
      if (spell === undefined) {
        log += falseLog(openings[0] as number);
        continue;
      }
      for (const at of openings) if (at < spell.from - margin || at > spell.to) log += falseLog(at);
      log += Math.log(policy.switchTold * (inStep === undefined ? policy.telemetryOutOfStep : 1));
      if (closedAt !== null)
        log +=
          spell.on < 0
            ? falseLog(closedAt)
            : returnLog(ons[spell.on] as Slot, closedAt, inStep !== undefined, policy);
      else if (spell.on >= 0) log += closeMissedLog(spell.to, health, policy);
    }
    for (const at of closings) {
      if (!paired.includes(at) && spells.some(({ from, to }) => at > from + IN_STEP && at < to - IN_STEP))
        log += Math.log(policy.voltageWhileDead);
    }
  }
  return log;
}
