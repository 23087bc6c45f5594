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

/** More than there are histories or slots. */
const PAIR = 2 ** 24;

/** Fewer forgotten histories are not worth looking for what was worked out under them. */
const FEWEST_RETIRED = 50;

/** Numbers the histories that come up, and joins those of a supply and of a device below it. */
export class Histories {
  #slots: ZoneSlots;
  readonly #all: History[] = [];
  readonly #byKey = new Map<string, number>();
  readonly #joined = new Map<number, number>();
  readonly #single = new Map<number, number>();
  /** Numbers of forgotten histories; those that nobody keeps anything under are given anew. */
  #retired = new Set<number>();
  #free: number[] = [];

  constructor(slots: ZoneSlots) {
    this.#slots = slots;
    this.#intern([]);
  }

  /** How many are numbered. */
  get count(): number {
    return this.#byKey.size;
  }

  /** Numbers of histories that were forgotten, where they are so many that what was worked out under them should be forgotten, too; else null. */
  takeRetired(): ReadonlySet<number> | null {
    if (this.#retired.size < FEWEST_RETIRED || this.#retired.size < this.count) return null;
    const retired = this.#retired;
    this.#retired = new Set();
    this.#free.push(...retired);
    return retired;
  }

  /**
   * Takes slots that continue those of before. Histories with a slot that is another now are forgotten: what was worked out under their
   * numbers is never asked for again, and the same spells get new ones.
   */
  continue(slots: ZoneSlots, offs: ReadonlySet<number>, ons: ReadonlySet<number>): void {
    this.#slots = slots;
    if (offs.size + ons.size === 0) return;
    const isRetired = (id: number): boolean =>
      this.get(id).spells.some(({ off, on }) => offs.has(off) || (on >= 0 && ons.has(on)));
    const retired = new Set<number>();
    for (const [key, id] of this.#byKey) {
      if (!isRetired(id)) continue;
      retired.add(id);
      this.#retired.add(id);
      this.#byKey.delete(key);
    }
    for (const [key, id] of this.#single) if (retired.has(id)) this.#single.delete(key);
    for (const [key, id] of this.#joined) {
      if (retired.has(id) || retired.has(Math.floor(key / PAIR)) || retired.has(key % PAIR))
        this.#joined.delete(key);
    }
  }

  get(id: number): History {
    return this.#all[id] as History;
  }

  /** One spell. */
  spell(off: number, on: number): number {
    const key = off * PAIR + on + 1;
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
    const key = a < b ? a * PAIR + b : b * PAIR + a;
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
    const id = this.#free.pop() ?? this.#all.length;
    this.#byKey.set(key, id);
    const isDeadNow = (spells.at(-1)?.to ?? 0) === Number.POSITIVE_INFINITY;
    this.#all[id] = { id, spells, isDeadNow, hasRestore: spells.some(({ on }) => on >= 0) };
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
