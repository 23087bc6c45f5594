import type { CellAnswers } from './cell-answers.ts';
import type { ZoneBeliefs } from './infer-zone.ts';
import type { NodeWitnesses, ZoneEvidence } from './place-evidence.ts';
import type { TrackedOutage } from './tracked-outage.ts';
import type { ZoneNode } from './zone.ts';

/** What is in doubt about the supply of the nodes of a zone. */
export interface Doubt {
  /** By node: P(dead), with the outages above it that rest on silence doubted a little more than the evidence says. */
  readonly dead: Float64Array;
  /** By node: how near to 0 or 1 that is where it is settled. Nearer where an outage is shown that is not, or that is an alternative to one. */
  readonly settled: Float64Array;
}

/**
 * P(what is shown is not the device that is open, however sure the evidence seems), where nobody below it said a word; by the share of
 * silent branches less. Belief in it hangs on how often cells are mute at once, and on how rare several faults at once are.
 */
const SILENT_DOUBT = 0.1;

/** An alternative below this share of what may settle is not asked about. */
const LEAST_SHARE = 0.1;

/** A smaller share of silent branches is what dead cells and lost gasps make of any outage. */
const LEAST_SILENT = 0.25;

/** Seconds that a word about an outage may be stamped before it began. */
const SKEW_SECONDS = 150;

/**
 * What may be asked about. An outage whose branches are silent in part is doubted in proportion, as one answer from there refutes it;
 * each ping to such a cell that was not answered lessens the doubt.
 */
export function findDoubt(
  evidence: ZoneEvidence,
  beliefs: ZoneBeliefs,
  answers: CellAnswers,
  open: readonly TrackedOutage[],
): Doubt {
  const { nodes } = evidence.zone;
  const certain = 1 - evidence.meters.policy.pingUntil;
  const dead = beliefs.dead.slice();
  const settled = new Float64Array(nodes.length).fill(certain);
  for (const { target, startedAt, isTold, confidence, alternatives } of open) {
    if (target.kind === 'service') continue;
    const doubt = isTold ? 0 : silentDoubt(evidence, answers, target.node, startedAt / 1e6 - SKEW_SECONDS);
    const top = beliefs.dead[target.node] as number;
    if (doubt > 0) {
      for (let node = target.node; node < (nodes[target.node] as ZoneNode).end; node++) {
        const own = beliefs.dead[node] as number;
        // P(dead for a reason below | the outage is none).
        const without = top < 1 ? Math.max(0, Math.min(1, (own - top) / (1 - top))) : 0;
        dead[node] = (1 - doubt) * own + doubt * without;
      }
    }
    if (confidence * (1 - doubt) >= 1 - certain) continue;
    for (const { target: other, probability } of alternatives) {
      if (other.kind === 'device' && probability >= LEAST_SHARE * certain)
        settled.fill(LEAST_SHARE * certain, other.node, (nodes[other.node] as ZoneNode).end);
    }
  }
  return { dead, settled };
}

/** By how much a device's outage is to be doubted since some of its branches, or most of its cells, said nothing of it. */
function silentDoubt(evidence: ZoneEvidence, answers: CellAnswers, top: number, since: number): number {
  const { nodes } = evidence.zone;
  const all = { heard: 0, silent: 0 };
  const branches = { heard: 0, silent: 0 };
  let doubt = SILENT_DOUBT;
  const count = (node: number): number => {
    const words = evidence.said[node];
    let heard = 0;
    for (const index of (nodes[node] as ZoneNode).groups.keys()) {
      const group = words?.groups[index];
      if (isHeard(group, since)) heard++;
      else {
        all.silent++;
        if (isAskedInVain(group, since)) doubt *= 1 - answers.usual;
      }
    }
    all.heard += heard;
    return heard;
  };
  const own = count(top);
  branches.heard += own;
  branches.silent += (nodes[top] as ZoneNode).groups.length - own;
  for (const child of (nodes[top] as ZoneNode).children) {
    const { end, smartBelow } = nodes[child] as ZoneNode;
    if (smartBelow === 0) continue;
    let heard = 0;
    for (let node = child; node < end; node++) heard += count(node);
    if (heard > 0) branches.heard++;
    else branches.silent++;
  }
  return doubt * Math.max(silentShare(all), silentShare(branches));
}

function silentShare({ heard, silent }: { readonly heard: number; readonly silent: number }): number {
  const share = silent === 0 ? 0 : silent / (heard + silent);
  return share < LEAST_SILENT ? 0 : share;
}

type Group = NodeWitnesses['groups'][number];

function isHeard(group: Group | undefined, since: number): boolean {
  return (
    group?.heard.some(
      ({ witness: { offs, ons } }) => offs.some(({ at }) => at >= since) || ons.some(({ at }) => at >= since),
    ) === true
  );
}

function isAskedInVain(group: Group | undefined, since: number): boolean {
  return group?.heard.some(({ witness: { unheard } }) => unheard.some((at) => at >= since)) === true;
}
