import { expect, test } from 'vitest';
import { seededRandom } from '../random.ts';
import { SOURCE } from './posterior-forest.ts';
import { PosteriorTree } from './posterior-tree.ts';
import { randomForest } from './testing/random-forest.ts';

const UPDATES = 1_000_000;

function everything(tree: PosteriorTree): Record<string, ArrayLike<number>> {
  const columns = {
    open: new Float64Array(tree.deviceCount),
    interrupting: new Float64Array(tree.deviceCount),
    deenergized: new Float64Array(tree.deviceCount),
    leafDeenergized: new Float64Array(tree.leafCount),
  };
  tree.sweep(columns);
  const devices = Array.from({ length: tree.deviceCount }, (_, device) => device);
  const total = tree.customersOut();
  return {
    ...columns,
    ratio: devices.map((device) => tree.logRatio(device)),
    meanBelow: devices.map((device) => tree.customersOut(device)?.mean ?? Number.NaN),
    varianceBelow: devices.map((device) => tree.customersOut(device)?.variance ?? Number.NaN),
    whole: [tree.logEvidence(), total?.mean ?? Number.NaN, total?.variance ?? Number.NaN],
  };
}

function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let largest = 0;
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i] as number, b[i] as number];
    if (!Object.is(x, y)) largest = Math.max(largest, Math.abs(x - y) / Math.max(1, Math.abs(y)));
  }
  return largest;
}

test('after a million random changes every number is that of a full rebuild', () => {
  const random = seededRandom(20250924);
  const forest = randomForest(random, { feeders: 6, levels: 5, leavesPerDevice: 12 });
  const devices = forest.parent.length;
  const leaves = forest.leafDevice.length;
  const tree = new PosteriorTree(forest, new Float64Array(devices).fill(1e-3));

  // Moderate values mostly, with huge ones and impossible ones between: those strain a running sum.
  const value = (): number => {
    const kind = random();
    if (kind < 0.001) return Number.NEGATIVE_INFINITY;
    return kind < 0.01 ? -1e9 * random() : 2 - 14 * random();
  };
  for (let update = 0; update < UPDATES; update++) {
    const kind = random();
    if (kind < 0.9) {
      const leaf = Math.floor(random() * leaves);
      const share = random();
      const customers = forest.customers[leaf] as number;
      tree.setLeaf(leaf, value(), value(), customers * share, customers ** 2 * share * (1 - share));
    } else {
      const device = Math.floor(random() * devices);
      if (kind < 0.94) tree.setSwitch(device, value(), value());
      else if (kind < 0.98) tree.setVoltage(device, value(), value());
      else tree.setPrior(device, kind < 0.982 ? Math.round(random()) : random() ** 8);
    }
  }
  // Contradictions hide what is above them: take the infinite ones back before comparing.
  const cleared = (given: number) => (given === Number.NEGATIVE_INFINITY ? -20 : given);
  for (let leaf = 0; leaf < leaves; leaf++) {
    const { logOn, logOff } = tree.leafMessage(leaf);
    const { mean, variance } = tree.leafMoments(leaf);
    if (cleared(logOn) !== logOn || cleared(logOff) !== logOff) {
      tree.setLeaf(leaf, cleared(logOn), cleared(logOff), mean, variance);
    }
  }
  for (let device = 0; device < devices; device++) {
    const { prior, logOpen, logClosed, logDeenergized, logEnergized } = tree.deviceInputs(device);
    tree.setSwitch(device, cleared(logOpen), cleared(logClosed));
    tree.setVoltage(device, cleared(logDeenergized), cleared(logEnergized));
    if (prior === 0 || prior === 1) tree.setPrior(device, 0.5);
  }

  expect(tree.contradictions()).toEqual([]);
  const updated = everything(tree);
  tree.rebuild();
  const rebuilt = everything(tree);
  expect(forest.parent.filter((parent) => parent === SOURCE).length).toBe(6);
  for (const [name, numbers] of Object.entries(updated)) {
    expect(numbers.length).toBeGreaterThan(0);
    expect(Array.from(numbers).every(Number.isFinite)).toBe(true);
    expect(largestDifference(numbers, rebuilt[name]!), name).toBeLessThan(1e-9);
  }
}, 30_000);
