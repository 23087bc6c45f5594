import type { Instant } from '../instant.ts';
import { deviceOfMeter, type Network } from '../network.ts';
import type { Histories } from './histories.ts';
import type { SpellBelief, ZoneBeliefs } from './infer-zone.ts';
import type { ZoneEvidence } from './place-evidence.ts';
import type { Slot, ToldDevice, ZoneSlots } from './slots.ts';
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
 * The outages that are shown: those of one explanation that holds for the whole zone, so that a customer lies in at most one of
 * them. What telemetry told of is shown until it is nearly refuted, and
 * what one witness alone told of only after a time in which he may take it back.
 */
export function outagesOfZone(
  { zone, now, slots, histories, meters: { policy } }: ZoneEvidence,
  network: Network,
  beliefs: ZoneBeliefs,
): ZoneOutages {
  const { nodes } = zone;
  const shown = [...oneExplanation(nodes, beliefs, policy.showFrom)];
  const earlier: TrackedOutage[] = [];
  const isRelated = (a: number, b: number): boolean =>
    (b >= a && b < (nodes[a] as ZoneNode).end) || (a >= b && a < (nodes[b] as ZoneNode).end);
  const doubtful = slots.told
    .filter((told) => isOpen(told) && (beliefs.interrupting[told.node] as number) >= policy.withdrawToldBelow)
    .map(({ node }) => node)
    .sort((a, b) => (beliefs.interrupting[b] as number) - (beliefs.interrupting[a] as number) || a - b);
  for (const node of doubtful) if (!shown.some((other) => isRelated(other, node))) shown.push(node);
  for (const { node, off } of earlierBelow(zone, slots, beliefs, shown, policy.showFrom)) {
    const spell = (beliefs.spells[node] ?? []).find((one) => one.off === off && one.on < 0) as SpellBelief;
    earlier.push({
      ...deviceOutage(zone, beliefs, slots, node, spell, false),
      confidence: spell.probability,
    });
  }
  const isCovered = (meter: number): boolean =>
    shown.some((node) => meter >= (nodes[node] as ZoneNode).from && meter < (nodes[node] as ZoneNode).to);
  const isHeldOff = (off: number): boolean => {
    const { from, witnesses } = slots.offs[off] as Slot;
    return witnesses === 1 && now - from < policy.holdOffSeconds;
  };

  const open = [...earlier];
  const ended: TrackedOutage[] = [];
  for (const node of shown) {
    const spell = likeliest((beliefs.spells[node] ?? []).filter(({ on }) => on < 0));
    const isTold = slots.told.some((told) => told.node === node && isOpen(told));
    if (spell === null || (!isTold && isHeldOff(spell.off))) continue;
    const outage = deviceOutage(zone, beliefs, slots, node, spell, isTold);
    const backAt = allBackAt(zone, histories, beliefs, node);
    if (backAt === null) open.push(outage);
    else ended.push({ ...outage, endedAt: backAt, isTold: false });
  }
  const posterior: RankedExplanation[] = [];
  for (const node of beliefs.followed) {
    const probability = beliefs.interrupting[node] as number;
    if (probability < LEAST && (beliefs.spells[node] ?? []).length === 0) continue;
    if (probability >= LEAST) posterior.push({ target: targetOf(nodes, node), probability });
    const own = [...earlier, ...open].filter(
      ({ target }) => target.kind === 'device' && target.node === node,
    );
    const listed: TrackedOutage[] = [];
    for (const spell of sameSpells(beliefs.spells[node] ?? [], slots, policy.skewMarginSeconds)) {
      const isTold = isToldSpell(slots, node, spell);
      if (spell.probability < (isTold ? policy.withdrawToldBelow : policy.showFrom)) continue;
      const outage = endedOutage(zone, slots, beliefs, node, spell);
      // Of spells of one device that exclude each other the likeliest is told.
      if (![...own, ...listed].some((other) => isAtOnce(outage, other))) listed.push(outage);
    }
    ended.push(...listed);
  }
  for (const [meter, spells] of beliefs.services) {
    const target: TrackedTarget = { kind: 'service', meter, devices: [deviceOfMeter(network, meter)] };
    const customers = network.customers[meter] as number;
    const lasting = spells.filter(({ on }) => on < 0);
    const probability = lasting.reduce((sum, spell) => sum + spell.probability, 0);
    if (probability >= LEAST) posterior.push({ target, probability });
    const startedAt = (spell: SpellBelief): Instant => instantAt((slots.offs[spell.off] as Slot).from);
    const outage = (confidence: number, from: Instant, endedAt: Instant | null): TrackedOutage => ({
      target,
      confidence,
      customersOut: customers,
      customersInterval: [confidence >= 0.9 ? customers : 0, customers],
      startedAt: from,
      endedAt,
      alternatives: [{ target, probability: confidence }],
      isTold: false,
      isPlanned: false,
      from: meter,
      to: meter + 1,
    });
    const best = likeliest(lasting);
    if (best !== null && probability >= policy.showFrom && !isCovered(meter) && !isHeldOff(best.off))
      open.push(outage(probability, startedAt(best), null));
    for (const spell of sameSpells(spells, slots, policy.skewMarginSeconds)) {
      if (spell.probability >= policy.showFrom)
        ended.push(
          outage(spell.probability, startedAt(spell), instantAt((slots.ons[spell.on] as Slot).from)),
        );
    }
  }
  return { open, ended, posterior };
}

/** The spells that are over, each with the probability of those that overlap it and differ from it by no more than clocks do. */
function sameSpells(
  spells: readonly SpellBelief[],
  { offs, ons }: ZoneSlots,
  margin: number,
): readonly SpellBelief[] {
  const over = spells.filter(({ on }) => on >= 0).toSorted((a, b) => b.probability - a.probability);
  const found: SpellBelief[] = [];
  for (const spell of over) {
    const near = (a: Slot, b: Slot): boolean => Math.abs(a.from - b.from) <= margin;
    const overlap = (a: SpellBelief, b: SpellBelief): boolean =>
      (offs[a.off] as Slot).from < (ons[b.on] as Slot).from;
    const same = found.findIndex(
      (one) =>
        near(offs[one.off] as Slot, offs[spell.off] as Slot) &&
        near(ons[one.on] as Slot, ons[spell.on] as Slot) &&
        overlap(one, spell) &&
        overlap(spell, one),
    );
    const known = found[same];
    if (known === undefined) found.push(spell);
    else found[same] = { ...known, probability: Math.min(1, known.probability + spell.probability) };
  }
  return found;
}

/** When the last branch below a node had supply again, where all have and nobody hangs on the node itself; else null. */
function allBackAt(
  { nodes }: Zone,
  histories: Histories,
  beliefs: ZoneBeliefs,
  node: number,
): Instant | null {
  const { children, meters } = nodes[node] as ZoneNode;
  if (meters.length > 0 || children.length === 0) return null;
  let last = 0;
  for (const child of children) {
    if ((beliefs.dead[child] as number) >= 0.5) return null;
    const back = histories.get(beliefs.history[child] as number).spells.at(-1)?.to ?? 0;
    if (back === Number.POSITIVE_INFINITY) return null;
    last = Math.max(last, back);
  }
  return last === 0 ? null : instantAt(last);
}

/** Devices below a shown one that opened before it did, and have not closed: outages of their own, whose customers it did not interrupt. */
function earlierBelow(
  { nodes }: Zone,
  { offs }: ZoneSlots,
  beliefs: ZoneBeliefs,
  shown: readonly number[],
  least: number,
): readonly { readonly node: number; readonly off: number }[] {
  const found: { node: number; off: number }[] = [];
  for (const top of shown) {
    const spell = likeliest((beliefs.spells[top] ?? []).filter(({ on }) => on < 0));
    if (spell === null) continue;
    const from = (offs[spell.off] as Slot).from;
    for (let node = top + 1; node < (nodes[top] as ZoneNode).end; node++) {
      const own = likeliest(
        (beliefs.spells[node] ?? []).filter(({ off, on }) => on < 0 && (offs[off] as Slot).to < from),
      );
      if (own === null || own.probability < least) continue;
      found.push({ node, off: own.off });
      node = (nodes[node] as ZoneNode).end - 1;
    }
  }
  return found;
}

/** Whether telemetry told that a node opened in the slot in which a spell began. */
function isToldSpell({ offs, told }: ZoneSlots, node: number, { off }: SpellBelief): boolean {
  const { from, to } = offs[off] as Slot;
  return told.some(
    (device) =>
      device.node === node &&
      [...device.switchSpells, ...device.voltageSpells].some(({ openings }) =>
        openings.some((at) => at >= from && at <= to),
      ),
  );
}

function isOpen({ switchSpells, voltageSpells }: ToldDevice): boolean {
  return [...switchSpells, ...voltageSpells].some(({ closedAt }) => closedAt === null);
}

function isAtOnce(a: TrackedOutage, b: TrackedOutage): boolean {
  const endOf = ({ endedAt }: TrackedOutage): Instant => endedAt ?? Number.POSITIVE_INFINITY;
  return a.startedAt === b.startedAt || (a.startedAt < endOf(b) && b.startedAt < endOf(a));
}

/** A slot that is at least so likely as the likeliest one may be the true beginning. */
const CONSISTENT = 0.2;

/** Seconds by which the stamps of one opening differ at most. */
const ONE_OPENING_SECONDS = 150;

/** The earliest consistent begin of a spell: clocks put one opening into several slots. */
function firstBegin(
  slots: ZoneSlots,
  node: number,
  spells: readonly SpellBelief[],
  spell: SpellBelief,
): Instant {
  const { from } = slots.offs[spell.off] as Slot;
  const told = slots.told
    .filter((device) => device.node === node)
    .flatMap(({ switchSpells, voltageSpells }) => [...switchSpells, ...voltageSpells])
    // What had closed before is another opening, however near.
    .filter(({ closedAt }) => closedAt === null || closedAt > from)
    .map(({ openings }) => openings[0] as number)
    .filter((at) => Math.abs(at - from) <= ONE_OPENING_SECONDS);
  if (told.length > 0) return instantAt(Math.min(...told));
  let first = spell;
  for (const other of spells) {
    const at = (slots.offs[other.off] as Slot).from;
    const isSame = other.on < 0 === spell.on < 0 && Math.abs(at - from) <= ONE_OPENING_SECONDS;
    const isOver = other.on >= 0 && (slots.ons[other.on] as Slot).from <= from;
    const isEarlier = !isOver && at < (slots.offs[first.off] as Slot).from;
    if (isSame && isEarlier && other.probability >= CONSISTENT * spell.probability) first = other;
  }
  return beginOf(slots, node, first.off);
}

/** When telemetry told that a node opened within a slot, else when the slot began. */
function beginOf({ offs, told }: ZoneSlots, node: number, off: number): Instant {
  const { from, to } = offs[off] as Slot;
  for (const device of told) {
    if (device.node !== node) continue;
    for (const { openings } of [...device.switchSpells, ...device.voltageSpells]) {
      const opening = openings.find((at) => at >= from && at <= to);
      if (opening !== undefined) return instantAt(opening);
    }
  }
  return instantAt(from);
}

/** When telemetry told that a node closed within a slot, else when the slot began. */
function endOf({ ons, told }: ZoneSlots, node: number, on: number): Instant {
  const { from, to } = ons[on] as Slot;
  for (const device of told) {
    if (device.node !== node) continue;
    for (const { closedAt } of [...device.switchSpells, ...device.voltageSpells])
      if (closedAt !== null && closedAt >= from && closedAt <= to) return instantAt(closedAt);
  }
  return instantAt(from);
}

function instantAt(seconds: number): Instant {
  return Math.round(seconds * 1e6);
}

function targetOf(nodes: readonly ZoneNode[], node: number): TrackedTarget {
  return { kind: 'device', node, devices: (nodes[node] as ZoneNode).devices };
}

function likeliest(spells: readonly SpellBelief[]): SpellBelief | null {
  let best: SpellBelief | null = null;
  for (const spell of spells) if (best === null || spell.probability > best.probability) best = spell;
  return best;
}

/**
 * Nodes that interrupt now, as one explanation of everything: from the source down, a node is taken where it is more likely open than
 * not given that its supply side is live, and then explains all below it. A branch that is dead more likely than not although no node of
 * it was taken has its likeliest reason, of those that contradict nothing that was.
 */
function oneExplanation(nodes: readonly ZoneNode[], beliefs: ZoneBeliefs, least: number): readonly number[] {
  const { interrupting, dead, followed } = beliefs;
  const taken: number[] = [];
  // Where the branch ends that the last one taken explains: nodes come in preorder.
  let explained = 0;
  for (const node of followed) {
    const open = interrupting[node] as number;
    if (node === 0 || node < explained || open === 0) continue;
    const { parent, end } = nodes[node] as ZoneNode;
    if (open < least * (1 - (dead[parent] as number))) continue;
    taken.push(node);
    explained = end;
  }
  const isExplained = (node: number): boolean =>
    taken.some((other) => node >= other && node < (nodes[other] as ZoneNode).end);
  const isAbove = (node: number): boolean =>
    taken.some((other) => other >= node && other < (nodes[node] as ZoneNode).end);
  for (const node of followed) {
    if (node === 0 || (dead[node] as number) < least || isExplained(node)) continue;
    let best = -1;
    for (let at = node; at > 0 && !isAbove(at); at = (nodes[at] as ZoneNode).parent)
      if (best < 0 || (interrupting[at] as number) > (interrupting[best] as number)) best = at;
    if (best > 0) taken.push(best);
  }
  return taken.sort((a, b) => a - b);
}

function deviceOutage(
  zone: Zone,
  beliefs: ZoneBeliefs,
  slots: ZoneSlots,
  node: number,
  spell: SpellBelief,
  isTold: boolean,
): TrackedOutage {
  const { nodes } = zone;
  const { customersBelow, from, to, end } = nodes[node] as ZoneNode;
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
    startedAt: firstBegin(slots, node, beliefs.spells[node] ?? [], spell),
    endedAt: null,
    alternatives: alternatives
      .slice(0, 10)
      .map((one) => ({ target: targetOf(nodes, one.node), probability: one.probability })),
    isTold,
    isPlanned: false,
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

function endedOutage(
  zone: Zone,
  slots: ZoneSlots,
  beliefs: ZoneBeliefs,
  node: number,
  spell: SpellBelief,
): TrackedOutage {
  const { customersBelow, from, to } = zone.nodes[node] as ZoneNode;
  const target = targetOf(zone.nodes, node);
  return {
    target,
    confidence: spell.probability,
    customersOut: customersBelow,
    customersInterval: [customersBelow, customersBelow],
    startedAt: firstBegin(slots, node, beliefs.spells[node] ?? [], spell),
    endedAt: endOf(slots, node, spell.on),
    alternatives: [{ target, probability: spell.probability }],
    isTold: false,
    isPlanned: false,
    from,
    to,
  };
}
