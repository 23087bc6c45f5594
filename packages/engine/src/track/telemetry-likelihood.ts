import type { TrackingPolicy } from '../policy-tracking.ts';
import type { History } from './histories.ts';
import type { ZoneEvidence } from './place-evidence.ts';
import type { SiteHealth } from './site-conditions.ts';
import { reachOf, type Slot, slotAt, type ToldDevice } from './slots.ts';
import { doubted, isMuted } from './source-health.ts';

/** log P(what telemetry said of the voltage at a node | history of its load side). */
export function voltageLog(
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
export function missedLog(
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
