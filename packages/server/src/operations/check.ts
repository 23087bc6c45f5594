/** One criterion of a working installation: what is wanted, what was found, and what to do where that is less. */
export interface Check {
  readonly check: string;
  readonly ok: boolean;
  readonly wanted: string;
  readonly detail: string;
  /** The next command, or what else mends it; null where nothing is to be done. */
  readonly next: string | null;
}

/** A criterion that passed or failed; `next` is told only where it failed. */
export function check(
  name: string,
  passed: boolean,
  { wanted, detail, next }: { readonly wanted: string; readonly detail: string; readonly next: string },
): Check {
  return { check: name, ok: passed, wanted, detail, next: passed ? null : next };
}

/** A count as people read it: `5,000`. */
export function count(value: number): string {
  return value.toLocaleString('en-US');
}
