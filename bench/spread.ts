/** Minimum, median and maximum of a figure over several runs. */
export interface Spread {
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

/** The spread of `values`, of which there must be at least one. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.round(share * (sorted.length - 1))] as number;
  return { min: at(0), median: at(0.5), max: at(1) };
}

/** `12.3 (11.9-12.8)`: median with minimum and maximum, each divided by `unit`. */
export function formatSpread(spread: Spread, unit = 1, digits = 1): string {
  const text = (value: number) => (value / unit).toFixed(digits);
  return `${text(spread.median)} (${text(spread.min)}-${text(spread.max)})`;
}
