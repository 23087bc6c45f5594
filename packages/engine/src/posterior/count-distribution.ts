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

/** The count that is certain. */
export function certainly(count: number): CountDistribution {
  return { counts: Float64Array.of(count), weights: Float64Array.of(1) };
}

/** `count` with `probability`, else what `otherwise` says. */
export function either(probability: number, count: number, otherwise: CountDistribution): CountDistribution {
  if (probability <= 0) return otherwise;
  if (probability >= 1) return certainly(count);
  const pairs = Array.from(
    otherwise.counts,
    (other, i): Pair => [other, (1 - probability) * (otherwise.weights[i] as number)],
  );
  pairs.push([count, probability]);
  return gather(pairs);
}

/** The sum of two independent counts. */
export function plus(a: CountDistribution, b: CountDistribution): CountDistribution {
  if (a.counts.length === 1 && a.counts[0] === 0) return b;
  if (b.counts.length === 1 && b.counts[0] === 0) return a;
  const pairs: Pair[] = [];
  for (let i = 0; i < a.counts.length; i++) {
    for (let j = 0; j < b.counts.length; j++) {
      pairs.push([
        (a.counts[i] as number) + (b.counts[j] as number),
        (a.weights[i] as number) * (b.weights[j] as number),
      ]);
    }
  }
  return gather(pairs);
}

/**
 * The sum of many rare events of about the same size, from its mean and variance: a Poisson number of events of one size, and
 * beyond a hundred events the normal distribution that this comes to.
 */
export function rareEvents(mean: number, variance: number): CountDistribution {
  if (!(mean > 0)) return certainly(0);
  if (!(variance > 0)) return certainly(mean);
  const events = mean ** 2 / variance;
  const pairs: Pair[] = [];
  if (events > 100) {
    const deviation = Math.sqrt(variance);
    for (let z = -5; z <= 5; z += 0.1) pairs.push([mean + z * deviation, Math.exp(-(z ** 2) / 2)]);
  } else {
    const size = variance / mean;
    let weight = Math.exp(-events);
    let rest = 1;
    for (let n = 0; rest > 1e-9; n++) {
      pairs.push([n * size, weight]);
      rest -= weight;
      weight *= events / (n + 1);
    }
  }
  return gather(pairs);
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

type Pair = [count: number, weight: number];

/** Sorts, joins equal counts, draws together what is too many, and makes the weights sum to 1. */
function gather(pairs: Pair[]): CountDistribution {
  pairs.sort((a, b) => a[0] - b[0]);
  let total = 0;
  const joined: Pair[] = [];
  for (const pair of pairs) {
    total += pair[1];
    const last = joined.at(-1);
    if (last !== undefined && pair[0] - last[0] < 1e-9) last[1] += pair[1];
    else joined.push(pair);
  }
  const kept = joined.length > SLICES ? drawTogether(joined, total / SLICES) : joined;
  return {
    counts: Float64Array.from(kept, ([count]) => count),
    weights: Float64Array.from(kept, ([, weight]) => weight / total),
  };
}

function drawTogether(pairs: readonly Pair[], slice: number): Pair[] {
  const kept: Pair[] = [];
  let sum = 0;
  let weight = 0;
  const close = () => {
    if (weight > 0) kept.push([sum / weight, weight]);
    sum = 0;
    weight = 0;
  };
  for (const [count, share] of pairs) {
    if (weight + share > slice) close();
    sum += count * share;
    weight += share;
  }
  close();
  return kept;
}
