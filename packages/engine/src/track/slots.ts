import type { TrackingPolicy } from '../policy-tracking.ts';
import type { EvidenceBook, SignalWord } from './evidence-book.ts';
import type { Zone } from './zone.ts';
import { placeOf, type ZoneTimes } from './zone-times.ts';

/** A short time in which something opened or closed, as the stamps of what was said show; seconds since 1970. */
export interface Slot {
  readonly from: number;
  readonly to: number;
  /** Witnesses that told of it. */
  readonly witnesses: number;
  /** The earliest stamp that told of it: a first caller hesitates, so that his slot lies before. */
  readonly saidAt: number;
}

/** Clocks in step stamp one opening within so many seconds. */
const IN_STEP_SECONDS = 2;

/** Until when stamps are of a slot. Those in step are, whether or not the last of them has come: so a slot is the same while it fills. */
export function reachOf({ from, to }: Slot): number {
  return Math.max(to, from + IN_STEP_SECONDS);
}

/** A closed or open spell of one device as telemetry told it; shots of a reclosing device are one. */
export interface ToldSpell {
  /** Every opening of it, ascending. */
  readonly openings: readonly number[];
  /** When it ended for good; null while it lasts. */
  readonly closedAt: number | null;
}

/** What telemetry told of a device as spells. */
export interface ToldDevice {
  readonly node: number;
  readonly switchSpells: readonly ToldSpell[];
  readonly voltageSpells: readonly ToldSpell[];
  /** When it was told to be closed, and to have voltage. */
  readonly closedAt: readonly number[];
  readonly voltageAt: readonly number[];
}

/** When supply went and came in a zone, as far as anybody said. */
export interface ZoneSlots {
  readonly offs: readonly Slot[];
  readonly ons: readonly Slot[];
  readonly told: readonly ToldDevice[];
}

/** What telemetry told of the devices of a zone, by device. */
export function tellDevices(zone: Zone, book: EvidenceBook, policy: TrackingPolicy): readonly ToldDevice[] {
  const signals = [...book.signals].sort(([a], [b]) => a - b);
  return signals.flatMap(([device, words]): ToldDevice[] => {
    const node = zone.nodeOfDevice.get(device);
    if (node === undefined || node === 0) return [];
    // A tie's position is not that of the device above it; its voltage is that of the same point.
    const isOwn = zone.nodes[node]?.devices.includes(device) === true;
    return [
      {
        node,
        switchSpells: isOwn ? spells(words, 'switch_open', 'switch_closed', policy.shotGapSeconds) : [],
        voltageSpells: spells(words, 'voltage_lost', 'voltage_present', policy.shotGapSeconds),
        closedAt: isOwn ? timesOf(words, 'switch_closed') : [],
        voltageAt: timesOf(words, 'voltage_present'),
      },
    ];
  });
}

/** Finds the slots of what was said in a zone, and of what telemetry told. */
export function findSlots(times: ZoneTimes, told: readonly ToldDevice[], policy: TrackingPolicy): ZoneSlots {
  const toldOffs: number[] = [];
  const toldOns: number[] = [];
  for (const { switchSpells, voltageSpells, voltageAt } of told) {
    for (const { openings, closedAt } of [...switchSpells, ...voltageSpells]) {
      toldOffs.push(openings[0] as number);
      if (closedAt !== null) toldOns.push(closedAt);
    }
    toldOns.push(...voltageAt);
  }
  const offSlots = cluster(inOrder(times.offs, toldOffs), policy);
  const onSlots = cluster(inOrder(times.ons, toldOns), policy);
  const unmatched = times.terminalOns
    .map((at) => at - TERMINAL_BOOT_SECONDS)
    .filter((at) => !isNearSlot(onSlots, at, TERMINAL_BOOT_SPREAD));
  const started = clusterBy(unmatched, 2 * TERMINAL_BOOT_SPREAD).map((slot) => atReturn(slot, offSlots));
  return {
    offs: merge(offSlots, callSlots(times, offSlots)),
    ons: merge(onSlots, started),
    told,
  };
}

/**
 * When supply returned, of which terminals alone told: in the middle between what the first and the last of them leave possible, and after the
 * loss that it ends, where one just after it is the only one around.
 */
function atReturn(slot: Slot, offs: readonly Slot[]): Slot {
  const { from, to } = slot;
  if (to - from > 2 * TERMINAL_BOOT_SPREAD) return slot;
  const middle = (from + to) / 2;
  const near = offs.filter((off) => Math.abs(off.from - middle) <= TERMINAL_BOOT_SPREAD);
  const [first] = near;
  if (first === undefined || first.from < middle) return { ...slot, from: middle, to: middle };
  const at = first.to + Math.max(1, (from + TERMINAL_BOOT_SPREAD - first.to) / 2);
  return { ...slot, from: at, to: at };
}

/** Two lists of instants as one that ascends; the first does already. */
function inOrder(times: readonly number[], others: readonly number[]): readonly number[] {
  return others.length === 0 ? times : [...times, ...others].sort((a, b) => a - b);
}

/** Whether a slot begins within so many seconds of an instant. */
function isNearSlot(slots: readonly Slot[], at: number, spread: number): boolean {
  let low = 0;
  let high = slots.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((slots[middle] as Slot).from < at - spread) low = middle + 1;
    else high = middle;
  }
  return low < slots.length && (slots[low] as Slot).from <= at + spread;
}

/** Seconds that a terminal takes to start and tell that it is back, and how far that varies. */
export const TERMINAL_BOOT_SECONDS = 90;
export const TERMINAL_BOOT_SPREAD = 40;

/** The slot that holds an instant; -1 where none does. */
export function slotAt(slots: readonly Slot[], at: number): number {
  for (let i = slots.length - 1; i >= 0; i--) {
    const slot = slots[i] as Slot;
    if (slot.from <= at) return at <= slot.to ? i : -1;
  }
  return -1;
}

/** The slot that holds an instant, or that what was said then made; -1 where there is none. */
export function slotToldAt(slots: readonly Slot[], at: number): number {
  const held = slotAt(slots, at);
  return held >= 0 ? held : slots.findIndex(({ saidAt }) => Math.abs(saidAt - at) < 1e-5);
}

/** Whether slots are those of before, each perhaps wider, with others that are later than all of them: then their numbers stand. */
export function isContinued(before: readonly Slot[], now: readonly Slot[]): boolean {
  if (now.length < before.length) return false;
  for (let i = 0; i < before.length; i++) {
    const old = before[i] as Slot;
    const own = now[i] as Slot;
    if (own.from > old.from || own.to < old.to) return false;
    if (i + 1 < before.length && own.to >= (before[i + 1] as Slot).from) return false;
  }
  return true;
}

function timesOf(words: readonly SignalWord[], kind: SignalWord['kind']): readonly number[] {
  return words.flatMap((word) => (word.kind === kind ? [word.at] : []));
}

function spells(
  words: readonly SignalWord[],
  opens: SignalWord['kind'],
  closes: SignalWord['kind'],
  shotGap: number,
): readonly ToldSpell[] {
  const found: { openings: number[]; closedAt: number | null }[] = [];
  for (const { at, kind } of words) {
    const last = found.at(-1);
    if (kind === opens) {
      const isShot = last !== undefined && (last.closedAt === null || at - last.closedAt <= shotGap);
      if (!isShot) found.push({ openings: [at], closedAt: null });
      else {
        if (last.closedAt !== null) last.openings.push(at);
        last.closedAt = null;
      }
    } else if (kind === closes && last !== undefined && last.closedAt === null) last.closedAt = at;
  }
  return found;
}

/** Groups instants that lie close together. Where clocks are off, what is within the margin is one. */
function cluster(times: readonly number[], policy: TrackingPolicy): readonly Slot[] {
  const found: Slot[] = [];
  for (let from = 0; from < times.length; ) {
    let to = from + 1;
    while (to < times.length && (times[to] as number) - (times[to - 1] as number) <= BLUR_SECONDS) to++;
    const window = times.slice(from, to);
    const fine = clusterBy(window, policy.slotGapSeconds);
    const isOne = isBlurred(window, fine.length, policy.slotGapSeconds);
    found.push(...(isOne ? clusterBy(window, BLUR_SECONDS) : fine));
    from = to;
  }
  return found;
}

/**
 * Whether clocks spread the stamps of a window over it: where nearly each stands alone, or where they fall into as many groups as
 * so many stamps thrown into the window by chance would, n e^(-n gap/length). Those of true openings fall into fewer.
 */
function isBlurred(times: readonly number[], groups: number, gap: number): boolean {
  const count = times.length;
  if (count < FEWEST_BLURRED) return false;
  if (groups > 0.5 * count) return true;
  const length = (times[count - 1] as number) - (times[0] as number);
  const expected = count * Math.exp((-count * gap) / length);
  return groups > 4 && groups > 0.75 * expected && groups < 1.5 * expected;
}

/** Fewer stamps tell nothing of the clocks. */
const FEWEST_BLURRED = 6;

/** Seconds without a word that end a time in which clocks may blur what happened. */
const BLUR_SECONDS = 60;

function clusterBy(times: readonly number[], gap: number): readonly Slot[] {
  const found: { from: number; to: number; witnesses: number; saidAt: number }[] = [];
  for (const at of times) {
    const last = found.at(-1);
    if (last === undefined || at - last.to > gap) found.push({ from: at, to: at, witnesses: 1, saidAt: at });
    else {
      last.to = at;
      last.witnesses++;
    }
  }
  return found;
}

/** Minutes after a slot in which calls may still be about it, and seconds that the first caller hesitates. */
const CALLS_FOLLOW_SECONDS = 7_200;
const FIRST_CALL_SECONDS = 60;

/** Slots that only callers told of: where nothing else was said in the same branch of the zone for hours before. */
function callSlots({ calls, offsByBranch }: ZoneTimes, offs: readonly Slot[]): readonly Slot[] {
  if (calls.length === 0) return [];
  const found: Slot[] = [];
  const foundIn = new Map<number, number>();
  for (const { at, branch } of calls) {
    const told = offsByBranch.get(branch) ?? [];
    // Instants are microseconds in truth: what is within one of the end belongs to it.
    const last = told[placeOf(told, at + 5 + 1e-6) - 1] ?? Number.NEGATIVE_INFINITY;
    const known = Math.max(last, foundIn.get(branch) ?? Number.NEGATIVE_INFINITY);
    if (at - known <= CALLS_FOLLOW_SECONDS) continue;
    const from = at - FIRST_CALL_SECONDS;
    foundIn.set(branch, from);
    if (slotAt(offs, from) < 0 && slotAt(found, from) < 0)
      found.push({ from, to: from, witnesses: 1, saidAt: at });
  }
  return found;
}

function merge(a: readonly Slot[], b: readonly Slot[]): readonly Slot[] {
  return b.length === 0 ? a : [...a, ...b].sort((one, other) => one.from - other.from);
}
