import { describe, expect, it } from 'vitest';
import { seededRandom } from './random.ts';

const first = (seed: number, count: number) => {
  const random = seededRandom(seed);
  return Array.from({ length: count }, random);
};

describe('seededRandom', () => {
  it('gives the published numbers of mulberry32', () => {
    expect(first(0, 3).map((number) => number * 2 ** 32)).toEqual([1_144_304_738, 1_416_247, 958_946_056]);
  });

  it('gives the same numbers for the same seed and others for another', () => {
    expect(first(20_261_123, 100)).toEqual(first(20_261_123, 100));
    expect(first(20_261_123, 100)).not.toEqual(first(20_261_124, 100));
  });

  it('stays from 0 to below 1 and is evenly spread', () => {
    const numbers = first(7, 100_000);
    expect(Math.min(...numbers)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...numbers)).toBeLessThan(1);
    const tenths = Array.from(
      { length: 10 },
      (_, tenth) => numbers.filter((n) => Math.floor(n * 10) === tenth).length,
    );
    for (const count of tenths) expect(Math.abs(count - 10_000)).toBeLessThan(400);
  });
});
