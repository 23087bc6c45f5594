import type { CallShare, TrackingPolicy } from '../policy-tracking.ts';
import { calledShare, callsLog, ownCallsLog } from './call-likelihood.ts';
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
import type { Slot } from './slots.ts';
import { awaitedShare, heardSeconds, type SourceHealth } from './source-health.ts';
import { missedLog, voltageLog } from './telemetry-likelihood.ts';
import { silenceLogs, type Witness, witnessLogs } from './witness-likelihood.ts';
import type { CellGroup, ZoneNode } from './zone.ts';
import type { AwaitedShares } from './zone-silence.ts';

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
