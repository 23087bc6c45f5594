import fc from 'fast-check';
import { expect, test } from 'vitest';
import { mostProbableState } from './most-probable.ts';
import { SOURCE } from './posterior-forest.ts';
import { PosteriorTree } from './posterior-tree.ts';
import { enumerateStates } from './testing/enumerate-states.ts';
import { maximaOf, smallSnapshot, treeOf } from './testing/small-snapshots.ts';

test('no joint state is more probable, and where one is alone its devices are found', () => {
  let unique = 0;
  fc.assert(
    fc.property(smallSnapshot, (snapshot) => {
      const expected = enumerateStates(snapshot);
      const state = mostProbableState(treeOf(snapshot), maximaOf(snapshot));
      if (expected === null) {
        expect(state).toBeNull();
        return;
      }
      const [[devices, logProbability], runnerUp] = expected.best as [
        (typeof expected.best)[0],
        (typeof expected.best)[0]?,
      ];
      expect(Math.abs((state?.logProbability as number) - logProbability)).toBeLessThan(1e-9);
      if (runnerUp !== undefined && logProbability - runnerUp[1] < 1e-6) return;
      unique++;
      expect(state?.interrupting.join(',')).toBe(devices);
    }),
    { numRuns: 1500 },
  );
  expect(unique).toBeGreaterThan(500);
});

/** A chain of `priors.length` devices with two leaves at its end, both gasping. */
function gaspingChain(...priors: number[]): PosteriorTree {
  const last = priors.length - 1;
  const tree = new PosteriorTree(
    {
      parent: Int32Array.from(priors, (_, device) => device - 1),
      leafDevice: Int32Array.of(last, last),
      customers: Int32Array.of(1, 1),
    },
    Float64Array.from(priors),
  );
  tree.setLeaf(0, -11.3, -0.22);
  tree.setLeaf(1, -11.3, -0.22);
  return tree;
}

test('of equally probable devices the one furthest downstream interrupts', () => {
  expect(mostProbableState(gaspingChain(1e-3, 1e-3, 1e-3))?.interrupting).toEqual([2]);
  expect(mostProbableState(gaspingChain(0.3, 0.3))?.interrupting).toEqual([1]);
  // Nothing observed: the second is as probably open as closed.
  const idle = gaspingChain(0.4, 0.5);
  idle.setLeaf(0, 0, 0);
  idle.setLeaf(1, 0, 0);
  expect(mostProbableState(idle)?.interrupting).toEqual([]);
});

test('the device with the larger prior interrupts, however little larger', () => {
  expect(mostProbableState(gaspingChain(1.001e-3, 1e-3))?.interrupting).toEqual([0]);
  expect(mostProbableState(gaspingChain(1e-3, 1.001e-3))?.interrupting).toEqual([1]);
});

test('two dead meters and a live one between them are two outages', () => {
  const tree = new PosteriorTree(
    {
      parent: Int32Array.of(SOURCE, 0, 0, 0),
      leafDevice: Int32Array.of(1, 2, 3),
      customers: Int32Array.of(1, 1, 1),
    },
    new Float64Array(4).fill(1e-3),
  );
  tree.setLeaf(0, -12, 0);
  tree.setLeaf(1, 0, Number.NEGATIVE_INFINITY);
  tree.setLeaf(2, -12, 0);
  expect(mostProbableState(tree)?.interrupting).toEqual([1, 3]);
});
