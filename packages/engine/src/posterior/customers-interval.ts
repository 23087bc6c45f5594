import {
  type CountDistribution,
  centralInterval,
  certainly,
  either,
  plus,
  rareEvents,
} from './count-distribution.ts';
import { SOURCE } from './posterior-forest.ts';
import type { PosteriorTree } from './posterior-tree.ts';

/** How many devices and reporting leaves are convolved one by one: 10 to 70 ms, 0.5 s for numbers without a common measure. Beyond, rare ones are summed up. */
const EXACT_LIMIT = 1024;

/**
 * What is less probable than this to interrupt is summed up with its like. A Poisson number in the place of one such event is
 * wrong by less than its square, 10^-4 of the probability.
 */
const RARE = 0.01;

/** How the customers out are told. */
export interface IntervalOptions {
  /** The share of the probability that the interval holds at least; 0.8 unless told. */
  readonly coverage?: number;
  /** Convolve one by one up to this many devices and leaves; 1,024 unless told. */
  readonly exactLimit?: number;
}

/**
 * The central interval of the customers out below `device`, or everywhere, in whole customers; null where the evidence contradicts
 * itself. The number is mostly "all of them or none", with several humps, so no interval from mean and variance would do: its
 * distribution is convolved up the tree, exactly in a small one. In a large one devices that hardly ever interrupt
 * are summed up by size (octaves) as Poisson numbers of events. Leaves take part with a distribution on 0 and one other number, from
 * their mean and variance: exact for a meter, the same two moments for a cell. O(devices + leaves below).
 */
export function customersInterval(
  tree: PosteriorTree,
  device: number = SOURCE,
  { coverage = 0.8, exactLimit = EXACT_LIMIT }: IntervalOptions = {},
): readonly [low: number, high: number] | null {
  const dead = device === SOURCE ? 0 : supplyDead(tree, device);
  if (dead === null || (device === SOURCE && tree.logEvidence() === Number.NEGATIVE_INFINITY)) return null;
  const live = distributionGivenSupply(tree, device, exactLimit);
  const all = device === SOURCE ? 0 : tree.customersBelow(device);
  return centralInterval(either(dead, all, live), coverage);
}

function supplyDead(tree: PosteriorTree, device: number): number | null {
  const beliefs = tree.deviceBeliefs(device);
  return beliefs === null ? null : Math.max(0, beliefs.deenergized - beliefs.interrupting);
}

/** The customers out below `top`, given that its supply side is energised. */
function distributionGivenSupply(tree: PosteriorTree, top: number, exactLimit: number): CountDistribution {
  const { parent } = tree.forest;
  const from = top === SOURCE ? 0 : top;
  const to = top === SOURCE ? tree.deviceCount : (tree.subtreeEnd[top] as number);
  const leaves = tree.leavesBelow(top).filter((leaf) => tree.leafMoments(leaf).mean > 0);
  const limit = to - from + leaves.length <= exactLimit ? 0 : RARE;

  // A group is a device that is convolved by itself, with what is summed up below it; the source is one, at the end.
  const groups = new Groups();
  const groupBelow = new Int32Array(to - from).fill(SOURCE);
  const loadLive = new Float64Array(to - from);
  for (let device = from; device < to; device++) {
    const isTop = device === from || parent[device] === SOURCE;
    const above = isTop ? SOURCE : (parent[device] as number) - from;
    const owner = above === SOURCE ? SOURCE : (groupBelow[above] as number);
    const live = above === SOURCE ? 1 : (loadLive[above] as number);
    const { open, closed } = tree.stateGivenSupply(device);
    loadLive[device - from] = live * closed;
    const customers = tree.customersBelow(device);
    if (live * open > limit) groupBelow[device - from] = groups.add(owner, open, customers, live * closed);
    else {
      groupBelow[device - from] = owner;
      groups.addRare(owner, live * open, customers);
    }
  }

  let single = 0;
  for (const leaf of leaves) {
    const at = tree.forest.leafDevice[leaf] as number;
    const owner = at === SOURCE ? SOURCE : (groupBelow[at - from] as number);
    const live = at === SOURCE ? 1 : (loadLive[at - from] as number);
    const { mean, variance } = tree.leafMoments(leaf);
    // On 0 and one other number these two moments leave only one choice.
    const count = (variance + mean ** 2) / mean;
    const probability = mean / count;
    // So many services that are hardly known make a sum that is normal: no need to tell them apart.
    const isSingle = live * probability > 5 * limit && single < exactLimit;
    if (isSingle) single++;
    if (isSingle) groups.addLeaf(owner, probability, count);
    else groups.addRare(owner, live * probability, count);
  }
  return groups.convolve();
}

interface Group {
  readonly owner: number;
  readonly open: number;
  readonly customers: number;
  /** P(its load side is energised), of which the rare events below are a share. */
  readonly live: number;
  below: CountDistribution;
  /** Mean and variance of the rare events by the octave of their size. */
  readonly rare: Map<number, { mean: number; variance: number }>;
}

/** The groups of one walk, in preorder. */
class Groups {
  readonly #source: Group = newGroup(SOURCE, 0, 0, 1);
  readonly #groups: Group[] = [];

  add(owner: number, open: number, customers: number, live: number): number {
    return this.#groups.push(newGroup(owner, open, customers, live)) - 1;
  }

  addRare(owner: number, probability: number, count: number): void {
    const { rare, live } = this.#at(owner);
    if (!(probability > 0 && count > 0 && live > 0)) return;
    const share = Math.min(1, probability / live);
    const octave = Math.floor(Math.log2(count));
    const sum = rare.get(octave) ?? { mean: 0, variance: 0 };
    sum.mean += share * count;
    sum.variance += share * (1 - share) * count ** 2;
    rare.set(octave, sum);
  }

  addLeaf(owner: number, probability: number, count: number): void {
    const group = this.#at(owner);
    group.below = plus(group.below, either(probability, count, certainly(0)));
  }

  /** The sum over all groups, from the last one up. */
  convolve(): CountDistribution {
    for (let i = this.#groups.length - 1; i >= 0; i--) {
      const group = this.#groups[i] as Group;
      const owner = this.#at(group.owner);
      owner.below = plus(owner.below, either(group.open, group.customers, withRare(group)));
    }
    return withRare(this.#source);
  }

  #at(index: number): Group {
    return index === SOURCE ? this.#source : (this.#groups[index] as Group);
  }
}

function newGroup(owner: number, open: number, customers: number, live: number): Group {
  return { owner, open, customers, live, below: certainly(0), rare: new Map() };
}

function withRare({ below, rare }: Group): CountDistribution {
  let sum = below;
  for (const { mean, variance } of rare.values()) sum = plus(sum, rareEvents(mean, variance));
  return sum;
}
