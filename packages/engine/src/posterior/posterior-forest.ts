/** The source above the roots, where an index of a device is expected. */
export const SOURCE = -1;

/**
 * Devices and leaves as a tree sees them. A leaf is a meter, or a cell of meters whose message was computed jointly. The
 * arrays are kept, not copied, and must not change.
 */
export interface PosteriorForest {
  /** The device above each device, `SOURCE` for a root. In preorder: what lies below a device follows it directly. */
  readonly parent: Int32Array;
  /** The device that supplies each leaf, `SOURCE` where nothing between can open; in any order. */
  readonly leafDevice: Int32Array;
  /** Customers that each leaf stands for. */
  readonly customers: Int32Array;
}

/** One past the last device below each device. Throws where the devices are not in preorder. */
export function subtreeEnds(parent: Int32Array): Int32Array {
  const count = parent.length;
  const end = new Int32Array(count);
  // The path from the last device to its root: where the next one hangs on none of it, the order is no preorder.
  let last = SOURCE;
  for (let device = 0; device < count; device++) {
    const above = parent[device] as number;
    while (last !== above) {
      if (last === SOURCE) throw new RangeError(`device ${device} does not follow ${above} in preorder`);
      end[last] = device;
      last = parent[last] as number;
    }
    last = device;
  }
  for (; last !== SOURCE; last = parent[last] as number) end[last] = count;
  return end;
}

/** The leaves grouped by device: those of device d are `order[start[d]]` up to `order[start[d + 1]]`, roots' leaves last. */
export interface LeafIndex {
  readonly order: Int32Array;
  readonly start: Int32Array;
}

/** Groups the leaves by device; a counting sort, so that leaves of a device keep their order. */
export function indexLeaves({ parent, leafDevice }: PosteriorForest): LeafIndex {
  const count = parent.length;
  const groupOf = (leaf: number): number => {
    const device = leafDevice[leaf] as number;
    return device === SOURCE ? count : device;
  };
  const start = new Int32Array(count + 2);
  for (let leaf = 0; leaf < leafDevice.length; leaf++) {
    const after = groupOf(leaf) + 1;
    start[after] = (start[after] as number) + 1;
  }
  for (let group = 0; group <= count; group++) {
    start[group + 1] = (start[group + 1] as number) + (start[group] as number);
  }
  const next = start.slice();
  const order = new Int32Array(leafDevice.length);
  for (let leaf = 0; leaf < leafDevice.length; leaf++) {
    const group = groupOf(leaf);
    order[next[group] as number] = leaf;
    next[group] = (next[group] as number) + 1;
  }
  return { order, start };
}
