import type { NetworkNode } from './network-nodes.ts';

/** What stands at the head of a feeder: one node, none, or several side by side. */
export type FeederHead =
  | { readonly kind: 'one'; readonly node: number }
  | { readonly kind: 'none' | 'several' };

/**
 * The first breaker below the source of a feeder: the feeder's own tree is searched from its roots, level by
 * level, and the first level with a breaker decides. A normally open breaker carries no load and is no head;
 * where feeders are levels of their own, the feeder itself is it.
 */
export function findFeederHead(
  feederId: string,
  roots: readonly number[],
  nodes: readonly NetworkNode[],
  childrenOfFeeder: (node: number) => readonly number[],
): FeederHead {
  const isHead = (node: number): boolean => {
    const { kind, id, normallyOpen } = nodes[node]!;
    return (kind === 'breaker' && !normallyOpen) || (kind === 'feeder' && id === feederId);
  };
  let level = roots;
  while (level.length > 0) {
    const heads = level.filter(isHead);
    if (heads.length === 1) return { kind: 'one', node: heads[0]! };
    if (heads.length > 1) return { kind: 'several' };
    level = level.flatMap(childrenOfFeeder);
  }
  return { kind: 'none' };
}
