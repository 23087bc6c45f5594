import type { TrackingPolicy } from '../policy-tracking.ts';
import { CellAnswers } from './cell-answers.ts';
import { regimesFor } from './delivery-regimes.ts';
import { type Doubt, findDoubt } from './find-doubt.ts';
import type { SpellBelief } from './infer-zone.ts';
import type { JudgedZone } from './outage-tracker.ts';
import type { NodeWitnesses } from './place-evidence.ts';
import type { Slot } from './slots.ts';
import type { ZoneNode } from './zone.ts';

/** A meter worth asking, with what its answer is expected to tell. */
export interface PingChoice {
  /** The second in which what is asked about began: all that happened together is one incident. */
  readonly incident: number;
  /** Position of the meter. */
  readonly meter: number;
  /** Expected information about which device is open, in nats. */
  readonly gain: number;
  /** P(it is without supply), 0 to 1. */
  readonly dead: number;
}

/** A gain below this is not worth a message: a cell that is known to be mute, or supply that is hardly in doubt. */
const LEAST_GAIN = 0.02;

/** A fault of one meter's own service that is less likely is not asked about: most silence would be of an answer that was lost. */
const LEAST_SERVICE = 0.1;

/** A reason below this has no begin of its own to speak of. */
const LEAST_REASON = 0.005;

/**
 * The meters whose answers tell most of which device is open, the best first: of those of one cell at one node the best only, and none
 * where one was asked, unless the cell is known to work. Whether a meter has supply follows from which of the alternatives above it is open,
 * so that what an answer tells of the first is all that it tells of the second. Where supply is settled (`findDoubt`), nothing is asked.
 */
export function choosePings(
  { zone, evidence, beliefs, outages, regimes }: JudgedZone,
  policy: TrackingPolicy,
  isAsked: (meter: number) => boolean,
): readonly PingChoice[] {
  const { nodes } = zone;
  const answers = new CellAnswers(evidence, beliefs, regimesFor(regimes, evidence.heard));
  const doubt = findDoubt(evidence, beliefs, answers, outages.open);
  const incident = new Float64Array(nodes.length).fill(-1);
  const choices: PingChoice[] = [];
  for (let node = 1; node < nodes.length; node++) {
    const { parent, groups } = nodes[node] as ZoneNode;
    const above = incident[parent] as number;
    const dead = doubt.dead[node] as number;
    const settled = doubt.settled[node] as number;
    const words = evidence.said[node];
    const services = (words?.groups ?? []).flatMap(({ heard }) => heard.map(({ meter }) => outOf(meter)));
    incident[node] =
      dead > settled || services.some((out) => out > LEAST_SERVICE) ? startOf(node, above) : above;
    const about = incident[node] as number;
    if (about < 0) continue;
    for (const [index, { meters }] of groups.entries()) {
      const open = candidatesOf(node, meters, words?.groups[index]?.heard ?? [], doubt);
      if (open.length === 0) continue;
      const answered = answers.of(node, index);
      let best: PingChoice | null = null;
      for (const { meter, dead: lost } of open) {
        const gain = gainOf(lost, answered, policy.pingAnsweredOff);
        if (gain >= LEAST_GAIN && gain > (best?.gain ?? 0))
          best = {
            incident: about,
            meter,
            gain,
            dead: Math.min(1, (beliefs.dead[node] as number) + outOf(meter)),
          };
      }
      if (best !== null) choices.push(best);
    }
  }
  return choices.sort((a, b) => b.gain - a.gain || a.meter - b.meter);

  /** The meters of one cell at a node whose supply is in doubt, with P(dead): one that said nothing, and those that did. */
  function candidatesOf(
    node: number,
    meters: readonly number[],
    heard: NodeWitnesses['groups'][number]['heard'],
    doubt: Doubt,
  ): readonly { readonly meter: number; readonly dead: number }[] {
    const dead = doubt.dead[node] as number;
    const settled = doubt.settled[node] as number;
    // One meter of a cell, unless it is known to work: a second one that does not answer either tells of the cell.
    const isWorking = heard.some(({ witness }) => witness.offs.length + witness.ons.length > 0);
    if (!isWorking && meters.some(isAsked)) return [];
    const said = new Set(heard.map(({ meter }) => meter));
    const silent = meters.find((meter) => !said.has(meter) && !isAsked(meter));
    const found = silent === undefined ? [] : [{ meter: silent, dead }];
    for (const { meter } of heard) {
      const own = outOf(meter);
      if (!isAsked(meter) && (own < settled || dead + own > LEAST_SERVICE))
        found.push({ meter, dead: Math.min(1, dead + own) });
    }
    return found.filter((one) => one.dead > settled && one.dead < 1 - settled);
  }

  /** When the likeliest reason at a node began; what is known above where there is none. */
  function startOf(node: number, above: number): number {
    let best: SpellBelief | null = null;
    const consider = (spells: readonly SpellBelief[]): void => {
      for (const spell of spells) {
        if (spell.on < 0 && spell.probability > (best?.probability ?? LEAST_REASON)) best = spell;
      }
    };
    consider(beliefs.spells[node] ?? []);
    if (best === null) {
      for (const { heard } of evidence.said[node]?.groups ?? []) {
        for (const { meter } of heard) consider(beliefs.services.get(meter) ?? []);
      }
    }
    const found = best as SpellBelief | null;
    return found === null ? above : Math.round((evidence.slots.offs[found.off] as Slot).from);
  }

  /** P(the own service of a meter is out). */
  function outOf(meter: number): number {
    let sum = 0;
    for (const { on, probability } of beliefs.services.get(meter) ?? []) if (on < 0) sum += probability;
    return sum;
  }
}

/** Mutual information in nats between the answer of a meter and whether it is dead, given how often it answers with supply and without. */
function gainOf(dead: number, answeredOn: number, answeredOff: number): number {
  const answered = (1 - dead) * answeredOn + dead * answeredOff;
  return entropy(answered) - (1 - dead) * entropy(answeredOn) - dead * entropy(answeredOff);
}

function entropy(probability: number): number {
  const rest = 1 - probability;
  return (
    (probability > 0 ? -probability * Math.log(probability) : 0) + (rest > 0 ? -rest * Math.log(rest) : 0)
  );
}
