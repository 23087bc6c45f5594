import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { seededRandom } from '../random.ts';
import { customersInterval } from './customers-interval.ts';
import { SOURCE } from './posterior-forest.ts';
import { PosteriorTree } from './posterior-tree.ts';
import { enumerateStates } from './testing/enumerate-states.ts';
import { randomForest } from './testing/random-forest.ts';
import { smallSnapshot, treeOf } from './testing/small-snapshots.ts';

/** The interval that the definition gives: at most a tenth of the probability below it, and above it. */
function centralOf(distribution: ReadonlyMap<number, number>): [number, number] {
  const ascending = [...distribution].filter(([, p]) => p > 1e-15).sort((a, b) => a[0] - b[0]);
  const quantile = (pairs: [number, number][]): number => {
    let sum = 0;
    for (const [n, p] of pairs) {
      sum += p;
      if (sum > 0.1 + 1e-9) return n;
    }
    throw new Error('probabilities do not sum to 1');
  };
  return [quantile(ascending), quantile(ascending.toReversed())];
}

/** Whether a tail is so near to the limit that rounding decides. */
function isOnTheEdge(distribution: ReadonlyMap<number, number>): boolean {
  let sum = 0;
  const sums = [...distribution].sort((a, b) => a[0] - b[0]).map(([, p]) => (sum += p));
  return sums.some((tail) => Math.min(Math.abs(tail - 0.1), Math.abs(tail - 0.9)) < 1e-7);
}

test('on small forests it is the central interval of the exact distribution, everywhere and below each device', () => {
  fc.assert(
    fc.property(smallSnapshot, (snapshot) => {
      const expected = enumerateStates(snapshot);
      const tree = treeOf(snapshot);
      if (expected === null) {
        expect(customersInterval(tree)).toBeNull();
        return;
      }
      if (!isOnTheEdge(expected.customersOut)) {
        expect(customersInterval(tree)).toEqual(centralOf(expected.customersOut));
      }
      for (const [d, distribution] of expected.customersOutBelow.entries()) {
        if (!isOnTheEdge(distribution)) expect(customersInterval(tree, d)).toEqual(centralOf(distribution));
      }
    }),
    { numRuns: 800 },
  );
});

describe('an outage is rather all of its customers or none than something between', () => {
  const tree = new PosteriorTree(
    {
      parent: Int32Array.of(SOURCE, 0, 0),
      leafDevice: Int32Array.of(1, 2),
      customers: Int32Array.of(40, 500),
    },
    Float64Array.of(1e-6, 1e-3, 1e-3),
  );

  test('40 where the transformer is open with 95 %', () => {
    tree.setLeaf(0, -Math.log(0.95 / 0.05) - Math.log(999), 0);
    expect(tree.deviceBeliefs(1)?.interrupting).toBeCloseTo(0.95, 2);
    expect(customersInterval(tree)).toEqual([40, 40]);
    expect(customersInterval(tree, 2)).toEqual([0, 0]);
  });

  test('0 to 40 where it is open with 60 %', () => {
    tree.setLeaf(0, -Math.log(0.6 / 0.4) - Math.log(999), 0);
    expect(customersInterval(tree)).toEqual([0, 40]);
    expect(customersInterval(tree, 0, { coverage: 0.1 })).toEqual([40, 40]);
  });
});

describe('summing rare devices up by size', () => {
  test('gives the interval of convolving each one, within a hundredth of the probability', () => {
    const random = seededRandom(7);
    const forest = randomForest(random, { feeders: 12, levels: 5, leavesPerDevice: 8 });
    const tree = new PosteriorTree(
      forest,
      Float64Array.from(forest.parent, () => 10 ** (-1 - 3 * random())),
    );
    for (let leaf = 0; leaf < tree.leafCount; leaf++) {
      const out = random() < 0.02 ? random() : 1e-3 * random();
      const customers = forest.customers[leaf] as number;
      tree.setLeaf(
        leaf,
        random() < 0.1 ? -4 * random() : 0,
        -3 * random(),
        customers * out,
        customers ** 2 * out * (1 - out),
      );
    }
    for (const coverage of [0.5, 0.8, 0.95]) {
      for (const device of [SOURCE, 0, 1, 5]) {
        const summed = customersInterval(tree, device, { coverage, exactLimit: 50 }) as [number, number];
        const narrower = customersInterval(tree, device, { coverage: coverage - 0.02, exactLimit: 1e6 }) as [
          number,
          number,
        ];
        const wider = customersInterval(tree, device, { coverage: coverage + 0.02, exactLimit: 1e6 }) as [
          number,
          number,
        ];
        const scale = 1 + 0.01 * wider[1];
        expect(summed[0]).toBeLessThanOrEqual(narrower[0] + scale);
        expect(summed[0]).toBeGreaterThanOrEqual(wider[0] - scale);
        expect(summed[1]).toBeGreaterThanOrEqual(narrower[1] - scale);
        expect(summed[1]).toBeLessThanOrEqual(wider[1] + scale);
      }
    }
  });

  test('finds the spread of a thousand single services among 100,000 meters', () => {
    const leaves = 100_000;
    const tree = new PosteriorTree(
      {
        parent: Int32Array.from({ length: 1000 }, () => SOURCE),
        leafDevice: Int32Array.from({ length: leaves }, (_, leaf) => leaf % 1000),
        customers: new Int32Array(leaves).fill(1),
      },
      new Float64Array(1000).fill(1e-9),
    );
    const column = (value: number) => new Float64Array(leaves).fill(value);
    tree.setAllLeaves({
      logOn: column(0),
      logOff: column(0),
      meanOut: column(0.01),
      varianceOut: column(0.0099),
    });
    const [low, high] = customersInterval(tree) as [number, number];
    // 1000 ± 1.2816 · √990, give or take a slice of the distribution.
    expect(Math.abs(low - 959.7)).toBeLessThan(2.5);
    expect(Math.abs(high - 1040.3)).toBeLessThan(2.5);
  });
});
