import type { CellAnswers } from './cell-answers.ts';
import type { ZoneBeliefs } from './infer-zone.ts';
import type { NodeWitnesses, ZoneEvidence } from './place-evidence.ts';
import type { TrackedOutage } from './tracked-outage.ts';
import type { ZoneNode } from './zone.ts';

/** P(a large device is not what is open although it is believed to be), as long as nobody in most of its cells said a word of it. */
const SILENT_DOUBT = 0.1;

/** An outage of fewer silent cells is not large: what is believed of it counts. */
const FEWEST_SILENT = 3;

/** Seconds that a word about an outage may be stamped before it began. */
const SKEW_SECONDS = 150;

/**
 * By node: P(dead) as it is when the outages above it that rest on the silence of most of their cells are doubted a little more than the
 * evidence says. That so many cells are mute at once is an explanation which one answer from there refutes, and what is believed of it
 * hangs on how often cells are mute. Each ping to such a cell that was not answered lessens the doubt.
 */
export function doubtSilent(
  evidence: ZoneEvidence,
  beliefs: ZoneBeliefs,
  answers: CellAnswers,
  open: readonly TrackedOutage[],
): Float64Array {
  const dead = beliefs.dead.slice();
  const { nodes } = evidence.zone;
  for (const { target, startedAt, isTold } of open) {
    if (target.kind === 'service' || isTold) continue;
    const doubt = doubtOf(evidence, answers, target.node, startedAt / 1e6 - SKEW_SECONDS);
    if (doubt === 0) continue;
    const top = beliefs.dead[target.node] as number;
    for (let node = target.node; node < (nodes[target.node] as ZoneNode).end; node++) {
      const own = beliefs.dead[node] as number;
      // P(dead for a reason below | the outage is none).
      const without = top < 1 ? Math.max(0, Math.min(1, (own - top) / (1 - top))) : 0;
      dead[node] = (1 - doubt) * own + doubt * without;
    }
  }
  return dead;
}

function doubtOf(evidence: ZoneEvidence, answers: CellAnswers, top: number, since: number): number {
  const { nodes } = evidence.zone;
  let doubt = SILENT_DOUBT;
  let silent = 0;
  let heard = 0;
  for (let node = top; node < (nodes[top] as ZoneNode).end; node++) {
    const words = evidence.said[node];
    for (const index of (nodes[node] as ZoneNode).groups.keys()) {
      if (isHeard(words?.groups[index], since)) heard++;
      else {
        silent++;
        if (isAskedInVain(words?.groups[index], since)) doubt *= 1 - answers.usual;
      }
    }
  }
  return silent >= FEWEST_SILENT && silent > heard ? doubt : 0;
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
