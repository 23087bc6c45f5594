// How fast the exact posterior follows evidence: changes a second one by one, a rebuild of everything, the downward pass, the most
// probable state, the interval, memory, and what a million changes leave of rounding. Beside it, in the same run on one feeder, the
// same numbers from plain recursion over objects, and from a rebuild after each change:
// `node bench/posterior.ts [--runs 7] [--json]`.
import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import {
  customersInterval,
  mostProbableState,
  type PosteriorForest,
  PosteriorTree,
  SOURCE,
  seededRandom,
} from '../packages/engine/src/index.ts';
import { randomForest } from '../packages/engine/src/posterior/testing/random-forest.ts';
import { formatSpread, type Spread, spreadOf } from './spread.ts';

const SEED = 20261123;
const CHANGES = 1_000_000;
const PRIOR = 1e-4;

const { values: options } = parseArgs({
  options: { runs: { type: 'string', default: '7' }, json: { type: 'boolean', default: false } },
});
const runs = Number(options.runs);

interface Figure {
  readonly name: string;
  readonly unit: string;
  readonly spread: Spread;
}

/** Changes of leaves, drawn before the clock starts. */
interface Changes {
  readonly leaf: Int32Array;
  readonly logOn: Float64Array;
  readonly logOff: Float64Array;
}

function drawChanges(random: () => number, count: number, leafOf: (change: number) => number): Changes {
  return {
    leaf: Int32Array.from({ length: count }, (_, change) => leafOf(change)),
    logOn: Float64Array.from({ length: count }, () => -3 * random()),
    logOff: Float64Array.from({ length: count }, () => -6 * random()),
  };
}

/** A pass over the changes. `turn` exchanges their values, since setting what is set already would cost nothing. */
function apply(
  tree: PosteriorTree,
  { leaf, logOn, logOff }: Changes,
  turn: number,
  after?: () => void,
): void {
  const count = leaf.length;
  for (let change = 0; change < count; change++) {
    const value = (change + turn) % count;
    tree.setLeaf(leaf[change]!, logOn[value]!, logOff[value]!);
    after?.();
  }
}

/** Nanoseconds for each of `count`, over the runs; the first run warms up and is left out. `act` is told which run it is. */
function timed(count: number, act: (run: number) => void): Spread {
  const spent: number[] = [];
  for (let run = 0; run <= runs; run++) {
    const startedAt = performance.now();
    act(run);
    if (run > 0) spent.push(((performance.now() - startedAt) * 1e6) / count);
  }
  return spreadOf(spent);
}

const perSecond = ({ min, median, max }: Spread): Spread => ({
  min: 1e9 / max,
  median: 1e9 / median,
  max: 1e9 / min,
});

/** A tree with leaves that report customers out, as meters with a service of their own do. */
function withServices(forest: PosteriorForest): PosteriorTree {
  const tree = new PosteriorTree(forest, new Float64Array(forest.parent.length).fill(PRIOR));
  const none = new Float64Array(tree.leafCount);
  tree.setAllLeaves({
    logOn: none,
    logOff: none,
    meanOut: Float64Array.from(forest.customers, (customers) => 1e-5 * customers),
    varianceOut: Float64Array.from(forest.customers, (customers) => 1e-5 * customers ** 2),
  });
  return tree;
}

interface PlainDevice {
  readonly prior: number;
  readonly below: PlainDevice[];
  readonly leaves: { on: number; off: number }[];
}

/** A and B of docs/infer.md by recursion over objects. */
function recur(device: PlainDevice): readonly [a: number, b: number] {
  let [a, b] = [0, 0];
  for (const leaf of device.leaves) {
    a += leaf.on;
    b += leaf.off;
  }
  for (const child of device.below) {
    const [childA, childB] = recur(child);
    a += childA;
    b += childB;
  }
  const closed = Math.log1p(-device.prior) + a;
  const open = Math.log(device.prior) + b;
  const larger = Math.max(closed, open);
  return [larger + Math.log(Math.exp(closed - larger) + Math.exp(open - larger)), b];
}

function oneFeeder(random: () => number): readonly Figure[] {
  const forest = randomForest(random, { feeders: 1, levels: 6, leavesPerDevice: 10 });
  const tree = new PosteriorTree(forest, new Float64Array(forest.parent.length).fill(PRIOR));
  const leaves = tree.leafCount;
  const changes = drawChanges(random, 2000, () => Math.floor(random() * leaves));

  const devices: PlainDevice[] = Array.from(forest.parent, () => ({ prior: PRIOR, below: [], leaves: [] }));
  for (const [device, parent] of forest.parent.entries()) {
    if (parent !== SOURCE) devices[parent]!.below.push(devices[device]!);
  }
  const plainLeaves = Array.from(forest.leafDevice, (device) => {
    const leaf = { on: 0, off: 0 };
    devices[device]!.leaves.push(leaf);
    return leaf;
  });
  let plain = 0;
  const recursion = timed(changes.leaf.length, () => {
    for (let change = 0; change < changes.leaf.length; change++) {
      const leaf = plainLeaves[changes.leaf[change]!]!;
      leaf.on = changes.logOn[change]!;
      leaf.off = changes.logOff[change]!;
      plain = recur(devices[0]!)[0];
    }
  });
  const rebuilds = timed(changes.leaf.length, (run) => apply(tree, changes, run, () => tree.rebuild()));
  let evidence = 0;
  const incremental = timed(changes.leaf.length * 100, () => {
    // The last turn is 0 again, the changes that the recursion made.
    for (let turn = 99; turn >= 0; turn--) {
      apply(tree, changes, turn, () => {
        evidence = tree.logEvidence();
      });
    }
  });
  if (Math.abs(evidence - plain) > 1e-9 * Math.abs(plain)) throw new Error(`${evidence} is not ${plain}`);
  const feeder = `one feeder, ${leaves} leaves:`;
  return [
    { name: `${feeder} plain recursion after each change`, unit: 'changes/s', spread: perSecond(recursion) },
    { name: `${feeder} rebuild after each change`, unit: 'changes/s', spread: perSecond(rebuilds) },
    { name: `${feeder} setLeaf`, unit: 'changes/s', spread: perSecond(incremental) },
  ];
}

function largeNetwork(random: () => number): readonly Figure[] {
  const forest = randomForest(random, { feeders: 400, levels: 7, leavesPerDevice: 20 });
  const tree = new PosteriorTree(forest, new Float64Array(forest.parent.length).fill(PRIOR));
  const leaves = tree.leafCount;
  const uniform = drawChanges(random, CHANGES, () => Math.floor(random() * leaves));
  const pattern = drawChanges(random, CHANGES, (change) => change % leaves);

  const figures: Figure[] = [
    {
      name: `${leaves} leaves, ${tree.deviceCount} devices: setLeaf anywhere`,
      unit: 'changes/s',
      spread: perSecond(timed(CHANGES, (run) => apply(tree, uniform, run))),
    },
    {
      name: 'setLeaf feeder by feeder',
      unit: 'changes/s',
      spread: perSecond(timed(CHANGES, (run) => apply(tree, pattern, run))),
    },
  ];
  let sink = 0;
  const asked = 200_000;
  const queries = timed(asked, () => {
    for (let query = 0; query < asked; query++) {
      sink += tree.deviceBeliefs(uniform.leaf[query]! % tree.deviceCount)?.interrupting ?? 0;
    }
  });
  figures.push({ name: 'deviceBeliefs', unit: 'answers/s', spread: perSecond(queries) });

  const served = withServices(forest);
  const columns = {
    interrupting: new Float64Array(tree.deviceCount),
    deenergized: new Float64Array(tree.deviceCount),
    leafDeenergized: new Float64Array(leaves),
  };
  const once = (name: string, act: () => void) => {
    const { min, median, max } = timed(1, act);
    figures.push({ name, unit: 'ms', spread: { min: min / 1e6, median: median / 1e6, max: max / 1e6 } });
  };
  once('rebuild', () => tree.rebuild());
  once('rebuild with own services', () => served.rebuild());
  once('sweep', () => tree.sweep(columns));
  once('mostProbableState', () => {
    sink += mostProbableState(tree)?.interrupting.length ?? 0;
  });
  once('customersInterval of everything', () => {
    sink += customersInterval(served)?.[1] ?? 0;
  });
  once('customersInterval of a feeder', () => {
    sink += customersInterval(served, 0)?.[1] ?? 0;
  });
  if (Number.isNaN(sink)) throw new Error('a belief is no number');
  return figures;
}

function drift(random: () => number): Figure {
  const forest = randomForest(random, { feeders: 20, levels: 6, leavesPerDevice: 12 });
  const tree = new PosteriorTree(forest, new Float64Array(forest.parent.length).fill(PRIOR));
  apply(
    tree,
    drawChanges(random, CHANGES, () => Math.floor(random() * tree.leafCount)),
    0,
  );
  const deenergized = new Float64Array(tree.deviceCount);
  tree.sweep({ deenergized });
  const before = [
    ...deenergized,
    tree.logEvidence(),
    tree.customersOut()!.mean,
    tree.customersOut()!.variance,
  ];
  tree.rebuild();
  tree.sweep({ deenergized });
  const after = [
    ...deenergized,
    tree.logEvidence(),
    tree.customersOut()!.mean,
    tree.customersOut()!.variance,
  ];
  const largest = Math.max(...before.map((value, i) => Math.abs(value - after[i]!)));
  return {
    name: 'largest difference to a rebuild after 1 M changes',
    unit: '10⁻¹⁵',
    spread: spreadOf([largest * 1e15]),
  };
}

function memory(): readonly Figure[] {
  const [devices, leaves] = [200_000, 2_000_000];
  const forest = {
    // Ten devices below each of 20,000 heads.
    parent: Int32Array.from({ length: devices }, (_, device) =>
      device % 10 === 0 ? SOURCE : device - (device % 10),
    ),
    leafDevice: Int32Array.from({ length: leaves }, (_, leaf) => Math.floor(leaf / 10)),
    customers: new Int32Array(leaves).fill(1),
  };
  const before = process.memoryUsage().arrayBuffers;
  const tree = new PosteriorTree(forest, new Float64Array(devices).fill(PRIOR));
  const plain = process.memoryUsage().arrayBuffers - before;
  tree.setLeaf(0, 0, 0, 0.5, 0.25);
  const withMoments = process.memoryUsage().arrayBuffers - before;
  const given = forest.parent.byteLength + forest.leafDevice.byteLength + forest.customers.byteLength;
  const figure = (name: string, bytes: number) => ({ name, unit: 'MB', spread: spreadOf([bytes / 1e6]) });
  return [
    figure('2 M leaves, 200,000 devices: the forest that is handed in', given),
    figure('the tree', plain),
    figure('the tree with own services', withMoments),
  ];
}

const random = seededRandom(SEED);
// Memory first: later, what earlier measurements leave would be freed in the middle.
const figures = [...memory(), ...oneFeeder(random), ...largeNetwork(random), drift(random)];
if (options.json) {
  process.stdout.write(`${JSON.stringify({ seed: SEED, runs, node: process.version, figures }, null, 2)}\n`);
} else {
  process.stdout.write(`median (min-max) of ${runs} runs; Node ${process.version}\n`);
  for (const { name, unit, spread } of figures) {
    const isRate = unit.endsWith('/s');
    const text = formatSpread(spread, isRate ? 1000 : 1, isRate && spread.median > 100_000 ? 0 : 1);
    process.stdout.write(`${name.padEnd(64)} ${text.padStart(24)}  ${isRate ? `k ${unit}` : unit}\n`);
  }
}
