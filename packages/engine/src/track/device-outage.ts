import type { ZoneBeliefs } from './infer-zone.ts';
import type { ZoneSlots } from './slots.ts';
import { beganAt, endedAt } from './spell-times.ts';
import type { ToldSpell } from './told-spells.ts';
import type { TrackedOutage, TrackedTarget } from './tracked-outage.ts';
import type { Zone, ZoneNode } from './zone.ts';

/** Explanations below this are left out. */
export const LEAST_TOLD = 0.001;

/** What is told of a class of devices for one of its spells; `isTold` where telemetry told that it opened and not that it closed. */
export function deviceOutage(
  zone: Zone,
  beliefs: ZoneBeliefs,
  slots: ZoneSlots,
  told: ToldSpell,
  isTold: boolean,
): TrackedOutage {
  const { node, on, confidence } = told;
  const { customersBelow, from, to } = zone.nodes[node] as ZoneNode;
  const target = targetOf(zone, node);
  const isLasting = on < 0;
  return {
    target,
    confidence,
    customersOut: customersBelow,
    customersInterval: isLasting ? intervalOf(zone, beliefs, node) : [customersBelow, customersBelow],
    startedAt: beganAt(slots, node, beliefs.spells[node] ?? [], told),
    endedAt: isLasting ? null : endedAt(slots, node, on),
    alternatives: isLasting ? alternativesTo(zone, beliefs, node) : [{ target, probability: confidence }],
    isTold,
    isPlanned: false,
    from,
    to,
  };
}

/** The class of a node as what is said to be open. */
export function targetOf({ nodes }: Zone, node: number): TrackedTarget {
  return { kind: 'device', node, devices: (nodes[node] as ZoneNode).devices };
}

/** What may be open on a node's path, the node itself too, ranked. */
function alternativesTo(zone: Zone, beliefs: ZoneBeliefs, node: number): TrackedOutage['alternatives'] {
  const { nodes } = zone;
  const found: { node: number; probability: number }[] = [];
  const consider = (other: number): void => {
    const probability = beliefs.interrupting[other] as number;
    if (probability >= LEAST_TOLD || other === node) found.push({ node: other, probability });
  };
  for (let above = node; above > 0; above = (nodes[above] as ZoneNode).parent) consider(above);
  for (let below = node + 1; below < (nodes[node] as ZoneNode).end; below++) consider(below);
  found.sort((a, b) => b.probability - a.probability || a.node - b.node);
  return found
    .slice(0, 10)
    .map((one) => ({ target: targetOf(zone, one.node), probability: one.probability }));
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
