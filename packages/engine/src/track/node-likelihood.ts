import type { CallShare, DeliveryState, TrackingPolicy } from '../policy-tracking.ts';
import type { EvidenceBook, WitnessWords } from './evidence-book.ts';
import { ALWAYS_ON, type Histories, type History } from './histories.ts';
import { isChattering, type Slot, slotAt, type ToldDevice, type ZoneSlots } from './slots.ts';
import {
  ramp,
  silenceLog,
  toWitness,
  type Witness,
  type WitnessContext,
  witnessLog,
} from './witness-likelihood.ts';
import type { Zone, ZoneNode } from './zone.ts';
import { type HeardSources, mixtureLog } from './zone-silence.ts';

/** What was said at one node, made ready to be asked for its likelihood under many histories. */
export interface NodeWitnesses {
  readonly groups: readonly {
    readonly heard: readonly { meter: number; witness: Witness }[];
    readonly silent: number;
    readonly isOneStamp: boolean;
  }[];
  readonly terminals: readonly Witness[];
  readonly silentTerminals: number;
  /** When customers called, ascending. */
  readonly calls: readonly number[];
  readonly told: readonly ToldDevice[];
}

/** Everything that the likelihoods of a zone are computed from. */
export interface ZoneEvidence {
  readonly zone: Zone;
  readonly slots: ZoneSlots;
  readonly histories: Histories;
  readonly meters: WitnessContext;
  readonly terminals: WitnessContext;
  readonly heard: HeardSources;
  readonly callShares: readonly CallShare[];
  /** By node; null where nobody said anything. */
  readonly said: readonly (NodeWitnesses | null)[];
}

/** Puts a zone's evidence at its nodes. */
export function placeEvidence(
  zone: Zone,
  book: EvidenceBook,
  slots: ZoneSlots,
  histories: Histories,
  heard: HeardSources,
  policy: TrackingPolicy,
  now: number,
  outElsewhere: (slot: Slot) => number,
): ZoneEvidence {
  const falseGasp = new Float64Array(slots.offs.length).fill(policy.falseGasp);
  const falseTerminal = new Float64Array(slots.offs.length).fill(policy.falseTerminalGasp);
  const misplaced = Float64Array.from(slots.offs, (slot) => policy.misplacedShare * outElsewhere(slot));
  const touched = new Set<number>();
  for (const [meter, words] of book.meters) {
    if (!isMute(words, policy)) touched.add(zone.nodeOfMeter[meter - zone.from] as number);
  }
  for (const [terminal, words] of book.terminals) {
    if (!isMute(words, policy)) touched.add(zone.nodeOfTerminal.get(terminal) as number);
  }
  const toldAt = new Map<number, ToldDevice[]>();
  for (const told of slots.told) {
    touched.add(told.node);
    toldAt.set(told.node, [...(toldAt.get(told.node) ?? []), told]);
  }
  const said: (NodeWitnesses | null)[] = zone.nodes.map(() => null);
  for (const node of touched) {
    said[node] = witnessesOf(zone.nodes[node] as ZoneNode, book, slots, policy, toldAt.get(node) ?? []);
  }
  const context = { policy, slots, now, misplaced };
  const delivery = policy.deliveryRegimes[0]?.meterDelivery ?? [];
  return {
    zone,
    slots,
    histories,
    heard,
    callShares: policy.callShares,
    meters: { ...context, falseGasp, delivery, isTerminals: false },
    terminals: { ...context, falseGasp: falseTerminal, delivery: policy.terminalDelivery, isTerminals: true },
    said,
  };
}

/** The same evidence, seen with other qualities of delivery of the meters' cells and other shares of callers. */
export function inRegime(
  evidence: ZoneEvidence,
  delivery: readonly DeliveryState[],
  callShares: readonly CallShare[],
): ZoneEvidence {
  return { ...evidence, callShares, meters: { ...evidence.meters, delivery } };
}

function isMute(words: WitnessWords, policy: TrackingPolicy): boolean {
  return isChattering(words, policy);
}

function witnessesOf(
  node: ZoneNode,
  book: EvidenceBook,
  slots: ZoneSlots,
  policy: TrackingPolicy,
  told: readonly ToldDevice[],
): NodeWitnesses {
  const calls: number[] = [];
  const groups = node.groups.map(({ meters }) => {
    const heard: { meter: number; witness: Witness }[] = [];
    let mute = 0;
    for (const meter of meters) {
      const words = book.meters.get(meter);
      if (words === undefined) continue;
      if (isMute(words, policy)) {
        mute++;
        continue;
      }
      if (words.offs.length + words.ons.length + words.unheard.length > 0)
        heard.push({ meter, witness: toWitness(words, slots, false) });
    }
    const stamps = heard.map(({ witness }) => witness.offs[0]?.at ?? -1);
    const isOneStamp = stamps.length >= 3 && stamps.every((at) => at === stamps[0] && at > 0);
    return { heard, silent: meters.length - heard.length - mute, isOneStamp };
  });
  for (const meter of node.meters) calls.push(...(book.meters.get(meter)?.calls ?? []));
  const terminals: Witness[] = [];
  let muteTerminals = 0;
  for (const terminal of node.terminals) {
    const words = book.terminals.get(terminal);
    if (words === undefined) continue;
    if (isMute(words, policy)) muteTerminals++;
    else terminals.push(toWitness(words, slots, true));
  }
  return {
    groups,
    terminals,
    silentTerminals: node.terminals.length - terminals.length - muteTerminals,
    calls: calls.sort((a, b) => a - b),
    told,
  };
}

/** log P(everything said by those who hang on the node itself | history of its load side). */
export function nodeLog(evidence: ZoneEvidence, node: number, history: History): number {
  const { zone, said, heard, meters: context, terminals: terminalContext } = evidence;
  const { groups, terminals, customers, from, to } = zone.nodes[node] as ZoneNode;
  const words = said[node];
  const policy = context.policy;
  let log = 0;
  if (heard.meters) {
    for (const [index, { meters }] of groups.entries()) {
      const group = words?.groups[index];
      if (group === undefined && history.id === ALWAYS_ON) continue;
      const silent = group?.silent ?? meters.length;
      const withService = to - from > 1;
      let own = mixtureLog(context.delivery, ({ gasp, restore }) => {
        let sum = silent === 0 ? 0 : silent * silenceLog(history, gasp, restore, context);
        for (const { witness } of group?.heard ?? []) {
          sum += withService
            ? serviceLog(evidence, witness, history, gasp, restore)
            : witnessLog(witness, history, gasp, restore, context);
        }
        return sum;
      });
      if (group?.isOneStamp === true) own = withConcentrator(own, history, policy);
      log += own;
    }
  }
  if (heard.terminals && terminals.length > 0) {
    const silent = words?.silentTerminals ?? terminals.length;
    if (silent > 0 && history.id !== ALWAYS_ON)
      log +=
        silent *
        mixtureLog(terminalContext.delivery, ({ gasp, restore }) =>
          silenceLog(history, gasp, restore, terminalContext),
        );
    for (const witness of words?.terminals ?? [])
      log += mixtureLog(terminalContext.delivery, ({ gasp, restore }) =>
        witnessLog(witness, history, gasp, restore, terminalContext),
      );
  }
  if (heard.calls) log += callsLog(customers, words?.calls ?? [], history, evidence.callShares, context);
  if (words !== null && words !== undefined) log += voltageLog(words.told, history, policy);
  return log;
}

/** All gasps of the cell carry one stamp: either its concentrator lost its own supply, or it stamps for its meters. */
function withConcentrator(log: number, history: History, policy: TrackingPolicy): number {
  if (history.id !== ALWAYS_ON) return log + Math.log(policy.sameStampOutage);
  const failed = Math.log(policy.concentratorFailure);
  return Math.max(log, failed) + Math.log1p(Math.exp(-Math.abs(log - failed)));
}

/** A meter's words with its own service as one more reason for them. */
function serviceLog(
  evidence: ZoneEvidence,
  witness: Witness,
  history: History,
  gasp: number,
  restore: number,
): number {
  const { histories, meters: context } = evidence;
  const prior = context.policy.openPriors.service;
  const own = witnessLog(witness, history, gasp, restore, context);
  if (witness.spells.length === 0 || history.isDeadNow) return own;
  let most = own;
  const logs = [own];
  for (const { off, on } of witness.spells) {
    const joined = histories.join(history.id, histories.spell(off, on));
    if (joined === history.id) continue;
    const log = Math.log(prior) + witnessLog(witness, histories.get(joined), gasp, restore, context);
    logs.push(log);
    if (log > most) most = log;
  }
  if (most === Number.NEGATIVE_INFINITY) return most;
  let sum = 0;
  for (const log of logs) sum += Math.exp(log - most);
  return most + Math.log(sum);
}

/** For each own spell of a meter: P(its service is out for it | history of its supply, what it said). */
export function serviceBeliefs(
  evidence: ZoneEvidence,
  witness: Witness,
  history: History,
): readonly { readonly off: number; readonly on: number; readonly probability: number }[] {
  const { histories, meters: context } = evidence;
  const prior = context.policy.openPriors.service;
  const [gasp, restore] = [0.8, 0.95];
  const own = witnessLog(witness, history, gasp, restore, context);
  const logs = witness.spells.map(({ off, on }) => {
    const joined = histories.join(history.id, histories.spell(off, on));
    return joined === history.id
      ? Number.NEGATIVE_INFINITY
      : Math.log(prior) + witnessLog(witness, histories.get(joined), gasp, restore, context);
  });
  const most = Math.max(own, ...logs);
  const sum = Math.exp(own - most) + logs.reduce((total, log) => total + Math.exp(log - most), 0);
  return witness.spells.map(({ off, on }, i) => ({
    off,
    on,
    probability: Math.exp((logs[i] as number) - most) / sum,
  }));
}

/** Seconds after the return of supply in which callers still tell of the outage. */
const CALL_GRACE = 180;

function callsLog(
  customers: number,
  calls: readonly number[],
  history: History,
  callShares: readonly CallShare[],
  { policy, now }: WitnessContext,
): number {
  const stray = Math.log(policy.strayCall);
  if (history.spells.length === 0) return calls.length * stray;
  const inSpell = calls.filter((at) =>
    history.spells.some(({ from, to }) => at >= from - 5 && at <= to + CALL_GRACE),
  ).length;
  const silent = Math.max(0, customers - calls.length);
  return (
    (calls.length - inSpell) * stray +
    mixtureLog(callShares, ({ share }) => {
      let log = inSpell * Math.log(share);
      for (const { from, to } of history.spells)
        log += silent * Math.log1p(-share * calledShare(Math.min(now, to) - from, policy));
      return log;
    })
  );
}

/** Share of those who call in the end that have called after so many seconds. */
export function calledShare(seconds: number, policy: TrackingPolicy): number {
  return seconds <= 0 ? 0 : 1 - Math.exp(-seconds / (60 * policy.callMeanMinutes));
}

/** Share of gasps that should be there after so many seconds. */
export function gaspedShare(seconds: number, policy: TrackingPolicy): number {
  return ramp(seconds, policy.gaspLatencySeconds);
}

function voltageLog(told: readonly ToldDevice[], history: History, policy: TrackingPolicy): number {
  let log = 0;
  for (const { voltageSpells } of told) {
    for (const { openings, closedAt } of voltageSpells) {
      const first = openings[0] as number;
      const own = history.spells.find(({ from, to }) => openings.some((at) => at >= from - 10 && at <= to));
      log += Math.log(own === undefined ? policy.voltageFalse : policy.switchTold);
      if (own === undefined || first < 0) continue;
      if (closedAt !== null)
        log += Math.log(Math.abs(own.to - closedAt) <= 30 ? policy.switchTold : policy.voltageFalse);
      else if (own.to < Number.POSITIVE_INFINITY) log += Math.log(policy.switchCloseMissed);
    }
  }
  return log;
}

/** log P(what telemetry said of the device's position | its own spell; -1 and -1 for closed all the time). */
export function switchLog(evidence: ZoneEvidence, node: number, off: number, on: number): number {
  const words = evidence.said[node];
  if (words === null || words === undefined) return 0;
  const { policy } = evidence.meters;
  const { offs, ons } = evidence.slots;
  let log = 0;
  for (const { switchSpells } of words.told) {
    for (const { openings, closedAt } of switchSpells) {
      const isOwn = off >= 0 && openings.some((at) => slotAt(offs, at) === off);
      log += Math.log(isOwn ? policy.switchTold : policy.switchFalse);
      if (!isOwn) continue;
      if (closedAt !== null)
        log += Math.log(on >= 0 && slotAt(ons, closedAt) === on ? policy.switchTold : policy.switchFalse);
      else if (on >= 0) log += Math.log(policy.switchCloseMissed);
    }
  }
  return log;
}
