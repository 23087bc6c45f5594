/** The distribution of a number of customers: counts in ascending order, each with its probability. */
export interface CountDistribution {
  readonly counts: Float64Array;
  readonly weights: Float64Array;
}

/**
 * Most counts that are told apart. A distribution over more is drawn together into slices of this share of the probability, each
 * at its mean: the mean stays exact, and a quantile moves by no more than its slice is wide.
 */
const SLICES = 512;

/**
 * The same for the shorter of two long distributions that are added: the other one's spread hides its slices, and 512 by 512 would
 * take 50 ms.
 */
const ADDED_SLICES = 64;

/** The count that is certain. */
export function certainly(count: number): CountDistribution {
  return { counts: Float64Array.of(count), weights: Float64Array.of(1) };
}

/** `count` with `probability`, else what `otherwise` says. */
export function either(probability: number, count: number, otherwise: CountDistribution): CountDistribution {
  if (probability <= 0) return otherwise;
  if (probability >= 1) return certainly(count);
  return drawTogether(
    mixture(shifted(certainly(count), 0, probability), shifted(otherwise, 0, 1 - probability)),
  );
}

/** The sum of two independent counts. */
export function plus(a: CountDistribution, b: CountDistribution): CountDistribution {
  const [long, shorter] = a.counts.length >= b.counts.length ? [a, b] : [b, a];
  const short = drawTogether(shorter, ADDED_SLICES);
  // Each count of the shorter one shifts the longer one; halving keeps the lists that are merged equally long.
  const sumOf = (from: number, to: number): CountDistribution => {
    if (to - from === 1) return shifted(long, short.counts[from] as number, short.weights[from] as number);
    const middle = (from + to) >>> 1;
    return mixture(sumOf(from, middle), sumOf(middle, to));
  };
  return drawTogether(sumOf(0, short.counts.length));
}

/**
 * The sum of many rare events of about the same size, from its mean and variance: a Poisson number of events of one size, and
 * beyond a hundred events the normal distribution that this comes to.
 */
export function rareEvents(mean: number, variance: number): CountDistribution {
  if (!(mean > 0)) return certainly(0);
  if (!(variance > 0)) return certainly(mean);
  const events = mean ** 2 / variance;
  const counts: number[] = [];
  const weights: number[] = [];
  if (events > 100) {
    const deviation = Math.sqrt(variance);
    for (let step = -50; step <= 50; step++) {
      counts.push(mean + (step / 10) * deviation);
      weights.push(Math.exp(-((step / 10) ** 2) / 2));
    }
  } else {
    const size = variance / mean;
    let weight = Math.exp(-events);
    let rest = 1;
    for (let n = 0; rest > 1e-9; n++) {
      counts.push(n * size);
      weights.push(weight);
      rest -= weight;
      weight *= events / (n + 1);
    }
  }
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return {
    counts: Float64Array.from(counts),
    weights: Float64Array.from(weights, (weight) => weight / total),
  };
}

/**
 * The central interval of whole counts that holds at least the share `coverage`: below it and above it lies at most half of
 * the rest each.
 */
export function centralInterval(
  { counts, weights }: CountDistribution,
  coverage: number,
): readonly [low: number, high: number] {
  // Weights are sums; a tail that is the limit but for rounding has not passed it.
  const tail = (1 - coverage) / 2 + 1e-12;
  let from = 0;
  for (
    let sum = weights[0] as number;
    sum <= tail && from < counts.length - 1;
    sum += weights[from] as number
  )
    from++;
  let to = counts.length - 1;
  for (let sum = weights[to] as number; sum <= tail && to > 0; sum += weights[to] as number) to--;
  return [Math.floor((counts[from] as number) + 1e-6), Math.max(0, Math.ceil((counts[to] as number) - 1e-6))];
}

function shifted({ counts, weights }: CountDistribution, by: number, share: number): CountDistribution {
  return { counts: counts.map((count) => count + by), weights: weights.map((weight) => weight * share) };
}

/** Two lists in ascending order as one; counts that are equal but for rounding become one. */
function mixture(a: CountDistribution, b: CountDistribution): CountDistribution {
  const longest = a.counts.length + b.counts.length;
  const counts = new Float64Array(longest);
  const weights = new Float64Array(longest);
  let length = 0;
  for (let i = 0, j = 0; i < a.counts.length || j < b.counts.length; ) {
    const isFirst = j === b.counts.length || (a.counts[i] as number) <= (b.counts[j] as number);
    const count = (isFirst ? a.counts[i] : b.counts[j]) as number;
    const weight = (isFirst ? a.weights[i++] : b.weights[j++]) as number;
    if (length > 0 && count - (counts[length - 1] as number) < 1e-9) {
      weights[length - 1] = (weights[length - 1] as number) + weight;
    } else {
      counts[length] = count;
      weights[length++] = weight;
    }
  }
  return { counts: counts.subarray(0, length), weights: weights.subarray(0, length) };
}

/** A list of more than `slices` counts, drawn together. */
function drawTogether(distribution: CountDistribution, slices: number = SLICES): CountDistribution {
  const { counts, weights } = distribution;
  if (counts.length <= slices) return distribution;
  const kept: number[] = [];
  const keptWeights: number[] = [];
  let sum = 0;
  let weight = 0;
  const close = () => {
    if (weight > 0) {
      kept.push(sum / weight);
      keptWeights.push(weight);
    }
    sum = 0;
    weight = 0;
  };
  for (let i = 0; i < counts.length; i++) {
    const share = weights[i] as number;
    if (weight + share > 1 / slices) close();
    sum += (counts[i] as number) * share;
    weight += share;
  }
  close();
  return { counts: Float64Array.from(kept), weights: Float64Array.from(keptWeights) };
}
