/**
 * Adds `value` to the running sum at `at`: two numbers, the rounded sum and behind it what rounding lost (Knuth's two-sum).
 * Terms may be added and taken away millions of times: the error stays near 10^-32 of the largest sum there was, where a plain
 * sum would drift by 10^-16 each time.
 */
export function addToSum(sums: Float64Array, at: number, value: number): void {
  const before = sums[at] as number;
  const after = before + value;
  const added = after - before;
  sums[at + 1] = (sums[at + 1] as number) + (before - (after - added) + (value - added));
  sums[at] = after;
}

/** Takes `before` away from the running sum at `at` and adds `after`: the same as adding both, in one step. */
export function replaceInSum(sums: Float64Array, at: number, before: number, after: number): void {
  const start = sums[at] as number;
  const middle = start - before;
  const taken = middle - start;
  const end = middle + after;
  const added = end - middle;
  const lostTaking = start - (middle - taken) - (before + taken);
  const lostAdding = middle - (end - added) + (after - added);
  sums[at + 1] = (sums[at + 1] as number) + (lostTaking + lostAdding);
  sums[at] = end;
}

/** The value of the running sum at `at`. */
export function sumAt(sums: Float64Array, at: number): number {
  return (sums[at] as number) + (sums[at + 1] as number);
}
