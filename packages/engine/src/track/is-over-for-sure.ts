import type { Spell } from './histories.ts';
import type { ZoneEvidence } from './place-evidence.ts';
import { ramp } from './ramp.ts';
import type { Slot } from './slots.ts';
import type { ZoneNode } from './zone.ts';

/**
 * Whether what is held to be over at a class of devices is told to be: when the silence of those who would have said that they are back
 * has spoken, or before where `sureWitnesses` below it said so, or half of the few that can, and it is sure. The first who come back
 * may be a part that was switched over. Telemetry of its path needs no silence.
 */
export function isOverForSure(
  evidence: ZoneEvidence,
  node: number,
  { spell, over }: { readonly spell: Spell; readonly over: number },
): boolean {
  const { slots, heard, meters } = evidence;
  const { sureFrom, settledShare, restoreLatencySeconds } = meters.policy;
  const isHeard = heard.meterRestores || heard.terminalRestores;
  if (spell.on < 0 || !isHeard || isToldOnPath(evidence, node, spell.on)) return true;
  const { from } = slots.ons[spell.on] as Slot;
  const share = ramp((meters.onsUntil[spell.on] as number) - from, restoreLatencySeconds);
  return share >= settledShare || (over >= sureFrom && hasWitnesses(evidence, node, from));
}

/** Whether telemetry told within an on-slot that a class, or one on its path, closed or has voltage. */
function isToldOnPath({ zone: { nodes }, slots, meters }: ZoneEvidence, node: number, on: number): boolean {
  const slot = slots.ons[on] as Slot;
  const margin = meters.policy.skewMarginSeconds;
  const isNear = (at: number): boolean => at >= slot.from - margin && at <= slot.to + margin;
  return slots.told.some(
    ({ node: other, closedAt, voltageAt }) =>
      ((other >= node && other < (nodes[node] as ZoneNode).end) ||
        (node >= other && node < (nodes[other] as ZoneNode).end)) &&
      (closedAt.some(isNear) || voltageAt.some(isNear)),
  );
}

/** Whether enough of those below a class of several branches said that they are back. */
function hasWitnesses({ zone, said, meters: { policy } }: ZoneEvidence, node: number, from: number): boolean {
  const { children, end, smartBelow } = zone.nodes[node] as ZoneNode;
  if (children.length === 0) return true;
  const least = Math.min(policy.sureWitnesses, smartBelow / 2);
  let count = 0;
  for (let at = node; at < end && count < least; at++) {
    const words = said[at];
    if (words === null || words === undefined) continue;
    const isBack = ({ ons }: (typeof words.terminals)[number]): boolean => (ons.at(-1)?.at ?? 0) >= from;
    count += words.terminals.filter(isBack).length;
    for (const { heard } of words.groups) count += heard.filter(({ witness }) => isBack(witness)).length;
  }
  return count >= least;
}
