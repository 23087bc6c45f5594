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

/** The value of the running sum at `at`. */
export function sumAt(sums: Float64Array, at: number): number {
  return (sums[at] as number) + (sums[at + 1] as number);
}
