import fc from 'fast-check';
import { expect, test } from 'vitest';
import { classBelief, classMembers, deviceClasses } from './device-classes.ts';
import { SOURCE } from './posterior-forest.ts';
import { PosteriorTree } from './posterior-tree.ts';
import { enumerateStates } from './testing/enumerate-states.ts';
import { bareTree, smallSnapshot, treeOf } from './testing/small-snapshots.ts';

test('a class is the devices with exactly the same leaves below, and its probability that one of them interrupts', () => {
  fc.assert(
    fc.property(smallSnapshot, (snapshot) => {
      const { devices, meters } = snapshot;
      const isBelow = (lower: number, upper: number): boolean =>
        lower !== SOURCE && (lower === upper || isBelow(devices[lower]!.parent, upper));
      const leavesBelow = devices.map((_, d) =>
        meters.flatMap((meter, m) => (isBelow(meter.device, d) ? [m] : [])).join(),
      );

      const classes = deviceClasses(bareTree(snapshot).forest);
      for (const d of devices.keys()) {
        const same = [...devices.keys()].filter((other) => leavesBelow[other] === leavesBelow[d]);
        expect(classMembers(classes, d)).toEqual(leavesBelow[d] === '' ? [d] : same);
      }

      const expected = enumerateStates(snapshot);
      if (expected === null) return;
      const tree = treeOf(snapshot);
      for (const d of devices.keys()) {
        const members = classMembers(classes, d);
        const sum = members.reduce((total, member) => total + expected.interrupting[member]!, 0);
        expect(classBelief(tree, classes, d)?.interrupting).toBeCloseTo(sum, 9);
      }
    }),
    { numRuns: 500 },
  );
});

test('inside a class the more probable device comes first, then the larger prior', () => {
  const tree = new PosteriorTree(
    { parent: Int32Array.of(SOURCE, 0, 1, 2), leafDevice: Int32Array.of(3), customers: Int32Array.of(1) },
    Float64Array.of(1e-4, 3e-3, 1e-3, 2e-3),
  );
  const classes = deviceClasses(tree.forest);
  tree.setLeaf(0, -20, 0);
  const order = () => classBelief(tree, classes, 2)?.ranked.map(({ device }) => device);
  expect(order()).toEqual([1, 3, 2, 0]);

  // Where none can interrupt, only the priors are left.
  tree.setLeaf(0, 0, Number.NEGATIVE_INFINITY);
  expect(classBelief(tree, classes, 0)?.interrupting).toBe(0);
  expect(order()).toEqual([1, 3, 2, 0]);
  tree.setSwitch(1, 0, -50);
  expect(classBelief(tree, classes, 0)?.interrupting).toBe(0);
});

test('nothing is believed about a class whose evidence contradicts itself', () => {
  const tree = new PosteriorTree(
    { parent: Int32Array.of(SOURCE), leafDevice: Int32Array.of(0, 0), customers: Int32Array.of(1, 1) },
    Float64Array.of(0.5),
  );
  tree.setLeaf(0, 0, Number.NEGATIVE_INFINITY);
  tree.setLeaf(1, Number.NEGATIVE_INFINITY, 0);
  expect(classBelief(tree, deviceClasses(tree.forest), 0)).toBeNull();
});
