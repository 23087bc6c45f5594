import { describe, expect, test } from 'vitest';
import { fnv1a, laneOf } from './lane-of.ts';

describe('the lane of a subject', () => {
  test('comes of the hash whose values its authors published', () => {
    expect(['', 'a', 'foobar'].map(fnv1a)).toEqual([0x811c9dc5, 0xe40c292c, 0xbf9cf968]);
  });

  test('is one of the lanes, whatever the subject', () => {
    for (const subject of ['', 'F00K123', 'محطة', 'x'.repeat(128)]) {
      expect(laneOf(subject, 1)).toBe(0);
      for (let lanes = 1; lanes < 9; lanes++) expect(Array(lanes).keys()).toContain(laneOf(subject, lanes));
    }
  });

  test.each([
    ['asset numbers that count upwards', (n: number) => `asset-${String(n).padStart(12, '0')}`],
    ['ONU numbers in steps of two', (n: number) => String(3_230_316 + 2 * n)],
    ['numbers whose digits all stand twice', (n: number) => [...String(n)].map((d) => d + d).join('')],
  ])('is another for other subjects: %s spread over two, three and four lanes', (_, subject) => {
    const subjects = Array.from({ length: 6000 }, (__, n) => subject(n));
    for (const lanes of [2, 3, 4]) {
      const counts = Array<number>(lanes).fill(0);
      for (const one of subjects) counts[laneOf(one, lanes)]!++;
      expect(Math.min(...counts)).toBeGreaterThan(0.85 * (subjects.length / lanes));
    }
  });
});
