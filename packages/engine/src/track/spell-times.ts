import type { Instant } from '../instant.ts';
import type { SpellBelief } from './infer-zone.ts';
import type { Slot, ZoneSlots } from './slots.ts';

/** A slot that is at least so likely as the likeliest one may be the true beginning. */
const CONSISTENT = 0.2;

/** Seconds by which the stamps of one opening differ at most. */
const ONE_OPENING_SECONDS = 150;

/** The earliest consistent begin of a spell of a node: clocks put one opening into several slots. */
export function beganAt(
  slots: ZoneSlots,
  node: number,
  spells: readonly SpellBelief[],
  spell: Pick<SpellBelief, 'off' | 'on'>,
): Instant {
  const { from } = slots.offs[spell.off] as Slot;
  const end = spell.on < 0 ? Number.POSITIVE_INFINITY : endedAt(slots, node, spell.on) / 1e6;
  const told = slots.told
    .filter((device) => device.node === node)
    .flatMap(({ switchSpells, voltageSpells }) => [...switchSpells, ...voltageSpells])
    // What had closed before is another opening, however near.
    .filter(({ closedAt }) => closedAt === null || closedAt > from)
    .map(({ openings }) => openings[0] as number)
    // A trip stamped after everybody was back is no beginning of what was over.
    .filter((at) => at < end && Math.abs(at - from) <= ONE_OPENING_SECONDS);
  if (told.length > 0) return instantAt(Math.min(...told));
  const own = spells.find(({ off, on }) => off === spell.off && on === spell.on)?.probability;
  let first = spell;
  for (const other of spells) {
    const at = (slots.offs[other.off] as Slot).from;
    const isSame = other.on < 0 === spell.on < 0 && Math.abs(at - from) <= ONE_OPENING_SECONDS;
    const isOver = other.on >= 0 && (slots.ons[other.on] as Slot).from <= from;
    const isEarlier = !isOver && at < (slots.offs[first.off] as Slot).from;
    if (isSame && isEarlier && other.probability >= CONSISTENT * (own ?? Number.POSITIVE_INFINITY))
      first = other;
  }
  return toldAt(slots, node, first.off, end);
}

/** When telemetry told that a node opened within a slot, else when that was first said; before its end in any case. */
function toldAt({ offs, told }: ZoneSlots, node: number, off: number, end: number): Instant {
  const { from, to, saidAt } = offs[off] as Slot;
  for (const device of told) {
    if (device.node !== node) continue;
    for (const { openings } of [...device.switchSpells, ...device.voltageSpells]) {
      const opening = openings.find((at) => at >= from && at <= to && at < end);
      if (opening !== undefined) return instantAt(opening);
    }
  }
  return instantAt(saidAt < end ? saidAt : from);
}

/** When telemetry told that a node closed within a slot, else when the slot began. */
export function endedAt({ ons, told }: ZoneSlots, node: number, on: number): Instant {
  const { from, to } = ons[on] as Slot;
  for (const device of told) {
    if (device.node !== node) continue;
    for (const { closedAt } of [...device.switchSpells, ...device.voltageSpells])
      if (closedAt !== null && closedAt >= from && closedAt <= to) return instantAt(closedAt);
  }
  return instantAt(from);
}

/** Seconds since 1970 as an instant. */
export function instantAt(seconds: number): Instant {
  return Math.round(seconds * 1e6);
}
