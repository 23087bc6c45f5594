import type { Slot, ZoneSlots } from './slots.ts';

/** A spell without supply: from an off-slot to an on-slot, by their indices; `on` is -1 while it lasts. */
export interface Spell {
  readonly off: number;
  readonly on: number;
  /** Seconds since 1970; Infinity while it lasts. */
  readonly from: number;
  readonly to: number;
}

/** All that happened to the supply of a point, as spells without it that ascend and do not overlap. */
export interface History {
  readonly id: number;
  readonly spells: readonly Spell[];
  readonly isDeadNow: boolean;
  readonly hasRestore: boolean;
}

/** Always energised. */
export const ALWAYS_ON = 0;

/** Numbers the histories that come up, and joins those of a supply and of a device below it. */
export class Histories {
  readonly #slots: ZoneSlots;
  readonly #all: History[] = [];
  readonly #byKey = new Map<string, number>();
  readonly #joined = new Map<number, number>();
  readonly #single = new Map<number, number>();

  constructor(slots: ZoneSlots) {
    this.#slots = slots;
    this.#intern([]);
  }

  get(id: number): History {
    return this.#all[id] as History;
  }

  /** One spell. */
  spell(off: number, on: number): number {
    const key = off * 65_536 + on + 1;
    let single = this.#single.get(key);
    if (single === undefined) {
      single = this.#intern([this.#spell(off, on)]);
      this.#single.set(key, single);
    }
    return single;
  }

  /** Dead whenever one of the two is. */
  join(a: number, b: number): number {
    if (a === b || b === ALWAYS_ON) return a;
    if (a === ALWAYS_ON) return b;
    const key = a < b ? a * 65_536 + b : b * 65_536 + a;
    let joined = this.#joined.get(key);
    if (joined === undefined) {
      joined = this.#intern(unite([...this.get(a).spells, ...this.get(b).spells]));
      this.#joined.set(key, joined);
    }
    return joined;
  }

  /** The same, with the last spell ended at an on-slot already; null where that lies outside of it. */
  endedAt(id: number, on: number): number | null {
    const { spells } = this.get(id);
    const last = spells.at(-1);
    const { from } = this.#slots.ons[on] as Slot;
    if (last === undefined || from <= last.from || from >= last.to) return null;
    return this.#intern([...spells.slice(0, -1), this.#spell(last.off, on)]);
  }

  #spell(off: number, on: number): Spell {
    return {
      off,
      on,
      from: (this.#slots.offs[off] as Slot).from,
      to: on < 0 ? Number.POSITIVE_INFINITY : (this.#slots.ons[on] as Slot).from,
    };
  }

  #intern(spells: readonly Spell[]): number {
    const key = spells.map(({ off, on }) => `${off}:${on}`).join(' ');
    const known = this.#byKey.get(key);
    if (known !== undefined) return known;
    const id = this.#all.length;
    this.#byKey.set(key, id);
    const isDeadNow = (spells.at(-1)?.to ?? 0) === Number.POSITIVE_INFINITY;
    this.#all.push({ id, spells, isDeadNow, hasRestore: spells.some(({ on }) => on >= 0) });
    return id;
  }
}

function unite(spells: Spell[]): readonly Spell[] {
  spells.sort((a, b) => a.from - b.from || a.to - b.to);
  const united: Spell[] = [];
  for (const spell of spells) {
    const last = united.at(-1);
    if (last === undefined || spell.from > last.to) united.push(spell);
    else if (spell.to > last.to) united[united.length - 1] = { ...last, to: spell.to, on: spell.on };
  }
  return united;
}
