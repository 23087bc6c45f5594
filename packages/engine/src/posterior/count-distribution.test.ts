import { describe, expect, test } from 'vitest';
import {
  type CountDistribution,
  centralInterval,
  certainly,
  either,
  plus,
  rareEvents,
} from './count-distribution.ts';

function momentsOf({ counts, weights }: CountDistribution) {
  let total = 0;
  let mean = 0;
  let variance = 0;
  for (const weight of weights) total += weight;
  for (const [i, weight] of weights.entries()) mean += weight * counts[i]!;
  for (const [i, weight] of weights.entries()) variance += weight * (counts[i]! - mean) ** 2;
  return { total, mean, variance };
}

const coin = either(0.5, 1, certainly(0));

test('the sum of three coins is the binomial distribution', () => {
  const three = plus(plus(coin, coin), coin);
  expect([...three.counts]).toEqual([0, 1, 2, 3]);
  expect([...three.weights]).toEqual([0.125, 0.375, 0.375, 0.125]);
});

test('a distribution over too many counts is drawn together and keeps its mean', () => {
  let sum = certainly(0);
  let [mean, variance] = [0, 0];
  for (let event = 1; event <= 40; event++) {
    // Sizes without a common measure: no two sums are equal.
    const size = Math.sqrt(event);
    sum = plus(sum, either(0.3, size, certainly(0)));
    mean += 0.3 * size;
    variance += 0.21 * size ** 2;
  }
  expect(sum.counts.length).toBeLessThanOrEqual(2 * 512);
  expect([...sum.counts]).toEqual([...sum.counts].sort((a, b) => a - b));
  const moments = momentsOf(sum);
  expect(moments.total).toBeCloseTo(1, 9);
  expect(moments.mean).toBeCloseTo(mean, 9);
  expect(moments.variance / variance).toBeCloseTo(1, 2);
});

describe('rare events', () => {
  test.for([
    [0.001, 0.001],
    [3, 12],
    [50, 60],
    [1e4, 1e4],
    [5, 0],
    [0, 0],
  ] as const)('have mean %d and variance %d as asked for', ([mean, variance]) => {
    const moments = momentsOf(rareEvents(mean, variance));
    expect(moments.total).toBeCloseTo(1, 9);
    expect(Math.abs(moments.mean - mean)).toBeLessThanOrEqual(1e-6 * mean);
    expect(Math.abs(moments.variance - variance)).toBeLessThanOrEqual(1e-3 * variance);
  });
});

describe('the central interval', () => {
  test.for([
    ['of a certain count', certainly(7), [7, 7]],
    ['leaves out what has less than a tenth on its side', either(0.09, 40, certainly(0)), [0, 0]],
    ['leaves out what has a tenth exactly', either(0.1, 40, certainly(0)), [0, 0]],
    ['takes in what has more', either(0.11, 40, certainly(0)), [0, 40]],
    ['is in whole customers, rounded outwards', either(0.5, 2.5, certainly(1.5)), [1, 3]],
  ] as const)('%s', ([, distribution, interval]) => {
    expect(centralInterval(distribution, 0.8)).toEqual(interval);
  });
});
