import type { Spell } from './histories.ts';
import { mapAt } from './node-maps.ts';
import { historyKey, type OwnSpell } from './own-spell.ts';
import type { EarlierStates, OwnState } from './own-spells.ts';
import type { ZoneSlots } from './slots.ts';

/** Collects what nodes may have done, with how likely each is. */
export class PlausibleStates {
  readonly #lists: (Map<string, { readonly own: readonly OwnSpell[]; share: number }> | undefined)[];
  readonly #bySupply: (Map<string, (readonly OwnSpell[])[]> | undefined)[];
  readonly #ties: (Set<number> | undefined)[];

  constructor(count: number) {
    this.#lists = new Array(count);
    this.#bySupply = new Array(count);
    this.#ties = new Array(count);
  }

  /** Notes one thing that the devices of a node may have done under a history of their supply. */
  note(node: number, supply: readonly Spell[], { own, tie }: OwnState, share: number): void {
    if (tie >= 0) {
      this.#ties[node] ??= new Set();
      this.#ties[node]?.add(tie);
    }
    const bySupply = mapAt(this.#bySupply, node);
    const key = historyKey(supply);
    const lists = bySupply.get(key) ?? [];
    bySupply.set(key, lists);
    if (own.length === 0) return;
    lists.push(own);
    const known = mapAt(this.#lists, node).get(historyKey(own));
    if (known === undefined) mapAt(this.#lists, node).set(historyKey(own), { own, share });
    else known.share += share;
  }

  /** All of it as what was left of the time up to an instant, in seconds since 1970. */
  kept(until: number, { offs, ons }: ZoneSlots): EarlierStates {
    return {
      until,
      offs: offs.length,
      ons: ons.length,
      spells: Array.from(this.#lists, (lists) =>
        [...(lists?.values() ?? [])].sort((a, b) => b.share - a.share).map(({ own }) => own),
      ),
      bySupply: Array.from(this.#bySupply, (known) => known ?? NO_LISTS),
      ties: Array.from(this.#ties, (ties) => [...(ties ?? [])].sort((a, b) => a - b)),
    };
  }
}

const NO_LISTS: ReadonlyMap<string, readonly (readonly OwnSpell[])[]> = new Map();
