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

/** A meter that may be asked, with P(it is without supply) as far as that is in doubt. */
interface Candidate {
  readonly meter: number;
  readonly dead: number;
}

/** The meters of one cell at a node that may be asked. */
interface CandidateGroup {
  readonly incident: number;
  readonly node: number;
  readonly index: number;
  readonly open: readonly Candidate[];
  /** No answer of any of them tells more, in nats. */
  readonly most: number;
}

/**
 * The meters whose answers tell most of which device is open: of those of one cell at one node the best only, and none where one was
 * asked, unless the cell is known to work. Whether a meter has supply follows from which of the alternatives above it is open,
 * so that what an answer tells of the first is all that it tells of the second. Where supply is settled (`findDoubt`), nothing is asked.
 */
export class PingFinder {
  readonly #judged: JudgedZone;
  readonly #policy: TrackingPolicy;
  readonly #isAsked: (meter: number) => boolean;
  readonly #answers: CellAnswers;
  readonly #groups: readonly CandidateGroup[];
  /** The best of a group, once it was looked for. */
  readonly #best = new Map<CandidateGroup, PingChoice | null>();

  constructor(judged: JudgedZone, policy: TrackingPolicy, isAsked: (meter: number) => boolean) {
    const { evidence, beliefs, regimes, outages } = judged;
    this.#judged = judged;
    this.#policy = policy;
    this.#isAsked = isAsked;
    this.#answers = new CellAnswers(evidence, beliefs, regimesFor(regimes, evidence.heard));
    this.#groups = this.#findGroups(findDoubt(evidence, beliefs, this.#answers, outages.open));
  }

  /** All of them, the best first. */
  all(): readonly PingChoice[] {
    return this.#groups.flatMap((group) => this.#bestOf(group) ?? []).sort(byGain);
  }

  /** The best `count` of those that `isAbout` holds for, the best first. */
  best(count: number, isAbout: (meter: number) => boolean): readonly PingChoice[] {
    const own = this.#groups.filter(({ open }) => open.some(({ meter }) => isAbout(meter)));
    const found: PingChoice[] = [];
    for (const group of own.sort((a, b) => b.most - a.most)) {
      if (found.length === count && group.most < (found.at(-1)?.gain ?? 0)) break;
      const choice = this.#bestOf(group);
      if (choice === null || !isAbout(choice.meter)) continue;
      found.push(choice);
      found.sort(byGain);
      found.splice(count);
    }
    return found;
  }

  #findGroups(doubt: Doubt): readonly CandidateGroup[] {
    const { evidence, zone, beliefs } = this.#judged;
    const { nodes } = zone;
    const withServices = new Set<number>();
    for (const meter of beliefs.services.keys())
      withServices.add(zone.nodeOfMeter[meter - zone.from] as number);
    const incident = new Float64Array(nodes.length).fill(-1);
    const found: CandidateGroup[] = [];
    for (let node = 1; node < nodes.length; node++) {
      const { parent, groups } = nodes[node] as ZoneNode;
      const above = incident[parent] as number;
      const dead = doubt.dead[node] as number;
      const settled = doubt.settled[node] as number;
      const words = evidence.said[node];
      const hasServices = withServices.has(node);
      const isReason =
        dead > settled ||
        (hasServices &&
          (words?.groups ?? []).some(({ heard }) =>
            heard.some(({ meter }) => this.#outOf(meter) > LEAST_SERVICE),
          ));
      const about = isReason ? this.#startOf(node, above, hasServices) : above;
      incident[node] = about;
      const isSettled = dead <= settled || dead >= 1 - settled;
      if (about < 0 || (isSettled && !hasServices)) continue;
      for (const [index, { meters }] of groups.entries()) {
        const heard = words?.groups[index]?.heard ?? [];
        const open = this.#candidatesOf(meters, heard, dead, settled, hasServices);
        const most = open.reduce((bound, one) => Math.max(bound, mostGain(one.dead, this.#policy)), 0);
        if (most >= LEAST_GAIN) found.push({ incident: about, node, index, open, most });
      }
    }
    return found;
  }

  #bestOf(group: CandidateGroup): PingChoice | null {
    const known = this.#best.get(group);
    if (known !== undefined) return known;
    const { incident, node, index, open } = group;
    const answered = this.#answers.of(node, index);
    let best: PingChoice | null = null;
    for (const { meter, dead: lost } of open) {
      const gain = gainOf(lost, answered, this.#policy.pingAnsweredOff);
      if (gain < LEAST_GAIN || gain <= (best?.gain ?? 0)) continue;
      const dead = Math.min(1, (this.#judged.beliefs.dead[node] as number) + this.#outOf(meter));
      best = { incident, meter, gain, dead };
    }
    this.#best.set(group, best);
    return best;
  }

  /** The meters of one cell at a node whose supply is in doubt, with P(dead): one that said nothing, and those that did. */
  #candidatesOf(
    meters: readonly number[],
    heard: NodeWitnesses['groups'][number]['heard'],
    dead: number,
    settled: number,
    hasServices: boolean,
  ): readonly Candidate[] {
    // One meter of a cell, unless it is known to work: a second one that does not answer either tells of the cell.
    const isWorking = heard.some(({ witness }) => witness.offs.length + witness.ons.length > 0);
    if (!isWorking && meters.some(this.#isAsked)) return [];
    const said = new Set(heard.map(({ meter }) => meter));
    const silent = meters.find((meter) => !said.has(meter) && !this.#isAsked(meter));
    const found = silent === undefined ? [] : [{ meter: silent, dead }];
    // Where no service is out, all answers tell the same.
    if (!hasServices && silent !== undefined) return found;
    for (const { meter } of heard) {
      const own = this.#outOf(meter);
      if (!this.#isAsked(meter) && (own < settled || dead + own > LEAST_SERVICE))
        found.push({ meter, dead: Math.min(1, dead + own) });
    }
    return found.filter((one) => one.dead > settled && one.dead < 1 - settled);
  }

  /** When the likeliest reason at a node began; what is known above where there is none. */
  #startOf(node: number, above: number, hasServices: boolean): number {
    const { beliefs, evidence } = this.#judged;
    let best: SpellBelief | null = null;
    const consider = (spells: readonly SpellBelief[]): void => {
      for (const spell of spells) {
        if (spell.on < 0 && spell.probability > (best?.probability ?? LEAST_REASON)) best = spell;
      }
    };
    consider(beliefs.spells[node] ?? []);
    if (best === null && hasServices) {
      for (const { heard } of evidence.said[node]?.groups ?? []) {
        for (const { meter } of heard) consider(beliefs.services.get(meter) ?? []);
      }
    }
    const found = best as SpellBelief | null;
    return found === null ? above : Math.round((evidence.slots.offs[found.off] as Slot).from);
  }

  /** P(the own service of a meter is out). */
  #outOf(meter: number): number {
    let sum = 0;
    for (const { on, probability } of this.#judged.beliefs.services.get(meter) ?? [])
      if (on < 0) sum += probability;
    return sum;
  }
}

function byGain(a: PingChoice, b: PingChoice): number {
  return b.gain - a.gain || a.meter - b.meter;
}

/** The most that an answer may tell however likely the meter's cell answers: the more that differs from an answer without supply, the more. */
function mostGain(dead: number, { pingAnsweredOn, pingAnsweredOff }: TrackingPolicy): number {
  const most = Math.max(gainOf(dead, pingAnsweredOn, pingAnsweredOff), gainOf(dead, 0, pingAnsweredOff));
  return most + ROUNDING;
}

/** What rounding may make of a gain. */
const ROUNDING = 1e-9;

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
