import type { FindingCode, FindingLog } from './finding.ts';
import type { NetworkIndex } from './network-nodes.ts';
import { NONE } from './topology.ts';
import { findLoops } from './trees.ts';

/** Stands instead of an upstream node: the source of its feeder, or of its station, feeds it. */
export const SOURCE = -2;
/** Stands instead of an upstream node: the data names one that cannot be; the node needs a place. */
export const LOST = -3;

/** What each node hangs on, before the feeders' heads are known. */
export interface UpstreamLinks {
  /** Index of the upstream node, `NONE` for substations, `SOURCE` or `LOST`. No loops are left. */
  readonly upstream: Int32Array;
  /** Index of the feeder that the node's data names, or `NONE`. */
  readonly ownFeeder: Int32Array;
  /** Index of the feeder below whose head a `LOST` node is to hang, or `NONE`. */
  readonly refuge: Int32Array;
}

/**
 * Follows every `upstream_id`: to a device, to the device of a distribution point, to a feeder or to a
 * substation. What leads nowhere or in a circle becomes a finding and `LOST`.
 */
export function resolveUpstream(network: NetworkIndex, findings: FindingLog): UpstreamLinks {
  const { nodes, feederById, substationOfFeeder } = network;
  const upstream = new Int32Array(nodes.length).fill(NONE);
  const ownFeeder = new Int32Array(nodes.length).fill(NONE);
  const refuge = new Int32Array(nodes.length).fill(NONE);

  const note = (node: number, code: FindingCode, field: string, reason: string): void => {
    const { file, line, id } = nodes[node]!;
    findings.add({ code, file, line, field, id, reason, leftOut: false });
  };

  for (let node = network.substations.length; node < nodes.length; node += 1) {
    const { feederId, upstreamId } = nodes[node]!;
    ownFeeder[node] = feederById.get(feederId) ?? NONE;
    if (feederId !== '' && ownFeeder[node] === NONE)
      note(node, 'unknown_feeder', 'feeder_id', `the feeder ${feederId} is not in the network`);
    if (upstreamId === '') {
      upstream[node] = SOURCE;
      continue;
    }
    const target = findTarget(network, node, upstreamId);
    if (target === undefined) {
      upstream[node] = LOST;
      note(node, 'unknown_upstream', 'upstream_id', `${upstreamId} is not in the network`);
    } else if (target.kind === 'itself') {
      upstream[node] = LOST;
      note(node, 'loop', 'upstream_id', 'names itself as upstream');
    } else if (target.kind === 'node') {
      upstream[node] = target.node;
    } else if (target.kind === 'feeder') {
      if (ownFeeder[node] === NONE) ownFeeder[node] = target.feeder;
      const isOwn = ownFeeder[node] === target.feeder;
      // Where feeders are levels of their own, a distribution point that names one hangs below it.
      upstream[node] = isOwn && nodes[node]!.kind !== 'distribution_point' ? SOURCE : LOST;
      refuge[node] = target.feeder;
      if (!isOwn)
        note(
          node,
          'feeder_disagrees',
          'feeder_id',
          `is of feeder ${feederId} but hangs below feeder ${upstreamId}`,
        );
    } else if (ownFeeder[node] === NONE) {
      upstream[node] = target.substation;
    } else {
      upstream[node] = SOURCE;
      if (substationOfFeeder[ownFeeder[node]!] !== target.substation)
        note(
          node,
          'feeder_disagrees',
          'upstream_id',
          `the feeder ${feederId} is not of substation ${upstreamId}`,
        );
    }
  }

  for (const loop of findLoops(upstream)) {
    // A loop is cut where a feeder would most likely begin: at its first breaker, else at its first row.
    const at = Math.max(
      0,
      loop.findIndex((node) => nodes[node]!.kind === 'breaker'),
    );
    const around = [...loop.slice(at), ...loop.slice(0, at)].map((node) => nodes[node]!.id);
    const shown = around.length > 8 ? [...around.slice(0, 4), '…', ...around.slice(-3)] : around;
    upstream[loop[at]!] = LOST;
    note(loop[at]!, 'loop', 'upstream_id', `feeds itself: ${[...shown, around[0]].join(' < ')}`);
  }
  return { upstream, ownFeeder, refuge };
}

type Target =
  | { readonly kind: 'node'; readonly node: number }
  | { readonly kind: 'itself' }
  | { readonly kind: 'feeder'; readonly feeder: number }
  | { readonly kind: 'substation'; readonly substation: number };

/** Ids may be used twice across the files, so a node that names its own id means another thing of that id if there is one. */
function findTarget(network: NetworkIndex, self: number, id: string): Target | undefined {
  const node = network.nodeById.get(id);
  if (node !== undefined && node !== self) return { kind: 'node', node };
  const point = network.distributionPointById.get(id);
  const nodeOfPoint = point === undefined ? NONE : network.nodeOfDistributionPoint[point]!;
  if (nodeOfPoint !== NONE && nodeOfPoint !== self) return { kind: 'node', node: nodeOfPoint };
  const feeder = network.feederById.get(id);
  if (feeder !== undefined) return { kind: 'feeder', feeder };
  const substation = network.substationById.get(id);
  if (substation !== undefined) return { kind: 'substation', substation };
  return node === self || nodeOfPoint === self ? { kind: 'itself' } : undefined;
}
