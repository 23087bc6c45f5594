import fc from 'fast-check';
import { expect, it } from 'vitest';
import { meterMessage } from './meter-message.ts';
import { bareTree, setSnapshot, smallSnapshot } from './testing/small-snapshots.ts';

/** Rounding of the last digits only. */
const EXACT = 1e-9;

/**
 * Holds for every snapshot: a point is de-energised only where what feeds it is, or its own device is open, so the states of all points
 * are associated (a ferromagnetic tree), and what speaks for supply at one point speaks for it everywhere.
 */
it('one more word that a meter has supply raises nobody’s probability of being out, and never the expected customers', () => {
  const word = fc.record({ meter: fc.nat(), strength: fc.double({ min: 0, max: 20, noNaN: true }) });
  let compared = 0;
  fc.assert(
    fc.property(smallSnapshot, word, (snapshot, { meter, strength }) => {
      const told = snapshot.meters[meter % Math.max(1, snapshot.meters.length)];
      const tree = bareTree(snapshot);
      setSnapshot(tree, snapshot);
      const before = outsOf(tree);
      if (told === undefined || before === null) return;
      const { energized, deenergized } = told.evidence;
      tree.setMeter(
        snapshot.meters.indexOf(told),
        meterMessage(told.prior, { energized, deenergized: deenergized - strength }),
      );
      const after = outsOf(tree);
      if (after === null) return;
      compared++;
      for (const [index, out] of after.entries())
        expect(out).toBeLessThanOrEqual((before[index] as number) * (1 + EXACT) + EXACT);
    }),
    { numRuns: 1_000 },
  );
  expect(compared).toBeGreaterThan(100);
}, 30_000);

/** Expected customers out and the probability of each point to be de-energised; null where the evidence contradicts itself. */
function outsOf(tree: ReturnType<typeof bareTree>): readonly number[] | null {
  const all = tree.customersOut();
  if (all === null) return null;
  const devices = Array.from(
    { length: tree.deviceCount },
    (_, device) => tree.deviceBeliefs(device)?.deenergized ?? Number.NaN,
  );
  const supplies = Array.from(
    { length: tree.leafCount },
    (_, leaf) => tree.leafDeenergized(leaf) ?? Number.NaN,
  );
  return [all.mean, ...devices, ...supplies];
}
