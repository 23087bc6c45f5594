import type { Instant } from '../instant.ts';
import { deviceOfMeter, type Network } from '../network.ts';
import { deviceOutage, LEAST_TOLD, targetOf } from './device-outage.ts';
import type { Histories } from './histories.ts';
import type { SpellBelief, ZoneBeliefs } from './infer-zone.ts';
import type { ZoneEvidence } from './place-evidence.ts';
import { sameSpells } from './same-spells.ts';
import type { Slot, ToldDevice, ZoneSlots } from './slots.ts';
import { instantAt } from './spell-times.ts';
import { type ToldSpell, toldSpells } from './told-spells.ts';
import type { RankedExplanation, TrackedOutage, TrackedTarget } from './tracked-outage.ts';
import type { Zone, ZoneNode } from './zone.ts';

/** The outages of a zone that follow from its beliefs, open and ended. */
export interface ZoneOutages {
  readonly open: readonly TrackedOutage[];
  readonly ended: readonly TrackedOutage[];
  /** Everything that may interrupt now, with its probability. */
  readonly posterior: readonly RankedExplanation[];
}

/**
 * The outages that are shown: those of one explanation that holds for the whole zone, now and for times past, so that a customer lies in
 * at most one of them at a time, and in none only where he had supply more likely than not. What telemetry told of is shown until it is
 * nearly refuted, and what one witness alone told of only after a time in which he may take it back.
 */
export function outagesOfZone(evidence: ZoneEvidence, network: Network, beliefs: ZoneBeliefs): ZoneOutages {
  const { zone, histories, slots } = evidence;
  const open: TrackedOutage[] = [];
  const ended: TrackedOutage[] = [];
  const spells = toldSpells(evidence, beliefs);
  const doubtful = doubtfulSpells(evidence, beliefs, spells);
  for (const told of [...spells, ...doubtful]) {
    const isTold = told.on < 0 && slots.told.some((device) => device.node === told.node && isOpen(device));
    const outage = deviceOutage(zone, beliefs, slots, told, isTold);
    if (told.on >= 0) {
      ended.push(outage);
      continue;
    }
    if (!isTold && isHeldOff(evidence, told.off)) continue;
    const backAt = told.isHeld ? null : allBackAt(zone, histories, beliefs, told.node, outage.startedAt);
    if (backAt === null) open.push(outage);
    else ended.push({ ...outage, endedAt: backAt, isTold: false });
  }
  const posterior: RankedExplanation[] = [];
  for (const node of beliefs.followed) {
    const probability = beliefs.interrupting[node] as number;
    if (probability >= LEAST_TOLD) posterior.push({ target: targetOf(zone, node), probability });
    ended.push(...toldAndOver(evidence, beliefs, node, [...open, ...ended]));
  }
  const lasting = [...spells, ...doubtful].filter(({ on }) => on < 0).map(({ node }) => node);
  const services = serviceOutages(evidence, network, beliefs, lasting);
  return {
    open: [...open, ...services.open],
    ended: [...ended, ...services.ended],
    posterior: [...posterior, ...services.posterior],
  };
}

/** What telemetry tells to be open and is doubted, where nothing else is told of its path: the likeliest first. */
function doubtfulSpells(
  { zone: { nodes }, slots, meters: { policy } }: ZoneEvidence,
  { interrupting, spells }: ZoneBeliefs,
  told: readonly ToldSpell[],
): readonly ToldSpell[] {
  const isRelated = (a: number, b: number): boolean =>
    (b >= a && b < (nodes[a] as ZoneNode).end) || (a >= b && a < (nodes[b] as ZoneNode).end);
  const lasting = told.filter(({ on }) => on < 0).map(({ node }) => node);
  const found: ToldSpell[] = [];
  const nodesTold = slots.told
    .filter((device) => isOpen(device) && (interrupting[device.node] as number) >= policy.withdrawToldBelow)
    .map(({ node }) => node)
    .sort((a, b) => (interrupting[b] as number) - (interrupting[a] as number) || a - b);
  for (const node of nodesTold) {
    if (lasting.some((other) => isRelated(other, node))) continue;
    const spell = likeliest((spells[node] ?? []).filter(({ on }) => on < 0));
    if (spell === null) continue;
    lasting.push(node);
    found.push({ node, off: spell.off, on: -1, confidence: interrupting[node] as number, isHeld: false });
  }
  return found;
}

/** What telemetry told of a node that is over and is doubted, beside what is told of it and of those above it at the time. */
function toldAndOver(
  { zone, slots, meters: { policy } }: ZoneEvidence,
  beliefs: ZoneBeliefs,
  node: number,
  others: readonly TrackedOutage[],
): readonly TrackedOutage[] {
  if (!slots.told.some((device) => device.node === node)) return [];
  const { from, to } = zone.nodes[node] as ZoneNode;
  const above = others.filter(
    (other) => other.target.kind === 'device' && other.from <= from && other.to >= to,
  );
  const listed: TrackedOutage[] = [];
  for (const spell of sameSpells(beliefs.spells[node] ?? [], slots, policy.skewMarginSeconds)) {
    if (!isToldSpell(slots, node, spell) || spell.probability < policy.withdrawToldBelow) continue;
    const told = { node, off: spell.off, on: spell.on, confidence: spell.probability, isHeld: false };
    const outage = deviceOutage(zone, beliefs, slots, told, false);
    if (![...above, ...listed].some((other) => isAtOnce(outage, other))) listed.push(outage);
  }
  return listed;
}

/** The outages of single meters' own services; one below a class that is told to be open is no outage of its own. */
function serviceOutages(
  evidence: ZoneEvidence,
  network: Network,
  { services }: ZoneBeliefs,
  shown: readonly number[],
): ZoneOutages {
  const { slots, zone, meters } = evidence;
  const { policy } = meters;
  const open: TrackedOutage[] = [];
  const ended: TrackedOutage[] = [];
  const posterior: RankedExplanation[] = [];
  const isCovered = (meter: number): boolean =>
    shown.some(
      (node) => meter >= (zone.nodes[node] as ZoneNode).from && meter < (zone.nodes[node] as ZoneNode).to,
    );
  for (const [meter, spells] of services) {
    const target: TrackedTarget = { kind: 'service', meter, devices: [deviceOfMeter(network, meter)] };
    const customers = network.customers[meter] as number;
    const lasting = spells.filter(({ on }) => on < 0);
    const probability = lasting.reduce((sum, spell) => sum + spell.probability, 0);
    if (probability >= LEAST_TOLD) posterior.push({ target, probability });
    const outage = ({ off, on }: SpellBelief, confidence: number): TrackedOutage => {
      const { from, saidAt } = slots.offs[off] as Slot;
      const end = on < 0 ? Number.POSITIVE_INFINITY : (slots.ons[on] as Slot).from;
      return {
        target,
        confidence,
        customersOut: customers,
        customersInterval: [confidence >= 0.9 ? customers : 0, customers],
        startedAt: instantAt(saidAt < end ? saidAt : from),
        endedAt: on < 0 ? null : instantAt(end),
        alternatives: [{ target, probability: confidence }],
        isTold: false,
        isPlanned: false,
        from: meter,
        to: meter + 1,
      };
    };
    const best = likeliest(lasting);
    const isShown = best !== null && probability >= policy.showFrom;
    if (isShown && !isCovered(meter) && !isHeldOff(evidence, best.off)) open.push(outage(best, probability));
    for (const spell of sameSpells(spells, slots, policy.skewMarginSeconds))
      if (spell.probability >= policy.showFrom) ended.push(outage(spell, spell.probability));
  }
  return { open, ended, posterior };
}

/** Whether one witness alone told of an off-slot, and may still take it back. */
function isHeldOff({ slots, now, meters: { policy } }: ZoneEvidence, off: number): boolean {
  const { from, witnesses } = slots.offs[off] as Slot;
  return witnesses === 1 && now - from < policy.holdOffSeconds;
}

/**
 * When the last branch below a node had supply again, where all that lost it since an instant have, and nobody hangs on the node itself;
 * null where one has not, or none lost it since.
 */
function allBackAt(
  { nodes }: Zone,
  histories: Histories,
  beliefs: ZoneBeliefs,
  node: number,
  since: Instant,
): Instant | null {
  const { children, meters } = nodes[node] as ZoneNode;
  if (meters.length > 0 || children.length === 0) return null;
  let last: Instant | null = null;
  for (const child of children) {
    if ((beliefs.dead[child] as number) >= 0.5) return null;
    const back = histories.get(beliefs.history[child] as number).spells.at(-1)?.to ?? 0;
    if (back === Number.POSITIVE_INFINITY) return null;
    const at = instantAt(back);
    if (at > since && at > (last ?? since)) last = at;
  }
  return last;
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

function likeliest(spells: readonly SpellBelief[]): SpellBelief | null {
  let best: SpellBelief | null = null;
  for (const spell of spells) if (best === null || spell.probability > best.probability) best = spell;
  return best;
}
