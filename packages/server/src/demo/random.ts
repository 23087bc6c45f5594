import { seededRandom } from '@lastgasp/engine';

/** A seeded source of chance: the same seed gives the same numbers on every machine. */
export interface Random {
  /** A number from 0 up to, but not including, 1. */
  readonly next: () => number;
  /** A whole number from `least` to `most`, both included. */
  readonly integer: (least: number, most: number) => number;
  /** True with the given probability. */
  readonly chance: (probability: number) => boolean;
  /** One of the items; throws where there is none. */
  readonly pick: <T>(items: readonly T[]) => T;
  /** Bell-shaped around 0 with the given standard deviation (sum of four uniform numbers). */
  readonly around: (deviation: number) => number;
  /** Eight hexadecimal digits, four bits each. */
  readonly hex8: () => string;
}

/** `Random` from a seed. */
export function createRandom(seed: number): Random {
  const next = seededRandom(seed);
  return {
    next,
    integer: (least, most) => least + Math.floor(next() * (most - least + 1)),
    chance: (probability) => next() < probability,
    pick: (items) => {
      const item = items[Math.floor(next() * items.length)];
      if (item === undefined) throw new Error('nothing to pick from');
      return item;
    },
    // The sum of four uniform numbers has the deviation sqrt(4 / 12).
    around: (deviation) => (next() + next() + next() + next() - 2) * deviation * Math.sqrt(3),
    // The numbers come in steps of 2⁻³², so this is whole.
    hex8: () => (next() * 2 ** 32).toString(16).padStart(8, '0'),
  };
}

/** A seed for one part of a larger whole, so that each part can be made without those before it. */
export function partSeed(seed: number, part: number): number {
  let mixed = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(part + 1, 0xc2b2ae35);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x2c1b3c6d);
  return mixed ^ (mixed >>> 13);
}
