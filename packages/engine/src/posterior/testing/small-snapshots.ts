import fc from 'fast-check';
import { meterMaximum, meterMessage } from '../meter-message.ts';
import type { LeafMaxima } from '../most-probable.ts';
import { SOURCE } from '../posterior-forest.ts';
import { PosteriorTree } from '../posterior-tree.ts';
import type { SmallSnapshot } from './enumerate-states.ts';

/** Impossible, certain, and everything between; some values often, so that ties and infinities meet. */
export const logLikelihood = fc.oneof(
  { weight: 3, arbitrary: fc.constant(0) },
  { weight: 1, arbitrary: fc.constant(Number.NEGATIVE_INFINITY) },
  { weight: 4, arbitrary: fc.double({ min: -25, max: 5, noNaN: true }) },
);

/** Never and always, and everything between. */
export const probability = fc.oneof(
  { weight: 1, arbitrary: fc.constantFrom(0, 1, 1e-6, 0.5) },
  { weight: 3, arbitrary: fc.double({ min: 0, max: 1, noNaN: true }) },
);

const stateEvidence = fc.record({ energized: logLikelihood, deenergized: logLikelihood });

/** Forests of at most 6 devices and 6 meters. */
export const smallSnapshot: fc.Arbitrary<SmallSnapshot> = fc
  .record({
    devices: fc.array(
      fc.record({
        rise: fc.nat(3),
        prior: probability,
        switchEvidence: fc.record({ open: logLikelihood, closed: logLikelihood }),
        voltageEvidence: stateEvidence,
      }),
      { maxLength: 6 },
    ),
    meters: fc.array(
      fc.record({
        device: fc.nat(),
        prior: probability,
        customers: fc.nat({ max: 9 }),
        evidence: stateEvidence,
      }),
      { maxLength: 6 },
    ),
  })
  .map(({ devices, meters }) => {
    const parents: number[] = [];
    for (const { rise } of devices) {
      // The next device in preorder hangs on one of the path to the last.
      let parent = parents.length - 1;
      for (let step = 0; step < rise && parent !== SOURCE; step++) parent = parents[parent] as number;
      parents.push(parent);
    }
    return {
      devices: devices.map(({ rise: _, ...device }, d) => ({ ...device, parent: parents[d] as number })),
      meters: meters.map((meter) => ({ ...meter, device: (meter.device % (devices.length + 1)) - 1 })),
    };
  });

/** An empty tree of the snapshot's shape, without any evidence. */
export function bareTree({ devices, meters }: SmallSnapshot): PosteriorTree {
  return new PosteriorTree(
    {
      parent: Int32Array.from(devices, ({ parent }) => parent),
      leafDevice: Int32Array.from(meters, ({ device }) => device),
      customers: Int32Array.from(meters, ({ customers }) => customers),
    },
    Float64Array.from(devices, ({ prior }) => prior),
  );
}

/** Sets everything of the snapshot in `tree`, one by one. */
export function setSnapshot(tree: PosteriorTree, { devices, meters }: SmallSnapshot): void {
  for (const [d, { prior, switchEvidence, voltageEvidence }] of devices.entries()) {
    tree.setPrior(d, prior);
    tree.setSwitch(d, switchEvidence.open, switchEvidence.closed);
    tree.setVoltage(d, voltageEvidence.deenergized, voltageEvidence.energized);
  }
  for (const [m, { prior, evidence }] of meters.entries()) tree.setMeter(m, meterMessage(prior, evidence));
}

/** The tree of a snapshot. */
export function treeOf(snapshot: SmallSnapshot): PosteriorTree {
  const tree = bareTree(snapshot);
  setSnapshot(tree, snapshot);
  return tree;
}

/** The maxima of the snapshot's meters. */
export function maximaOf({ meters }: SmallSnapshot): LeafMaxima {
  const maxima = meters.map(({ prior, evidence }) => meterMaximum(prior, evidence));
  return {
    logOn: Float64Array.from(maxima, ({ logOn }) => logOn),
    logOff: Float64Array.from(maxima, ({ logOff }) => logOff),
  };
}
