/**
 * The loops of a graph in which each node has at most one parent: `parents[i]` is an index, or negative for a
 * root. Each loop is listed once, from its lowest node along the parents. Walks with colours, never endlessly.
 */
export function findLoops(parents: Int32Array): number[][] {
  const loops: number[][] = [];
  const walkOf = new Int32Array(parents.length).fill(-1);
  for (let start = 0; start < parents.length; start += 1) {
    let node = start;
    while (node >= 0 && walkOf[node] === -1) {
      walkOf[node] = start;
      node = parents[node]!;
    }
    if (node < 0 || walkOf[node] !== start) continue;
    const loop = [node];
    for (let next = parents[node]!; next !== node; next = parents[next]!) loop.push(next);
    const lowest = loop.indexOf(loop.reduce((least, member) => Math.min(least, member)));
    loops.push([...loop.slice(lowest), ...loop.slice(0, lowest)]);
  }
  return loops;
}

/**
 * Every node of a forest, each before its children and siblings in the order of their indices; `parents[i]`
 * is an index, or negative for a root. Nodes on a loop or below one are not reached.
 */
export function preorder(parents: Int32Array): Int32Array {
  const count = parents.length;
  const firstChild = new Int32Array(count).fill(-1);
  const nextSibling = new Int32Array(count).fill(-1);
  for (let node = count - 1; node >= 0; node -= 1) {
    const parent = parents[node]!;
    if (parent < 0) continue;
    nextSibling[node] = firstChild[parent]!;
    firstChild[parent] = node;
  }
  const order = new Int32Array(count);
  const stack = new Int32Array(count);
  let reached = 0;
  for (let root = 0; root < count; root += 1) {
    if (parents[root]! >= 0) continue;
    let depth = 0;
    stack[depth++] = root;
    while (depth > 0) {
      const node = stack[--depth]!;
      order[reached++] = node;
      if (node !== root && nextSibling[node]! >= 0) stack[depth++] = nextSibling[node]!;
      if (firstChild[node]! >= 0) stack[depth++] = firstChild[node]!;
    }
  }
  return order.subarray(0, reached);
}

/** The children of every node, in the order of their indices. */
export function childrenOf(parents: Int32Array): number[][] {
  const children: number[][] = Array.from({ length: parents.length }, () => []);
  parents.forEach((parent, node) => {
    if (parent >= 0) children[parent]!.push(node);
  });
  return children;
}
