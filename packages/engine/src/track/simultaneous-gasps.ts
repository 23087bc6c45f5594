/** Seconds between two stamps that may be of one moment: clocks in step are off by two at most. */
export const TOGETHER_SECONDS = 3;

/**
 * How many meters of the whole site gasped at a moment. A meter that the registry has in a wrong place gasps together with those that
 * it really hangs with, in whatever zone these are.
 */
export class SimultaneousGasps {
  readonly #meters: number;
  /** By second: how many gasped, and the zones in which they did. */
  readonly #seconds = new Map<number, { count: number; readonly zones: Set<number> }>();

  /** `meters` is how many of the site can gasp. */
  constructor(meters: number) {
    this.#meters = Math.max(1, meters);
  }

  /** Notes a gasp; gives the other zones to which that makes a difference. */
  note(at: number, zone: number): ReadonlySet<number> {
    const second = Math.floor(at);
    const known = this.#seconds.get(second) ?? { count: 0, zones: new Set<number>() };
    known.count++;
    known.zones.add(zone);
    this.#seconds.set(second, known);
    const others = new Set<number>();
    for (let near = second - TOGETHER_SECONDS; near <= second + TOGETHER_SECONDS; near++) {
      for (const other of this.#seconds.get(near)?.zones ?? []) if (other !== zone) others.add(other);
    }
    return others;
  }

  /** Forgets the gasps before an instant. */
  forgetBefore(from: number): void {
    for (const second of this.#seconds.keys()) if (second < from) this.#seconds.delete(second);
  }

  /** Share of the site's meters, 0 to 1, that gasped within these seconds or around them, without the first two. */
  share(from: number, to: number): number {
    let count = 0;
    for (let second = Math.floor(from) - TOGETHER_SECONDS; second <= to + TOGETHER_SECONDS; second++) {
      count += this.#seconds.get(second)?.count ?? 0;
    }
    return Math.min(1, Math.max(0, count - 2) / this.#meters);
  }
}
