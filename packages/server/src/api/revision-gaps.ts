// Identity values are given before the commit: one that is missing is either in flight or will never come.
// Transactions end within two minutes here (statement and idle timeouts are 60 s), so ten are ample.
const WATCH_MS = 600_000;
// A gap this wide is a sequence that was set by hand, not transactions in flight.
const MOST_WATCHED = 10_000;

/** Which revisions were seen, and which lower ones are still missing and may appear late. */
export class RevisionGaps {
  readonly #now: () => number;
  readonly #missingSince = new Map<number, number>();
  #newest = 0;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** The highest revision seen. */
  get newest(): number {
    return this.#newest;
  }

  /** Lower ones that were not seen yet, each for at most ten minutes. */
  get missing(): number[] {
    const since = this.#now() - WATCH_MS;
    for (const [revision, at] of this.#missingSince) if (at < since) this.#missingSince.delete(revision);
    return [...this.#missingSince.keys()];
  }

  /** Takes `newest` as seen, and of the revisions from the first of `recent` on those that it names. */
  begin(newest: number, recent: readonly number[]): void {
    this.#newest = recent[0] === undefined ? newest : recent[0] - 1;
    this.see(recent);
    this.#newest = Math.max(this.#newest, newest);
  }

  /** Takes revisions as seen, lowest first. */
  see(revisions: readonly number[]): void {
    for (const revision of revisions) {
      if (revision <= this.#newest) {
        this.#missingSince.delete(revision);
        continue;
      }
      const first = Math.max(this.#newest + 1, revision - MOST_WATCHED);
      for (let missing = first; missing < revision; missing += 1)
        this.#missingSince.set(missing, this.#now());
      this.#newest = revision;
    }
  }
}
