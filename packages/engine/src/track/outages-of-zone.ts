import type { Network } from '../network.ts';
import type { TrackingPolicy } from '../policy-tracking.ts';
import type { SpellBelief, ZoneBeliefs } from './infer-zone.ts';
import type { Slot, ZoneSlots } from './slots.ts';
import type { RankedExplanation, TrackedOutage, TrackedTarget } from './tracked-outage.ts';
import type { Zone, ZoneNode } from './zone.ts';

/** Explanations below this are left out. */
const LEAST = 0.001;

/** The outages of a zone that follow from its beliefs, open and ended. */
export interface ZoneOutages {
  readonly open: readonly TrackedOutage[];
  readonly ended: readonly TrackedOutage[];
  /** Everything that may interrupt now, with its probability. */
  readonly posterior: readonly RankedExplanation[];
}

/**
 * The outages that are shown: for each branch that is dead more likely than not the likeliest reason. A customer lies in at most one
 * of them, since of two reasons on one path the upper is shown.
 */
export function outagesOfZone(
  zone: Zone,
  network: Network,
  beliefs: ZoneBeliefs,
  slots: ZoneSlots,
  policy: TrackingPolicy,
): ZoneOutages {
  const { nodes } = zone;
  const chosen = new Set<number>();
  // Preorder: what is above a node was looked at before it.
  for (let node = 1; node < nodes.length; node++) {
    const { parent } = nodes[node] as ZoneNode;
    const isTopmost =
      (beliefs.dead[node] as number) >= policy.showFrom && (beliefs.dead[parent] as number) < policy.showFrom;
    if (isTopmost) chosen.add(likeliestAbove(nodes, beliefs, node));
  }
  const shown = [...chosen].filter((node) => {
    for (let above = nodes[node]?.parent ?? -1; above > 0; above = nodes[above]?.parent ?? -1)
      if (chosen.has(above)) return false;
    return true;
  });
  const isCovered = (meter: number): boolean =>
    shown.some((node) => meter >= (nodes[node] as ZoneNode).from && meter < (nodes[node] as ZoneNode).to);

  const open = shown.map((node) => deviceOutage(zone, beliefs, slots, node));
  const ended: TrackedOutage[] = [];
  const posterior: RankedExplanation[] = [];
  for (let node = 1; node < nodes.length; node++) {
    const probability = beliefs.interrupting[node] as number;
    if (probability >= LEAST) posterior.push({ target: targetOf(nodes, node), probability });
    for (const spell of beliefs.spells[node] ?? []) {
      if (spell.on >= 0 && spell.probability >= policy.showFrom)
        ended.push(endedOutage(zone, slots, node, spell));
    }
  }
  for (const [meter, spells] of beliefs.services) {
    const target: TrackedTarget = { kind: 'service', meter };
    const customers = network.customers[meter] as number;
    const lasting = spells.filter(({ on }) => on < 0);
    const probability = lasting.reduce((sum, spell) => sum + spell.probability, 0);
    if (probability >= LEAST) posterior.push({ target, probability });
    const startedAt = (spell: SpellBelief): number => (slots.offs[spell.off] as Slot).from;
    const outage = (confidence: number, from: number, endedAt: number | null): TrackedOutage => ({
      target,
      confidence,
      customersOut: customers,
      customersInterval: [confidence >= 0.9 ? customers : 0, customers],
      startedAt: from,
      endedAt,
      alternatives: [{ target, probability: confidence }],
      from: meter,
      to: meter + 1,
    });
    const best = likeliest(lasting);
    if (best !== null && probability >= policy.showFrom && !isCovered(meter))
      open.push(outage(probability, startedAt(best), null));
    for (const spell of spells) {
      if (spell.on >= 0 && spell.probability >= policy.showFrom)
        ended.push(outage(spell.probability, startedAt(spell), (slots.ons[spell.on] as Slot).from));
    }
  }
  return { open, ended, posterior };
}

function targetOf(nodes: readonly ZoneNode[], node: number): TrackedTarget {
  return { kind: 'device', node, devices: (nodes[node] as ZoneNode).devices };
}

function likeliest(spells: readonly SpellBelief[]): SpellBelief | null {
  let best: SpellBelief | null = null;
  for (const spell of spells) if (best === null || spell.probability > best.probability) best = spell;
  return best;
}

function likeliestAbove(nodes: readonly ZoneNode[], { interrupting }: ZoneBeliefs, from: number): number {
  let best = from;
  for (let node = from; node > 0; node = (nodes[node] as ZoneNode).parent) {
    if ((interrupting[node] as number) > (interrupting[best] as number)) best = node;
  }
  return best;
}

function deviceOutage(zone: Zone, beliefs: ZoneBeliefs, slots: ZoneSlots, node: number): TrackedOutage {
  const { nodes } = zone;
  const { customersBelow, from, to, end } = nodes[node] as ZoneNode;
  const spell = likeliest((beliefs.spells[node] ?? []).filter(({ on }) => on < 0));
  const alternatives: { node: number; probability: number }[] = [];
  const consider = (other: number): void => {
    const probability = beliefs.interrupting[other] as number;
    if (probability >= LEAST || other === node) alternatives.push({ node: other, probability });
  };
  for (let above = node; above > 0; above = (nodes[above] as ZoneNode).parent) consider(above);
  for (let below = node + 1; below < end; below++) consider(below);
  alternatives.sort((a, b) => b.probability - a.probability || a.node - b.node);
  return {
    target: targetOf(nodes, node),
    confidence: beliefs.interrupting[node] as number,
    customersOut: customersBelow,
    customersInterval: intervalOf(zone, beliefs, node),
    startedAt: spell === null ? 0 : (slots.offs[spell.off] as Slot).from,
    endedAt: null,
    alternatives: alternatives
      .slice(0, 10)
      .map((one) => ({ target: targetOf(nodes, one.node), probability: one.probability })),
    from,
    to,
  };
}

/** The 80 % interval of the customers out on the node's path: each reason above it or itself, and what of those below is out without them. */
function intervalOf(zone: Zone, { interrupting }: ZoneBeliefs, node: number): readonly [number, number] {
  const { nodes } = zone;
  const counts: { customers: number; probability: number }[] = [];
  let rest = 1;
  for (let above = node; above > 0; above = (nodes[above] as ZoneNode).parent) {
    const probability = interrupting[above] as number;
    counts.push({ customers: (nodes[above] as ZoneNode).customersBelow, probability });
    rest -= probability;
  }
  let below = 0;
  const end = (nodes[node] as ZoneNode).end;
  for (let other = node + 1; other < end; other++)
    below += (interrupting[other] as number) * (nodes[other] as ZoneNode).customersBelow;
  if (rest > 0) counts.push({ customers: Math.round(below / Math.max(rest, 1e-9)), probability: rest });
  counts.sort((a, b) => a.customers - b.customers);
  const at = (share: number): number => {
    let sum = 0;
    for (const { customers, probability } of counts) {
      sum += probability;
      if (sum >= share) return customers;
    }
    return (nodes[node] as ZoneNode).customersBelow;
  };
  return [
    Math.min(at(0.1), (nodes[node] as ZoneNode).customersBelow),
    Math.max(at(0.9), (nodes[node] as ZoneNode).customersBelow),
  ];
}

function endedOutage(zone: Zone, slots: ZoneSlots, node: number, spell: SpellBelief): TrackedOutage {
  const { customersBelow, from, to } = zone.nodes[node] as ZoneNode;
  const target = targetOf(zone.nodes, node);
  return {
    target,
    confidence: spell.probability,
    customersOut: customersBelow,
    customersInterval: [customersBelow, customersBelow],
    startedAt: (slots.offs[spell.off] as Slot).from,
    endedAt: (slots.ons[spell.on] as Slot).from,
    alternatives: [{ target, probability: spell.probability }],
    from,
    to,
  };
}
