import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { meterMessage } from './meter-message.ts';
import { SOURCE } from './posterior-forest.ts';
import { PosteriorTree } from './posterior-tree.ts';
import { enumerateStates, type SmallSnapshot } from './testing/enumerate-states.ts';
import { bareTree, setSnapshot, smallSnapshot, treeOf } from './testing/small-snapshots.ts';

const EXACT = 1e-9;

function expectNear(actual: number | null | undefined, expected: number, what: string): void {
  const isNear =
    actual === expected ||
    (typeof actual === 'number' && Math.abs(actual - expected) <= EXACT * Math.max(1, Math.abs(expected)));
  if (!isNear) throw new Error(`${what}: ${actual}, expected ${expected}`);
}

function momentsOf(distribution: ReadonlyMap<number, number>) {
  let mean = 0;
  for (const [n, p] of distribution) mean += n * p;
  let variance = 0;
  for (const [n, p] of distribution) variance += p * (n - mean) ** 2;
  return { mean, variance };
}

function expectEnumerated(tree: PosteriorTree, snapshot: SmallSnapshot): void {
  const expected = enumerateStates(snapshot);
  if (expected === null) {
    expect(tree.logEvidence()).toBe(Number.NEGATIVE_INFINITY);
    expect(tree.customersOut()).toBeNull();
    expect(tree.contradictions()).not.toEqual([]);
    return;
  }
  expect(tree.contradictions()).toEqual([]);
  expectNear(tree.logEvidence(), expected.logEvidence, 'log evidence');
  const columns = {
    open: new Float64Array(tree.deviceCount),
    interrupting: new Float64Array(tree.deviceCount),
    deenergized: new Float64Array(tree.deviceCount),
    leafDeenergized: new Float64Array(tree.leafCount),
  };
  tree.sweep(columns);
  for (let d = 0; d < tree.deviceCount; d++) {
    const beliefs = tree.deviceBeliefs(d);
    for (const quantity of ['open', 'interrupting', 'deenergized'] as const) {
      expectNear(beliefs?.[quantity], expected[quantity][d]!, `${quantity} of ${d}`);
      expectNear(columns[quantity][d], expected[quantity][d]!, `${quantity} of ${d} in the sweep`);
    }
    const below = momentsOf(expected.customersOutBelow[d]!);
    expectNear(tree.customersOut(d)?.mean, below.mean, `customers out below ${d}`);
    expectNear(tree.customersOut(d)?.variance, below.variance, `their variance below ${d}`);
  }
  for (const [m, { prior, evidence }] of snapshot.meters.entries()) {
    const supplyDead = tree.leafDeenergized(m) as number;
    expectNear(supplyDead, expected.supplyDead[m]!, `supply of meter ${m}`);
    expectNear(columns.leafDeenergized[m], expected.supplyDead[m]!, `supply of meter ${m} in the sweep`);
    const { serviceOut } = meterMessage(prior, evidence);
    expectNear(supplyDead + (1 - supplyDead) * serviceOut, expected.meterDead[m]!, `meter ${m}`);
  }
  const everywhere = momentsOf(expected.customersOut);
  expectNear(tree.customersOut()?.mean, everywhere.mean, 'customers out');
  expectNear(tree.customersOut()?.variance, everywhere.variance, 'their variance');
}

describe('on small forests every number is that of weighing all joint states', () => {
  it('with impossible observations, and devices that are never or always open', () => {
    fc.assert(
      fc.property(smallSnapshot, (snapshot) => expectEnumerated(treeOf(snapshot), snapshot)),
      { numRuns: 1500 },
    );
  });

  it('after the evidence of another snapshot was there before', () => {
    const pair = fc.tuple(smallSnapshot, smallSnapshot, fc.nat(), fc.nat());
    fc.assert(
      fc.property(pair, ([snapshot, other, shift, twist]) => {
        const { devices, meters } = other;
        const earlier: SmallSnapshot = {
          devices: snapshot.devices.map((device, d) => ({
            ...device,
            ...devices[(d + shift) % Math.max(1, devices.length)],
            parent: device.parent,
          })),
          meters: snapshot.meters.map((meter, m) => ({
            ...meter,
            ...meters[(m + twist) % Math.max(1, meters.length)],
            device: meter.device,
            customers: meter.customers,
          })),
        };
        const tree = bareTree(snapshot);
        setSnapshot(tree, earlier);
        setSnapshot(tree, snapshot);
        expectEnumerated(tree, snapshot);
        tree.rebuild();
        expectEnumerated(tree, snapshot);
      }),
      { numRuns: 700 },
    );
  });
});

/** Feeder 0 with transformers 1 and 2 of `meters` meters each. */
function twoTransformers(meters: number): PosteriorTree {
  return new PosteriorTree(
    {
      parent: Int32Array.of(SOURCE, 0, 0),
      leafDevice: Int32Array.from({ length: 2 * meters }, (_, leaf) => 1 + Math.floor(leaf / meters)),
      customers: new Int32Array(2 * meters).fill(1),
    },
    Float64Array.of(1e-4, 1e-4, 1e-4),
  );
}

describe('thousands of meters at once', () => {
  test('8,500 silent meters speak for supply and nothing underflows', () => {
    const meters = 8500;
    const tree = twoTransformers(meters / 2);
    const silent = { energized: 0, deenergized: Math.log(0.2) };
    for (let m = 0; m < meters; m++) tree.setMeter(m, meterMessage(1e-6, silent));
    // Both transformers closed, or with weights too small for a double; every meter's own service is weighed by itself.
    const one = Math.log(1 - 1e-6 + 1e-6 * 0.2);
    expectNear(tree.logEvidence(), meters * one + 3 * Math.log1p(-1e-4), 'log evidence');
    expect(tree.deviceBeliefs(0)).toEqual({ open: 0, interrupting: 0, deenergized: 0 });
    expect(tree.logRatio(0)).toBeGreaterThan(9);
    expectNear(tree.customersOut()?.mean, (meters * 1e-6 * 0.2) / Math.exp(one), 'customers out');
  });

  test('8,500 gasps name the feeder, though their likelihood is far below what a double can hold', () => {
    const tree = twoTransformers(4250);
    for (let m = 0; m < 8500; m++) tree.setLeaf(m, -12, -0.2);
    // The feeder, or both transformers below it.
    const either = 1e-4 + (1 - 1e-4) * 1e-8;
    expectNear(tree.deviceBeliefs(0)?.interrupting, 1e-4 / either, 'feeder');
    expectNear(tree.customersOut()?.mean, 8500, 'customers out');
    expectNear(tree.logEvidence(), 8500 * -0.2 + Math.log(either), 'log evidence');
  });

  test('probabilities too small to matter keep their digits', () => {
    const tree = twoTransformers(1);
    tree.setLeaf(0, 0, -200);
    tree.setLeaf(1, 0, -300);
    const feeder = tree.deviceBeliefs(0)!.interrupting;
    expect(feeder / (1e-4 * Math.exp(-500))).toBeCloseTo(1, 3);
    const lost = tree.leafDeenergized(0) as number;
    expect(lost / (1e-4 * Math.exp(-200))).toBeCloseTo(1, 3);
  });
});

describe('evidence that contradicts itself', () => {
  test('is told apart from the other trees of the forest, and can be taken back', () => {
    const forest = {
      parent: Int32Array.of(SOURCE, 0, SOURCE),
      leafDevice: Int32Array.of(1, 1, 2, SOURCE),
      customers: new Int32Array(4).fill(1),
    };
    const tree = new PosteriorTree(forest, Float64Array.of(0.1, 0.1, 0.1));
    const before = tree.deviceBeliefs(0);
    tree.setLeaf(0, Number.NEGATIVE_INFINITY, 0);
    expectNear(tree.leafDeenergized(1), 1, 'a meter that is certainly dead makes its neighbour dead');
    tree.setLeaf(1, 0, Number.NEGATIVE_INFINITY);

    expect(tree.logEvidence()).toBe(Number.NEGATIVE_INFINITY);
    expect(tree.contradictions()).toEqual([{ kind: 'device', device: 1 }]);
    expect([tree.deviceBeliefs(0), tree.deviceBeliefs(1), tree.leafDeenergized(1)]).toEqual([
      null,
      null,
      null,
    ]);
    expect([tree.customersOut(), tree.customersOut(1)]).toEqual([null, null]);
    const deenergized = new Float64Array(3);
    tree.sweep({ deenergized });
    expect([...deenergized].map((p) => Number.isNaN(p))).toEqual([true, true, false]);
    expectNear(tree.deviceBeliefs(2)?.interrupting, 0.1, 'the other tree');
    expectNear(tree.customersOut(2)?.mean, 0.1, 'the other tree');

    tree.setLeaf(0, 0, 0);
    tree.setLeaf(1, 0, 0);
    expect(tree.contradictions()).toEqual([]);
    expect(tree.deviceBeliefs(0)).toEqual(before);
    expect(tree.logEvidence()).toBeCloseTo(0, 12);
  });

  test('at a meter fed by the source names the meter', () => {
    const tree = bareTree({ devices: [], meters: [meter(SOURCE)] });
    tree.setLeaf(0, Number.NEGATIVE_INFINITY, 0);
    expect(tree.contradictions()).toEqual([{ kind: 'leaf', leaf: 0 }]);
    expect([tree.logEvidence(), tree.leafDeenergized(0)]).toEqual([Number.NEGATIVE_INFINITY, null]);
  });

  test('between a device that never opens and a dead meter names the root', () => {
    const tree = bareTree({ devices: [{ ...device(SOURCE), prior: 0 }], meters: [meter(0)] });
    tree.setLeaf(0, Number.NEGATIVE_INFINITY, 0);
    expect(tree.contradictions()).toEqual([{ kind: 'device', device: 0 }]);
  });
});

test('evidence that is taken back leaves no trace', () => {
  const tree = twoTransformers(50);
  const before = [tree.logEvidence(), tree.deviceBeliefs(1), tree.customersOut()];
  for (let m = 0; m < 100; m++) tree.setLeaf(m, -0.1 * m, -7.3 + 0.01 * m, 0.5, 0.25);
  tree.setSwitch(1, -0.005, -9.2);
  tree.setVoltage(0, -3, Number.NEGATIVE_INFINITY);
  tree.setVoltage(0, 0, 0);
  tree.setSwitch(1, 0, 0);
  for (let m = 0; m < 100; m++) tree.setLeaf(m, 0, 0);
  expect([tree.logEvidence(), tree.deviceBeliefs(1), tree.customersOut()]).toEqual(before);
});

test('setting all leaves at once is the same as setting each', () => {
  fc.assert(
    fc.property(smallSnapshot, (snapshot) => {
      const one = treeOf(snapshot);
      const all = bareTree(snapshot);
      setSnapshot(all, { ...snapshot, meters: [] });
      const leaves = snapshot.meters.map((_, m) => ({ ...one.leafMessage(m), ...one.leafMoments(m) }));
      all.setAllLeaves({
        logOn: Float64Array.from(leaves, ({ logOn }) => logOn),
        logOff: Float64Array.from(leaves, ({ logOff }) => logOff),
        meanOut: Float64Array.from(leaves, ({ mean }) => mean),
        varianceOut: Float64Array.from(leaves, ({ variance }) => variance),
      });
      expectEnumerated(all, snapshot);
    }),
    { numRuns: 200 },
  );
});

describe('what no tree can be made of, or hold, is refused', () => {
  const tree = twoTransformers(1);
  test.for([
    [
      'a device before the one above it',
      () => bareTree({ devices: [device(1), device(SOURCE)], meters: [] }),
    ],
    [
      'an order that is no preorder',
      () => bareTree({ devices: [device(SOURCE), device(SOURCE), device(0)], meters: [] }),
    ],
    ['a leaf on no device', () => bareTree({ devices: [device(SOURCE)], meters: [meter(1)] })],
    ['a prior above 1', () => bareTree({ devices: [{ ...device(SOURCE), prior: 1.1 }], meters: [] })],
    ['a prior that is no number', () => tree.setPrior(0, Number.NaN)],
    ['a likelihood that is no number', () => tree.setLeaf(0, 0, Number.NaN)],
    ['an infinite likelihood', () => tree.setSwitch(0, Number.POSITIVE_INFINITY, 0)],
    ['a leaf that does not exist', () => tree.setLeaf(2, 0, 0)],
    ['a device that does not exist', () => tree.deviceBeliefs(3)],
    ['the source as a device', () => tree.setVoltage(SOURCE, 0, 0)],
    ['more customers out than there are', () => tree.setLeaf(0, 0, 0, 1.5, 0)],
  ] as const)('%s', ([, act]) => {
    expect(act).toThrow(RangeError);
  });
});

function device(parent: number) {
  const none = { open: 0, closed: 0, energized: 0, deenergized: 0 };
  return { parent, prior: 0.1, switchEvidence: none, voltageEvidence: none };
}

function meter(at: number) {
  return { device: at, prior: 0, customers: 1, evidence: { energized: 0, deenergized: 0 } };
}
