import type { TrackingPolicy } from '../policy-tracking.ts';
import type { EvidenceBook, SignalWord, WitnessWords } from './evidence-book.ts';
import type { Zone } from './zone.ts';

/** A short time in which something opened or closed, as the stamps of what was said show; seconds since 1970. */
export interface Slot {
  readonly from: number;
  readonly to: number;
  /** Witnesses that told of it. */
  readonly witnesses: number;
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

/** Whether a meter gasps so often that it must be its contact and not its supply. */
export function isChattering({ offs }: WitnessWords, policy: TrackingPolicy): boolean {
  const span = policy.chatterMinutes * 60;
  const last = policy.chatterOffs - 1;
  for (let i = last; i < offs.length; i++) {
    if ((offs[i] as number) - (offs[i - last] as number) <= span) return true;
  }
  return false;
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

/** Finds the slots of a zone's evidence. */
export function findSlots(zone: Zone, book: EvidenceBook, policy: TrackingPolicy): ZoneSlots {
  const told = tellDevices(zone, book, policy);
  const offs: number[] = [];
  const ons: number[] = [];
  for (const words of book.meters.values()) {
    if (isChattering(words, policy)) continue;
    for (const at of words.offs) offs.push(at);
    for (const { at, isRestore } of words.ons) if (isRestore) ons.push(at);
  }
  const lateOns: number[] = [];
  for (const words of book.terminals.values()) {
    if (isChattering(words, policy)) continue;
    offs.push(...words.offs);
    for (const { at } of words.ons) lateOns.push(at - TERMINAL_BOOT_SECONDS);
  }
  for (const { switchSpells, voltageSpells } of told) {
    for (const { openings, closedAt } of [...switchSpells, ...voltageSpells]) {
      offs.push(openings[0] as number);
      if (closedAt !== null) ons.push(closedAt);
    }
  }
  for (const { voltageAt } of told) ons.push(...voltageAt);
  const offSlots = cluster(offs, policy);
  const onSlots = cluster(ons, policy);
  const unmatched = lateOns.filter(
    (at) => !onSlots.some((slot) => Math.abs(at - slot.from) <= TERMINAL_BOOT_SPREAD),
  );
  return {
    offs: merge(offSlots, callSlots(zone, book, offSlots)),
    ons: merge(
      onSlots,
      clusterBy(
        unmatched.sort((a, b) => a - b),
        2 * TERMINAL_BOOT_SPREAD,
      ),
    ),
    told,
  };
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
function cluster(times: number[], policy: TrackingPolicy): readonly Slot[] {
  times.sort((a, b) => a - b);
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
  const found: { from: number; to: number; witnesses: number }[] = [];
  for (const at of times) {
    const last = found.at(-1);
    if (last === undefined || at - last.to > gap) found.push({ from: at, to: at, witnesses: 1 });
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
function callSlots(zone: Zone, book: EvidenceBook, offs: readonly Slot[]): readonly Slot[] {
  if (![...book.meters.values()].some(({ calls }) => calls.length > 0)) return [];
  const branchOf = (node: number): number => {
    let at = node;
    while (at > 0 && (zone.nodes[at]?.depth ?? 0) > 1) at = zone.nodes[at]?.parent ?? 0;
    return at;
  };
  const known = new Map<number, number[]>();
  const note = (branch: number, at: number): void => {
    const times = known.get(branch);
    if (times === undefined) known.set(branch, [at]);
    else times.push(at);
  };
  const calls: { at: number; branch: number }[] = [];
  for (const [meter, words] of book.meters) {
    const branch = branchOf(zone.nodeOfMeter[meter - zone.from] as number);
    for (const at of words.offs) note(branch, at);
    for (const at of words.calls) calls.push({ at, branch });
  }
  for (const [terminal, words] of book.terminals) {
    const branch = branchOf(zone.nodeOfTerminal.get(terminal) as number);
    for (const at of words.offs) note(branch, at);
  }
  if (calls.length === 0) return [];
  const found: Slot[] = [];
  for (const { at, branch } of calls.sort((a, b) => a.at - b.at || a.branch - b.branch)) {
    const isKnown =
      known.get(branch)?.some((off) => off <= at + 5 && at - off <= CALLS_FOLLOW_SECONDS) ?? false;
    if (isKnown) continue;
    const from = at - FIRST_CALL_SECONDS;
    note(branch, from);
    if (slotAt(offs, from) < 0 && slotAt(found, from) < 0) found.push({ from, to: from, witnesses: 1 });
  }
  return found;
}

function merge(a: readonly Slot[], b: readonly Slot[]): readonly Slot[] {
  return b.length === 0 ? a : [...a, ...b].sort((one, other) => one.from - other.from);
}
