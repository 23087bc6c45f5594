import type { TrackingPolicy } from '../policy-tracking.ts';
import type { Regimes } from './delivery-regimes.ts';
import { type EvidenceBook, isChattering } from './evidence-book.ts';
import { Histories } from './histories.ts';
import { LazyZone } from './lazy-zone.ts';
import { isFineStamp } from './one-stamp.ts';
import { ALL_HEALTHY, type SiteHealth, type ZoneConditions } from './site-conditions.ts';
import { isContinued, reachOf, type Slot, slotAt, type ToldDevice, type ZoneSlots } from './slots.ts';
import { doubted, HEALTHY, type SourceHealth } from './source-health.ts';
import { waitingSteps, weighedUntil } from './waiting-steps.ts';
import { toWitness, type Witness, type WitnessContext } from './witness-likelihood.ts';
import type { Zone, ZoneNode } from './zone.ts';
import type { HeardSources } from './zone-silence.ts';

/** Everything that a judgement of a zone rests on. */
export interface ZoneCase {
  readonly zone: Zone;
  readonly book: EvidenceBook;
  readonly slots: ZoneSlots;
  readonly heard: HeardSources;
  readonly policy: TrackingPolicy;
  readonly regimes: Regimes;
  /** By off-slot the share of the site's meters, 0 to 1, that gasped at the same time. */
  readonly outElsewhere: (slot: Slot) => number;
  readonly conditions: ZoneConditions;
  /** Seconds since 1970 up to which silence is weighed. */
  readonly now: number;
}

/** Meters that said the same in the same slots, and the one that stands for them. */
export interface WitnessKind {
  readonly witness: Witness;
  readonly meters: readonly number[];
}

/** What was said at one node, made ready to be asked for its likelihood under many histories. */
export interface NodeWitnesses {
  readonly groups: readonly {
    readonly heard: readonly { meter: number; witness: Witness }[];
    /** The same by what they said: of those that said the same in the same slots the first stands for all. */
    readonly kinds: readonly WitnessKind[];
    readonly silent: number;
    /** The stamp, finer than a second, that the gasps of all of them carry who gasped, in seconds since 1970; null where there is none. */
    readonly stamp: number | null;
  }[];
  readonly terminals: readonly Witness[];
  readonly silentTerminals: number;
  /** When customers called, ascending. */
  readonly calls: readonly number[];
  readonly told: readonly ToldDevice[];
}

/** Everything that the likelihoods of a zone are computed from. */
export interface ZoneEvidence {
  readonly zone: Zone;
  /** Seconds since 1970. */
  readonly now: number;
  readonly slots: ZoneSlots;
  readonly histories: Histories;
  readonly meters: WitnessContext;
  readonly terminals: WitnessContext;
  readonly heard: HeardSources;
  /** By off-slot: how much likelier a device is to open in it than in any other, since something did. */
  readonly openingFactor: Float64Array;
  readonly conditions: ZoneConditions;
  /** By node where telemetry is awaited: when it told of the node, or of one above it, that it opened or is dead; else null. */
  readonly toldAbove: readonly (readonly number[] | null)[];
  /** By node; null where nobody said anything. */
  readonly said: readonly (NodeWitnesses | null)[];
}

/** What is different from the judgement before. */
export interface EvidenceChanges {
  /** Slots that are new, or of which something is weighed otherwise. */
  readonly offs: ReadonlySet<number>;
  readonly ons: ReadonlySet<number>;
  /** Nodes at which something was said. */
  readonly nodes: ReadonlySet<number>;
}

/** A zone's evidence at its nodes; kept from one judgement to the next, so that only what changed is placed anew. */
export class PlacedEvidence implements ZoneEvidence {
  readonly zone: Zone;
  readonly histories: Histories;
  readonly heard: HeardSources;
  readonly conditions: ZoneConditions;
  readonly toldAbove: readonly (readonly number[] | null)[];
  readonly said: (NodeWitnesses | null)[];
  now: number;
  slots: ZoneSlots;
  meters: WitnessContext;
  terminals: WitnessContext;
  openingFactor: Float64Array;
  readonly #book: EvidenceBook;
  readonly #policy: TrackingPolicy;
  readonly #toldAt = new Map<number, ToldDevice[]>();
  /** Nodes at which somebody called, and where a terminal said that it is back. */
  readonly #callers = new Set<number>();
  readonly #restarted = new Set<number>();

  constructor(zoneCase: ZoneCase) {
    const { book, slots, heard, policy, conditions, now } = zoneCase;
    const zone = zoneCase.zone instanceof LazyZone ? zoneCase.zone.whole : zoneCase.zone;
    this.zone = zone;
    this.histories = new Histories(slots);
    this.heard = heard;
    this.conditions = conditions;
    this.now = now;
    this.slots = slots;
    this.#book = book;
    this.#policy = policy;
    const { meters, terminals, openingFactor } = contextsOf(zoneCase);
    this.meters = meters;
    this.terminals = terminals;
    this.openingFactor = openingFactor;
    for (const told of slots.told)
      this.#toldAt.set(told.node, [...(this.#toldAt.get(told.node) ?? []), told]);
    this.toldAbove = zone.nodes.map(({ isTelemetered }, node) =>
      isTelemetered && slots.told.length > 0 ? openingsAbove(zone, this.#toldAt, node) : null,
    );
    this.said = zone.nodes.map(() => null);
    const touched = new Set<number>(this.#toldAt.keys());
    for (const meter of book.meters.keys()) touched.add(zone.nodeOfMeter[meter - zone.from] as number);
    for (const terminal of book.terminals.keys()) touched.add(zone.nodeOfTerminal.get(terminal) as number);
    for (const [node, told] of this.toldAbove.entries()) if (told !== null) touched.add(node);
    for (const node of touched) this.#place(node);
  }

  /**
   * Takes what was said since, by the nodes at which it was, and the time; null where the slots are others than before, so that everything is
   * to be placed anew. Sources, conditions and telemetry must be as they were.
   */
  follow(zoneCase: ZoneCase, nodes: Iterable<number>): EvidenceChanges | null {
    const before = this.slots;
    const { slots, now } = zoneCase;
    if (!isContinued(before.offs, slots.offs) || !isContinued(before.ons, slots.ons)) return null;
    if (!isSameOrder(before, slots)) return null;
    const { meters, terminals, openingFactor } = contextsOf(zoneCase);
    const offs = changedSlots(
      before.offs,
      slots.offs,
      (i) =>
        this.meters.offsUntil[i] === meters.offsUntil[i] &&
        this.meters.misplaced[i] === meters.misplaced[i] &&
        this.openingFactor[i] === openingFactor[i] &&
        isSameStamp(before.offs[i] as Slot, slots.offs[i] as Slot) &&
        hasReturn(before, i) === hasReturn(slots, i),
    );
    const ons = changedSlots(before.ons, slots.ons, (i) => this.meters.onsUntil[i] === meters.onsUntil[i]);
    const isMoved = (all: readonly Slot[], old: readonly Slot[], i: number): boolean =>
      old[i] === undefined || old[i]?.from !== all[i]?.from || old[i]?.to !== all[i]?.to;
    const placed = new Set(nodes);
    if ([...ons].some((on) => isMoved(slots.ons, before.ons, on)))
      for (const node of this.#restarted) placed.add(node);
    // What telemetry tells of a voltage is about the last loss before it.
    if (offs.size + ons.size > 0) for (const node of this.#toldAt.keys()) placed.add(node);
    const moved = [...offs].filter((off) => isMoved(slots.offs, before.offs, off));
    const first = Math.min(...moved.map((off) => (slots.offs[off] as Slot).from));
    for (const node of this.#callers) {
      const last = this.said[node]?.calls.at(-1) ?? Number.NEGATIVE_INFINITY;
      if (first <= last + CALL_AHEAD_SECONDS) placed.add(node);
    }
    this.now = now;
    this.slots = slots;
    this.meters = meters;
    this.terminals = terminals;
    this.openingFactor = openingFactor;
    this.histories.continue(slots, offs, ons);
    for (const node of placed) this.#place(node);
    return { offs, ons, nodes: placed };
  }

  #place(node: number): void {
    const told = this.#toldAt.get(node) ?? [];
    const words = witnessesOf(this.zone.nodes[node] as ZoneNode, this.#book, this.slots, this.#policy, told);
    const isSaid = this.toldAbove[node] !== null || !isEmpty(words);
    this.said[node] = isSaid ? words : null;
    if (words.calls.length > 0) this.#callers.add(node);
    if (words.terminals.some(({ ons }) => ons.length > 0)) this.#restarted.add(node);
  }
}

/** Seconds by which a caller may be stamped before what he calls of. */
const CALL_AHEAD_SECONDS = 5;

function isEmpty({ groups, terminals, calls, told }: NodeWitnesses): boolean {
  return (
    terminals.length + calls.length + told.length === 0 && groups.every(({ heard }) => heard.length === 0)
  );
}

/** Whether as many as before gasp at one fine instant, or still at several: who shares it tells whether a concentrator did. */
function isSameStamp(before: Slot, now: Slot): boolean {
  if (before.from !== before.to || !isFineStamp(before.from)) return true;
  return now.from === now.to && now.witnesses === before.witnesses;
}

/** Slots by number that are others than before, or not as `isAlike` has it. */
function changedSlots(
  before: readonly Slot[],
  slots: readonly Slot[],
  isAlike: (slot: number) => boolean,
): ReadonlySet<number> {
  const changed = new Set<number>();
  for (let i = 0; i < slots.length; i++) {
    const old = before[i];
    const own = slots[i] as Slot;
    if (old === undefined || old.from !== own.from || reachOf(old) !== reachOf(own) || !isAlike(i))
      changed.add(i);
  }
  return changed;
}

/** Whether supply came back anywhere in a zone after an off-slot. */
export function hasReturn({ offs, ons }: ZoneSlots, off: number): boolean {
  const last = ons.at(-1);
  return last !== undefined && last.from > (offs[off] as Slot).from;
}

/** Whether what went and what came follow each other as before. */
function isSameOrder(before: ZoneSlots, now: ZoneSlots): boolean {
  for (let i = 0, j = 0; i < before.offs.length && j < before.ons.length; ) {
    const isFirst = (before.offs[i] as Slot).from <= (before.ons[j] as Slot).from;
    if (isFirst !== (now.offs[i] as Slot).from <= (now.ons[j] as Slot).from) return false;
    if (isFirst) i++;
    else j++;
  }
  return true;
}

function contextsOf({ zone, slots, heard, policy, outElsewhere, conditions, now }: ZoneCase) {
  const { health } = conditions;
  const steps = waitingSteps(heard.calls);
  // What comes late from a sick source is weighed as time goes, not in steps.
  const isStepwise = isHealthy(health);
  const untilOf = (slots: readonly Slot[], steps: readonly number[]): Float64Array =>
    Float64Array.from(slots, (slot) => (isStepwise ? weighedUntil(slot, now, steps) : now));
  const context = {
    policy,
    slots,
    offsUntil: untilOf(slots.offs, steps.offs),
    onsUntil: untilOf(slots.ons, steps.ons),
    misplaced: Float64Array.from(slots.offs, (slot) => policy.misplacedShare * outElsewhere(slot)),
  };
  const meters: WitnessContext = {
    ...context,
    falseGasp: falseRates(slots, policy.falseGasp, health.meters, policy),
    isTerminals: false,
    tellsRestores: heard.meterRestores,
    health: health.meters,
  };
  const terminals: WitnessContext = {
    ...context,
    falseGasp: falseRates(slots, policy.falseTerminalGasp, health.terminals, policy),
    isTerminals: true,
    tellsRestores: heard.terminalRestores,
    health: health.terminals,
  };
  return { meters, terminals, openingFactor: openingFactors(zone, slots, policy) };
}

/** Whether nothing is known to be wrong with any source. */
function isHealthy(health: SiteHealth): boolean {
  return (
    health === ALL_HEALTHY ||
    [health.meters, health.terminals, health.calls, health.telemetry].every(
      ({ mute, late, doubtful }) => mute.length + late.length + doubtful.length === 0,
    )
  );
}

/**
 * That so many told of a slot as no false gasps would shows that something opened in it: what that was is then to be found among the
 * devices of the zone, however few these are. P(a device opens | one does) is its share of all priors.
 */
function openingFactors(zone: Zone, { offs }: ZoneSlots, policy: TrackingPolicy): Float64Array {
  const factor = Math.max(1, Math.min(policy.mostOpeningFactor, 1 / zone.openingsPerSlot));
  return Float64Array.from(offs, ({ witnesses }) => (witnesses >= policy.openingWitnesses ? factor : 1));
}

/** By off-slot: the probability of a false gasp, higher where its source was sick. */
function falseRates(
  { offs }: ZoneSlots,
  chance: number,
  health: SourceHealth,
  { sickFalseFactor }: TrackingPolicy,
): Float64Array {
  const rates = new Float64Array(offs.length).fill(chance);
  if (health === HEALTHY) return rates;
  return rates.map((rate, i) => doubted(rate, health, (offs[i] as Slot).from, sickFalseFactor));
}

function openingsAbove(
  { nodes }: Zone,
  toldAt: ReadonlyMap<number, readonly ToldDevice[]>,
  node: number,
): readonly number[] {
  const openings: number[] = [];
  for (let above = node; above > 0; above = (nodes[above] as ZoneNode).parent) {
    for (const { switchSpells, voltageSpells } of toldAt.get(above) ?? [])
      for (const spell of [...switchSpells, ...voltageSpells]) openings.push(...spell.openings);
  }
  return openings;
}

function witnessesOf(
  node: ZoneNode,
  book: EvidenceBook,
  slots: ZoneSlots,
  policy: TrackingPolicy,
  told: readonly ToldDevice[],
): NodeWitnesses {
  const calls: number[] = [];
  const groups = node.groups.map(({ meters }) => {
    const heard: { meter: number; witness: Witness }[] = [];
    let mute = 0;
    for (const meter of meters) {
      const words = book.meters.get(meter);
      if (words === undefined) continue;
      if (isChattering(words, policy)) {
        mute++;
        continue;
      }
      if (words.offs.length + words.ons.length + words.unheard.length > 0)
        heard.push({ meter, witness: toWitness(words, slots, false) });
    }
    return {
      heard,
      kinds: kindsOf(heard, slots),
      silent: meters.length - heard.length - mute,
      stamp: stampOf(heard),
    };
  });
  for (const meter of node.meters) calls.push(...(book.meters.get(meter)?.calls ?? []));
  const terminals: Witness[] = [];
  let muteTerminals = 0;
  for (const terminal of node.terminals) {
    const words = book.terminals.get(terminal);
    if (words === undefined) continue;
    if (isChattering(words, policy)) muteTerminals++;
    else terminals.push(toWitness(words, slots, true));
  }
  return {
    groups,
    terminals,
    silentTerminals: node.terminals.length - terminals.length - muteTerminals,
    calls: calls.sort((a, b) => a - b),
    told,
  };
}

/** The stamp that all who gasped have in common, where it is finer than a second. */
function stampOf(heard: readonly { readonly witness: Witness }[]): number | null {
  let stamp: number | null = null;
  for (const { witness } of heard) {
    const at = witness.offs[0]?.at;
    if (at === undefined) continue;
    if (!isFineStamp(at) || (stamp !== null && stamp !== at)) return null;
    stamp = at;
  }
  return stamp;
}

/** Those that lost supply in the same slots, and told its return in the same, differ by fractions of a second. */
function kindsOf(
  heard: readonly { readonly meter: number; readonly witness: Witness }[],
  slots: ZoneSlots,
): readonly WitnessKind[] {
  const kinds: { witness: Witness; meters: number[] }[] = [];
  const bySlots = new Map<string, { meters: number[] }>();
  for (const { meter, witness } of heard) {
    const key = slotsKey(witness, slots);
    const known = key === null ? undefined : bySlots.get(key);
    if (known !== undefined) {
      known.meters.push(meter);
      continue;
    }
    const kind = { witness, meters: [meter] };
    kinds.push(kind);
    if (key !== null) bySlots.set(key, kind);
  }
  return kinds;
}

/** The slots of everything a witness said; null where something lies in none. */
function slotsKey({ offs, ons, unheard, calls }: Witness, slots: ZoneSlots): string | null {
  if (unheard.length + calls.length > 0) return null;
  const onSlots = ons.map(({ at, isRestore }) => (isRestore ? slotAt(slots.ons, at) : -1));
  if (onSlots.some((slot) => slot < 0) || offs.some(({ slot }) => slot < 0)) return null;
  return `${offs.map(({ slot }) => slot).join(' ')}:${onSlots.join(' ')}`;
}
