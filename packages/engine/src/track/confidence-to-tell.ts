import type { ZoneBeliefs } from './infer-zone.ts';
import type { ZoneEvidence } from './place-evidence.ts';
import { ramp } from './ramp.ts';
import type { Slot } from './slots.ts';
import type { ToldSpell } from './told-spells.ts';
import type { ZoneNode } from './zone.ts';

/**
 * P(a class is itself open) from which that is told, where everything below it was dead more likely than not. It falls from `sureFrom`, while
 * what was heard says nothing yet of those who are silent, to `showFrom` when half of their gasps, or after a return of supply of their
 * restores, would have come, and until then takes some witnesses where there are several branches; from then on the branch is told of in any case. Telemetry needs no silence; what nobody below spoke of has to
 * be sure.
 */
export function confidenceToTell(
  evidence: ZoneEvidence,
  beliefs: ZoneBeliefs,
  { node, off, on }: ToldSpell,
): number {
  const { slots, meters } = evidence;
  const { showFrom, sureFrom, skewMarginSeconds } = meters.policy;
  const { from } = slots.offs[off] as Slot;
  if (isToldOnPath(evidence, node, off)) return 0;
  if (on < 0 && !isSpokenOf(evidence, node, from - skewMarginSeconds)) return sureFrom;
  const share = Math.min(
    gaspedShare(evidence, off),
    on < 0 ? restoredShare(evidence, beliefs, node, off) : 1,
  );
  if (share >= 1) return 0;
  return hasWitnesses(evidence, node, off) ? sureFrom - (sureFrom - showFrom) * share : NEVER;
}

/** No probability reaches it. */
const NEVER = 2;

/** How far those who are silent of an off-slot have spoken by it, 1 and more when they have: terminals sooner than meters. */
function gaspedShare({ slots, heard, meters: { policy, offsUntil } }: ZoneEvidence, off: number): number {
  const age = (offsUntil[off] as number) - (slots.offs[off] as Slot).from;
  if (heard.meters) return ramp(age, policy.gaspLatencySeconds) / policy.settledShare;
  return heard.terminals ? age / (policy.settledShare * policy.gaspLatencySeconds[1]) : 1;
}

/** Where supply came back above a class that opened with it: share of the restores that would be here by now; else 1. */
function restoredShare(
  { zone, slots, histories, meters }: ZoneEvidence,
  { history }: ZoneBeliefs,
  node: number,
  off: number,
): number {
  const { parent } = zone.nodes[node] as ZoneNode;
  const last = histories.get(history[parent] as number).spells.at(-1);
  const from = (slots.offs[off] as Slot).from;
  if (last === undefined || last.on < 0 || from < last.from || from >= last.to) return 1;
  const { restoreLatencySeconds, settledShare } = meters.policy;
  return ramp((meters.onsUntil[last.on] as number) - last.to, restoreLatencySeconds) / settledShare;
}

/** Whether telemetry told that a class, or one on its path, opened with an off-slot. */
function isToldOnPath({ zone, slots, meters }: ZoneEvidence, node: number, off: number): boolean {
  const { nodes } = zone;
  const slot = slots.offs[off] as Slot;
  const margin = meters.policy.skewMarginSeconds;
  return slots.told.some(
    ({ node: other, switchSpells, voltageSpells }) =>
      ((other >= node && other < (nodes[node] as ZoneNode).end) ||
        (node >= other && node < (nodes[other] as ZoneNode).end)) &&
      [...switchSpells, ...voltageSpells].some(({ openings }) =>
        openings.some((at) => at >= slot.from - margin && at <= slot.to + margin),
      ),
  );
}

/** Whether so many below a class of several branches spoke of an off-slot, or half of the few that can, as chance does not bring together. */
function hasWitnesses({ zone, said, meters: { policy } }: ZoneEvidence, node: number, off: number): boolean {
  const { children, end, smartBelow } = zone.nodes[node] as ZoneNode;
  if (children.length === 0) return true;
  const least = Math.min(policy.sureWitnesses, smartBelow / 2);
  let count = 0;
  for (let at = node; at < end && count < least; at++) {
    const words = said[at];
    if (words === null || words === undefined) continue;
    const spoke = ({ offs }: (typeof words.terminals)[number]): boolean =>
      offs.some(({ slot }) => slot === off);
    count += words.terminals.filter(spoke).length;
    for (const { heard } of words.groups) count += heard.filter(({ witness }) => spoke(witness)).length;
  }
  return count >= least;
}

/** Whether a meter, terminal or caller at or below a class said since an instant that it has no supply. */
function isSpokenOf({ zone, said }: ZoneEvidence, node: number, since: number): boolean {
  for (let at = node; at < (zone.nodes[node] as ZoneNode).end; at++) {
    const words = said[at];
    if (words === null || words === undefined) continue;
    if ((words.calls.at(-1) ?? Number.NEGATIVE_INFINITY) >= since) return true;
    const isOff = ({ offs, unheard }: (typeof words.terminals)[number]): boolean =>
      offs.some((word) => word.at >= since) || unheard.some((one) => one >= since);
    if (words.terminals.some(isOff)) return true;
    if (words.groups.some(({ heard }) => heard.some(({ witness }) => isOff(witness)))) return true;
  }
  return false;
}
