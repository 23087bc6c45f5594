/** A spell of one device: an off-slot, and an on-slot or -1. */
export interface OwnSpell {
  readonly off: number;
  readonly on: number;
}

/** Names a history by its slots. */
export function historyKey(spells: readonly OwnSpell[]): string {
  return spells.map(({ off, on }) => `${off}:${on}`).join(' ');
}

/** On-slots of a zone are fewer than this. */
const SLOT_LIMIT = 65_536;

/** A spell as one number. */
export function spellKey(off: number, on: number): number {
  return off * SLOT_LIMIT + on + 1;
}

/** The spell of such a number. */
export function fromKey(key: number): { readonly off: number; readonly on: number } {
  return { off: Math.floor(key / SLOT_LIMIT), on: (key % SLOT_LIMIT) - 1 };
}
