import { type PosteriorForest, SOURCE } from '../posterior-forest.ts';

/** What a random forest looks like. */
export interface ForestShape {
  readonly feeders: number;
  /** Devices on the longest path. */
  readonly levels: number;
  /** Leaves on each device of the last level; devices above have one now and then. */
  readonly leavesPerDevice: number;
  /** Most devices directly below one; 4 unless told. */
  readonly fanOut?: number;
}

/** A forest of feeders with branches of uneven depth; a leaf stands for 1 to 5 customers, half of them for 1. */
export function randomForest(
  random: () => number,
  { feeders, levels, leavesPerDevice, fanOut = 4 }: ForestShape,
): PosteriorForest {
  const parent: number[] = [];
  const leafDevice: number[] = [];
  const grow = (above: number, level: number): void => {
    const device = parent.push(above) - 1;
    if (level === levels) {
      for (let leaf = 0; leaf < leavesPerDevice; leaf++) leafDevice.push(device);
      return;
    }
    if (random() < 0.1) leafDevice.push(device);
    const children = 1 + Math.floor(random() * fanOut);
    for (let child = 0; child < children; child++) {
      // Some branches skip a level, so that depths differ.
      grow(device, level + 1 < levels && random() < 0.2 ? level + 2 : level + 1);
    }
  };
  for (let feeder = 0; feeder < feeders; feeder++) grow(SOURCE, 1);
  return {
    parent: Int32Array.from(parent),
    leafDevice: Int32Array.from(leafDevice),
    customers: Int32Array.from(leafDevice, () => (random() < 0.5 ? 1 : 1 + Math.floor(random() * 5))),
  };
}
