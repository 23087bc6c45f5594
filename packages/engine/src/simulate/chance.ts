import { type Instant, minutes, type Span } from '../instant.ts';
import { seededRandom } from '../random.ts';

/** A span from least to most, in the unit that its name says. */
export type Between = readonly [least: number, most: number];

/** Seeded chance in the shapes that a storm needs. */
export interface Chance {
  /** A number from 0 up to, but not including, 1. */
  readonly next: () => number;
  /** True with the given probability. */
  readonly isTrue: (probability: number) => boolean;
  /** A number between the two. */
  readonly between: (span: Between) => number;
  /** A whole number, both ends included. */
  readonly integer: (least: number, most: number) => number;
  /** Exponentially distributed with this mean. */
  readonly exponential: (mean: number) => number;
  /** How many events of a Poisson process there are when this many are expected. */
  readonly poisson: (expected: number) => number;
  /** Bell-shaped around 0 (sum of four uniform numbers). */
  readonly around: (deviation: number) => number;
  /** One of the items; throws where there is none. */
  readonly pick: <T>(items: readonly T[]) => T;
  /** `count` different items in the order in which they were drawn; all of them where there are fewer. */
  readonly sample: <T>(items: readonly T[], count: number) => T[];
}

/** What a stream of chance is for: each part of a storm, and each meter or cell in it, has its own. */
export const CHANCE_PARTS = [
  'network',
  'faults',
  'disturbances',
  'cell',
  'meter',
  'terminal',
  'feeder',
  'calls',
  'transport',
  'pings',
] as const;
export type ChancePart = (typeof CHANCE_PARTS)[number];

/** Chance for one part of a storm, and within it for one thing by its index: what one draws moves no other. */
export function chanceOf(seed: number, part: ChancePart, index = 0): Chance {
  let mixed =
    Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(CHANCE_PARTS.indexOf(part) + 1, 0xc2b2ae35);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x2c1b3c6d) ^ Math.imul(index + 1, 0x27d4eb2f);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0x297a2d39);
  return toChance(seededRandom(mixed ^ (mixed >>> 16)));
}

function toChance(next: () => number): Chance {
  const exponential = (mean: number): number => -mean * Math.log(1 - next());
  return {
    next,
    exponential,
    isTrue: (probability) => next() < probability,
    between: ([least, most]) => least + next() * (most - least),
    integer: (least, most) => least + Math.floor(next() * (most - least + 1)),
    poisson: (expected) => {
      let count = 0;
      for (let sum = exponential(1); sum < expected; sum += exponential(1)) count++;
      return count;
    },
    // The sum of four uniform numbers has the deviation sqrt(4 / 12).
    around: (deviation) => (next() + next() + next() + next() - 2) * deviation * Math.sqrt(3),
    pick: (items) => {
      const item = items[Math.floor(next() * items.length)];
      if (item === undefined) throw new Error('nothing to pick from');
      return item;
    },
    sample: (items, count) => {
      const order = [...items];
      const size = Math.min(count, order.length);
      for (let i = 0; i < size; i++) {
        const other = i + Math.floor(next() * (order.length - i));
        [order[i], order[other]] = [order[other] as never, order[i] as never];
      }
      return order.slice(0, size);
    },
  };
}

/** `count` seconds as a span of whole milliseconds, which is as finely as messages tell time. */
export function seconds(count: number): Span {
  return Math.round(count * 1_000) * 1_000;
}

/** The instant `count` minutes after `at`, to the millisecond. */
export function after(at: Instant, count: number): Instant {
  return at + Math.round(minutes(count) / 1_000) * 1_000;
}
