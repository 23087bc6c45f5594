import fc from 'fast-check';
import { expect, test } from 'vitest';
import { IdIndex } from './id-index.ts';

test('ids are numbered as they come, in whatever script and however often', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'grapheme', maxLength: 12 }), { maxLength: 200 }), (ids) => {
      fc.pre(ids.every((id) => id.isWellFormed()));
      const index = new IdIndex();
      const reference = new Map<string, number>();
      for (const id of ids) {
        if (!reference.has(id)) reference.set(id, reference.size);
        expect(index.add(id)).toBe(reference.get(id));
      }
      expect(index.size).toBe(reference.size);
      for (const [id, number] of reference) expect(index.numberOf(id)).toBe(number);
      expect(index.numberOf('never seen')).toBe(reference.get('never seen') ?? -1);
    }),
  );
});

test('a hundred thousand ids that count upwards are all told apart', () => {
  const index = new IdIndex();
  for (let number = 0; number < 100_000; number += 1)
    expect(index.add(`M${10_000_000 + number}`)).toBe(number);
  for (let number = 0; number < 100_000; number += 7)
    expect(index.numberOf(`M${10_000_000 + number}`)).toBe(number);
  expect(index.numberOf('M20000000')).toBe(-1);
});
