/** log(e^a + e^b) without leaving log space; minus infinity, a probability of 0, is legal on either side. */
export function logAddExp(a: number, b: number): number {
  const gap = a - b;
  // Equal infinities have no gap; anything else that has none is no number.
  if (Number.isNaN(gap)) return a === b ? a : Number.NaN;
  return gap > 0 ? a + Math.log1p(Math.exp(-gap)) : b + Math.log1p(Math.exp(gap));
}

/** log p, log(1 - p) of a probability. */
export function logPair(probability: number): readonly [logTrue: number, logFalse: number] {
  return [Math.log(probability), Math.log1p(-probability)];
}

/** Largest size of a finite log-likelihood: the sum over 10^8 points is still finite. */
export const LOG_LIKELIHOOD_LIMIT = 1e300;

/**
 * Whether `value` can be a log-likelihood: minus infinity says "impossible", a density may be above 1 and so the
 * logarithm above 0. Refused are NaN, plus infinity and what is larger than `LOG_LIKELIHOOD_LIMIT` in size.
 */
export function isLogLikelihood(value: number): boolean {
  return (
    (value >= -LOG_LIKELIHOOD_LIMIT && value <= LOG_LIKELIHOOD_LIMIT) || value === Number.NEGATIVE_INFINITY
  );
}

/** Throws a `RangeError` for what is no log-likelihood. */
export function requireLogLikelihood(value: number): void {
  if (!isLogLikelihood(value)) throw new RangeError(`${value} is no log-likelihood`);
}

/** Throws a `RangeError` for what is not between 0 and 1. */
export function requireProbability(value: number): void {
  if (!(value >= 0 && value <= 1)) throw new RangeError(`${value} is no probability`);
}
