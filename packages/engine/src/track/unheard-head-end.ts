import type { ZoneConditions } from './site-conditions.ts';
import type { ZoneSlots } from './slots.ts';

/** A time in which the head-end may have been silent; seconds since 1970, infinite where nothing was heard since. */
export interface UnheardStretch {
  readonly from: number;
  readonly to: number;
}

/** Minutes are as fine as it need be known when anything was heard of the head-end. */
const MINUTE = 60;

/** So many minutes before an opening, and after it, a silence is followed; one that lasts longer lasts. */
const MOST_BEFORE = 30;
const MOST_AFTER = 6 * 60;

/** So many openings that nobody else tells of are looked at, the latest ones. */
const MOST_STRETCHES = 3;

/** In which minutes, by event time, the head-end told anything of anybody. */
export class HeardMinutes {
  readonly #minutes = new Set<number>();

  /** Notes a word; false where its minute was known. */
  note(at: number): boolean {
    const minute = Math.floor(at / MINUTE);
    if (this.#minutes.has(minute)) return false;
    this.#minutes.add(minute);
    return true;
  }

  /**
   * The times around openings that telemetry told of in which the head-end told nothing of anybody, although `latency` seconds are over:
   * either nobody lost supply, or it was silent. By start, of the latest openings.
   */
  stretchesAround({ told }: ZoneSlots, latency: number, now: number): readonly UnheardStretch[] {
    const found = new Map<number, UnheardStretch>();
    for (const { switchSpells, voltageSpells } of told) {
      for (const { openings } of [...switchSpells, ...voltageSpells]) {
        const stretch = this.#stretchAround(openings[0] as number, latency);
        if (stretch !== null && now - (openings[0] as number) > latency) found.set(stretch.from, stretch);
      }
    }
    return [...found.values()].sort((a, b) => a.from - b.from).slice(-MOST_STRETCHES);
  }

  #stretchAround(opening: number, latency: number): UnheardStretch | null {
    const first = Math.floor((opening - MINUTE / 2) / MINUTE);
    const last = Math.floor((opening + latency) / MINUTE);
    for (let minute = first; minute <= last; minute++) if (this.#minutes.has(minute)) return null;
    let from = first;
    while (first - from < MOST_BEFORE && !this.#minutes.has(from - 1)) from--;
    let to = last + 1;
    while (to - last < MOST_AFTER && !this.#minutes.has(to)) to++;
    return { from: from * MINUTE, to: to - last >= MOST_AFTER ? Number.POSITIVE_INFINITY : to * MINUTE };
  }
}

/** The conditions of a zone with the head-end silent for a time besides. */
export function withSilence({ health, works }: ZoneConditions, stretch: UnheardStretch): ZoneConditions {
  const { meters } = health;
  return { works, health: { ...health, meters: { ...meters, mute: [...meters.mute, stretch] } } };
}
