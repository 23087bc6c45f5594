import fc from 'fast-check';
import { expect, test } from 'vitest';
import { KeyNumbers } from './key-numbers.ts';

test('keys are numbered as they come, as a map would', () => {
  const key = fc.oneof(fc.maxSafeInteger(), fc.integer({ min: -20, max: 20 }), fc.constant(0));
  fc.assert(
    fc.property(fc.array(key, { maxLength: 2_000 }), (keys) => {
      const numbers = new KeyNumbers();
      const reference = new Map<number, number>();
      for (const one of keys) {
        if (!reference.has(one)) reference.set(one, reference.size);
        expect(numbers.of(one)).toBe(reference.get(one));
      }
      expect(numbers.size).toBe(reference.size);
    }),
  );
});

test('a hundred thousand keys that count upwards are all told apart', () => {
  const numbers = new KeyNumbers();
  const keys = Array.from({ length: 100_000 }, (_, i) => i * 2 ** 20);
  const given = keys.map((key) => numbers.of(key));
  expect(given.findIndex((number, i) => number !== i)).toBe(-1);
  expect(keys.findIndex((key, i) => numbers.of(key) !== i)).toBe(-1);
});
