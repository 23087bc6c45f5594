/**
 * Numbers from 0 up to, but not including, 1, in steps of 2⁻³²: the same for the same seed on every machine. The seed is a
 * whole number, of which the lowest 32 bits count. This is mulberry32 by Tommy Ettinger (public domain): small and even
 * enough for storms, tests and benchmarks, and nothing for secrets, because four numbers tell all that follow.
 */
export function seededRandom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
