import { type PosteriorForest, SOURCE } from './posterior-forest.ts';
import type { PosteriorTree } from './posterior-tree.ts';

/**
 * Devices with the same leaves below, which leaves cannot tell apart. They stand on one path; a device without leaves is a class
 * by itself.
 */
export interface DeviceClasses {
  /** The topmost device of each device's class: the name of the class. */
  readonly top: Int32Array;
  /** The next device of the class further down, -1 for the last. */
  readonly next: Int32Array;
}

/** What is believed about a class of devices, given all evidence. */
export interface ClassBelief {
  /** P(one of them is open with an energised supply side): their sum, as no two can be at once. An outage's confidence. */
  readonly interrupting: number;
  /** By probability, then by prior, then upstream first. */
  readonly ranked: readonly { readonly device: number; readonly interrupting: number }[];
}

/** Finds the classes; O(devices + leaves). */
export function deviceClasses({ parent, leafDevice }: PosteriorForest): DeviceClasses {
  const count = parent.length;
  const leavesBelow = new Int32Array(count);
  for (const device of leafDevice) {
    if (device !== SOURCE) leavesBelow[device] = (leavesBelow[device] as number) + 1;
  }
  for (let device = count - 1; device >= 0; device--) {
    const above = parent[device] as number;
    if (above !== SOURCE)
      leavesBelow[above] = (leavesBelow[above] as number) + (leavesBelow[device] as number);
  }
  const top = new Int32Array(count);
  const next = new Int32Array(count).fill(-1);
  for (let device = 0; device < count; device++) {
    const above = parent[device] as number;
    const leaves = leavesBelow[device] as number;
    const isSame = above !== SOURCE && leaves > 0 && leaves === leavesBelow[above];
    top[device] = isSame ? (top[above] as number) : device;
    if (isSame) next[above] = device;
  }
  return { top, next };
}

/** The devices of the class that `device` belongs to, upstream first. */
export function classMembers({ top, next }: DeviceClasses, device: number): readonly number[] {
  const members: number[] = [];
  for (let member = top[device] as number; member !== -1; member = next[member] as number)
    members.push(member);
  return members;
}

/** What is believed about the class of `device`; null where the evidence of its tree contradicts itself. */
export function classBelief(tree: PosteriorTree, classes: DeviceClasses, device: number): ClassBelief | null {
  const ranked: { device: number; interrupting: number; prior: number }[] = [];
  let sum = 0;
  for (const member of classMembers(classes, device)) {
    const beliefs = tree.deviceBeliefs(member);
    if (beliefs === null) return null;
    sum += beliefs.interrupting;
    ranked.push({
      device: member,
      interrupting: beliefs.interrupting,
      prior: tree.deviceInputs(member).prior,
    });
  }
  ranked.sort((a, b) => b.interrupting - a.interrupting || b.prior - a.prior || a.device - b.device);
  return {
    interrupting: Math.min(1, sum),
    ranked: ranked.map(({ device: member, interrupting }) => ({ device: member, interrupting })),
  };
}
