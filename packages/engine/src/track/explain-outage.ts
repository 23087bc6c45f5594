import { ALWAYS_ON } from './histories.ts';
import { nodeLog } from './node-likelihood.ts';
import type { JudgedZone } from './outage-tracker.ts';
import { slotAt } from './slots.ts';
import type { TrackedOutage } from './tracked-outage.ts';
import type { ZoneNode } from './zone.ts';

/** What the witnesses of one node below an outage say of it. */
export interface BranchEvidence {
  /** Devices of the node, the likeliest first. */
  readonly devices: readonly number[];
  /** Meters there that gasped when it began, that said since that they have supply, and that said nothing. */
  readonly gasped: number;
  readonly on: number;
  readonly silent: number;
  readonly terminals: number;
  readonly calls: number;
  /** log of how much more probable all that is said and not said there is with the outage than with supply; below 0 it speaks against it. */
  readonly weight: number;
}

/**
 * Why an outage is shown: each node at or below its device on which witnesses hang, what they said, and the weight of it for "dead since the
 * outage began" against "never out". Strongest first, on either side. Empty for a service, whose own words are the whole reason.
 */
export function explainOutage(
  { zone, evidence }: JudgedZone,
  outage: TrackedOutage,
): readonly BranchEvidence[] {
  if (outage.target.kind === 'service') return [];
  const { slots, histories, said } = evidence;
  const off = slotAt(slots.offs, outage.startedAt);
  if (off < 0) return [];
  const dead = histories.get(histories.spell(off, -1));
  const on = histories.get(ALWAYS_ON);
  const { node: top } = outage.target;
  const branches: BranchEvidence[] = [];
  for (let node = top; node < (zone.nodes[top] as ZoneNode).end; node++) {
    const { devices, groups, meters } = zone.nodes[node] as ZoneNode;
    if (meters.length === 0) continue;
    const words = said[node];
    let gasped = 0;
    let heardOn = 0;
    let silent = 0;
    for (const [index, group] of groups.entries()) {
      const own = words?.groups[index];
      silent += own?.silent ?? group.meters.length;
      for (const { witness } of own?.heard ?? []) {
        if (witness.offs.some(({ at }) => at >= outage.startedAt - SKEW_SECONDS)) gasped++;
        else if (witness.ons.some(({ at }) => at > outage.startedAt)) heardOn++;
      }
    }
    branches.push({
      devices,
      gasped,
      on: heardOn,
      silent,
      terminals: words?.terminals.length ?? 0,
      calls: words?.calls.length ?? 0,
      weight: nodeLog(evidence, node, dead) - nodeLog(evidence, node, on),
    });
  }
  return branches.sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight));
}

/** Seconds that a gasp of this outage may be stamped before it began. */
const SKEW_SECONDS = 150;
