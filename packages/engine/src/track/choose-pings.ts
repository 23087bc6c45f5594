import type { TrackingPolicy } from '../policy-tracking.ts';
import type { SpellBelief } from './infer-zone.ts';
import type { JudgedZone } from './outage-tracker.ts';
import type { Slot } from './slots.ts';
import type { ZoneNode } from './zone.ts';

/** A meter worth asking, with what its answer is expected to tell. */
export interface PingChoice {
  /** The second in which what is asked about began: all that happened together is one incident. */
  readonly incident: number;
  /** Position of the meter. */
  readonly meter: number;
  /** Expected information about what is out, in nats. */
  readonly gain: number;
}

/** P(a cell answers that has said nothing in this incident): it may be dead. */
const SILENT_CELL = 0.6;

/** A gain below this is not worth a message. */
const LEAST_GAIN = 0.1;

/**
 * For each incident in doubt the meter whose answer tells most: where P(dead) is least certain and the cell is known to work. One
 * meter of each cell; what was asked before is left out. Zones whose silence is not settled yet have none.
 */
export function choosePings(
  { zone, evidence, beliefs }: JudgedZone,
  policy: TrackingPolicy,
  isAsked: (meter: number) => boolean,
): readonly PingChoice[] {
  const { nodes } = zone;
  const best = new Map<number, PingChoice>();
  const incident = new Float64Array(nodes.length).fill(-1);
  const certain = 1 - policy.pingUntil;
  for (let node = 1; node < nodes.length; node++) {
    const { parent, groups } = nodes[node] as ZoneNode;
    const own = incident[parent] as number;
    const dead = beliefs.dead[node] as number;
    const isAffected = dead > certain || hasDoubtfulService(node);
    incident[node] = isAffected ? startOf(node, own) : own;
    const about = incident[node] as number;
    if (about < 0) continue;
    const words = evidence.said[node];
    for (const [index, { meters }] of groups.entries()) {
      if (meters.some(isAsked)) continue;
      const heard = words?.groups[index]?.heard ?? [];
      const works = heard.length > 0 ? policy.pingAnsweredOn : policy.pingAnsweredOn * SILENT_CELL;
      const said = new Set(heard.map(({ meter }) => meter));
      const silent = meters.find((meter) => !said.has(meter));
      if (silent !== undefined) offer(about, silent, gainOf(dead, works, policy));
      for (const { meter } of heard)
        offer(about, meter, gainOf(Math.min(1, dead + serviceOut(meter)), works, policy));
    }
  }
  return [...best.values()].filter(({ gain }) => gain >= LEAST_GAIN).sort((a, b) => b.gain - a.gain);

  /** When the likeliest reason at a node began; what is known above where there is none. */
  function startOf(node: number, above: number): number {
    let best: SpellBelief | null = null;
    const consider = (spells: readonly SpellBelief[]): void => {
      for (const spell of spells) {
        if (spell.on < 0 && spell.probability > (best?.probability ?? certain)) best = spell;
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

  function offer(about: number, meter: number, gain: number): void {
    if (gain > (best.get(about)?.gain ?? 0)) best.set(about, { incident: about, meter, gain });
  }

  function serviceOut(meter: number): number {
    let sum = 0;
    for (const { on, probability } of beliefs.services.get(meter) ?? []) if (on < 0) sum += probability;
    return sum;
  }

  function hasDoubtfulService(node: number): boolean {
    for (const { heard } of evidence.said[node]?.groups ?? []) {
      for (const { meter } of heard) {
        const out = serviceOut(meter);
        if (out > certain && out < policy.pingUntil) return true;
      }
    }
    return false;
  }
}

/** Mutual information between a ping's answer and whether its meter is dead. */
function gainOf(dead: number, answersOn: number, policy: TrackingPolicy): number {
  const answered = (1 - dead) * answersOn + dead * policy.pingAnsweredOff;
  return entropy(answered) - (1 - dead) * entropy(answersOn) - dead * entropy(policy.pingAnsweredOff);
}

function entropy(probability: number): number {
  const rest = 1 - probability;
  return (
    (probability > 0 ? -probability * Math.log(probability) : 0) + (rest > 0 ? -rest * Math.log(rest) : 0)
  );
}
