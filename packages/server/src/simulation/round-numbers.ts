/** Digits behind the point that scores are printed with: what lies below is noise of the sums. */
const DIGITS = 4;

/** A copy of plain data with every number rounded to four digits behind the point. */
export function roundNumbers<T>(value: T): T {
  return JSON.parse(
    JSON.stringify(value, (_, part: unknown) =>
      typeof part === 'number' ? Number(part.toFixed(DIGITS)) : part,
    ),
  ) as T;
}
