import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { commonTo, type Interval, toIntervals, unionOf, without } from './intervals.ts';

const anyParts = fc.array(
  fc
    .tuple(fc.integer({ min: 0, max: 30 }), fc.integer({ min: 0, max: 10 }))
    .map(
      ([from, length]): Interval => ({ from, to: length === 10 ? Number.POSITIVE_INFINITY : from + length }),
    ),
  { maxLength: 6 },
);
const INSTANTS = Array.from({ length: 45 }, (_, instant) => instant);
const holds = (parts: readonly Interval[], at: number) => parts.some(({ from, to }) => from <= at && at < to);

describe('times as intervals', () => {
  it('hold exactly the instants of their parts, in order and without touching', () => {
    fc.assert(
      fc.property(anyParts, (parts) => {
        const times = toIntervals(parts);
        for (const at of INSTANTS) expect(holds(times, at)).toBe(holds(parts, at));
        for (const [index, { from, to }] of times.entries()) {
          expect(to).toBeGreaterThan(from);
          expect(from).toBeGreaterThan(times[index - 1]?.to ?? -1);
        }
      }),
    );
  });

  it('are joined, cut and taken away instant by instant', () => {
    fc.assert(
      fc.property(anyParts.map(toIntervals), anyParts.map(toIntervals), (a, b) => {
        for (const at of INSTANTS) {
          expect(holds(unionOf(a, b), at)).toBe(holds(a, at) || holds(b, at));
          expect(holds(commonTo(a, b), at)).toBe(holds(a, at) && holds(b, at));
          expect(holds(without(a, b), at)).toBe(holds(a, at) && !holds(b, at));
        }
      }),
    );
  });
});
