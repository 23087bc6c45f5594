import type { SpellBelief } from './infer-zone.ts';
import type { Slot, ZoneSlots } from './slots.ts';

/** The spells that are over, each with the probability of those that overlap it and differ from it by no more than clocks do. */
export function sameSpells(
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
