import { findFeederHead } from './find-feeder-head.ts';
import type { FindingCode, FindingLog } from './finding.ts';
import { finishTopology } from './finish-topology.ts';
import { indexNetwork, type NetworkIndex, type NetworkNode } from './network-nodes.ts';
import type { NetworkTables } from './network-rows.ts';
import { LOST, resolveUpstream, SOURCE, type UpstreamLinks } from './resolve-upstream.ts';
import { NONE, type Topology } from './topology.ts';
import { childrenOf, preorder } from './trees.ts';

/** The tree while it is built: nodes with what has been found out about them, by index. */
export interface Draft {
  readonly network: NetworkIndex;
  /** The network's nodes, then the implied heads. */
  readonly nodes: NetworkNode[];
  readonly upstream: number[];
  readonly feeder: number[];
  readonly substation: number[];
  /** Index of the head of each feeder. */
  readonly headOfFeeder: number[];
  /** Nodes that nothing tells a substation of; they are not part of the network. */
  readonly leftOut: ReadonlySet<number>;
}

/**
 * The network as one tree below each substation: every device has a place, or is left out with a finding.
 * A device whose upstream cannot be followed hangs below the head of its feeder, so that the feeder's trip
 * still concerns it. The work grows with the number of devices, whatever the data looks like.
 */
export function buildTopology(tables: NetworkTables, findings: FindingLog): Topology {
  const network = indexNetwork(tables, findings);
  const links = resolveUpstream(network, findings);
  const order = preorder(links.upstream);
  const feeder = inheritFeeders(links, order);
  const { substation, leftOut } = findSubstations(network, links, order, feeder, findings);
  const draft: Draft = {
    network,
    nodes: [...network.nodes],
    upstream: Array.from(links.upstream),
    feeder: Array.from(feeder),
    substation: Array.from(substation),
    headOfFeeder: [],
    leftOut,
  };
  placeHeads(draft, links, findings);
  placeTheRest(draft, links);
  return finishTopology(draft, findings);
}

/** A node without a feeder of its own belongs to that of its upstream node. */
function inheritFeeders({ upstream, ownFeeder }: UpstreamLinks, order: Int32Array): Int32Array {
  const feeder = Int32Array.from(ownFeeder);
  for (const node of order) {
    const above = upstream[node]!;
    if (feeder[node] === NONE && above >= 0) feeder[node] = feeder[above]!;
  }
  return feeder;
}

/** A station node's substation is told by what is above it, else by what hangs below, else by there being only one. */
function findSubstations(
  network: NetworkIndex,
  { upstream }: UpstreamLinks,
  order: Int32Array,
  feeder: Int32Array,
  findings: FindingLog,
): { readonly substation: Int32Array; readonly leftOut: ReadonlySet<number> } {
  const { nodes, substations, substationOfFeeder } = network;
  const below = feeder.map((index) => (index === NONE ? NONE : substationOfFeeder[index]!));
  const ambiguous = new Map<number, number>();
  for (let at = order.length - 1; at >= 0; at -= 1) {
    const node = order[at]!;
    const above = upstream[node]!;
    if (above < 0 || feeder[above] !== NONE || below[node] === NONE) continue;
    if (below[above] !== NONE && below[above] !== below[node]) ambiguous.set(above, below[above]!);
    below[above] = below[node]!;
  }
  const substation = new Int32Array(nodes.length).fill(NONE);
  const leftOut = new Set<number>();
  const note = (node: number, code: FindingCode, reason: string, isLeftOut: boolean): void => {
    const { file, line, id } = nodes[node]!;
    findings.add({ code, file, line, field: 'upstream_id', id, reason, leftOut: isLeftOut });
  };
  for (const node of order) {
    const above = upstream[node]!;
    if (node < substations.length) substation[node] = node;
    else if (feeder[node] !== NONE) substation[node] = substationOfFeeder[feeder[node]!]!;
    else if (above >= 0 && substation[above] !== NONE) substation[node] = substation[above]!;
    else if (below[node] !== NONE) {
      substation[node] = below[node]!;
      const other = ambiguous.get(node);
      if (other !== undefined && other !== below[node]) {
        const [taken, passed] = [substations[below[node]!]!.substationId, substations[other]!.substationId];
        note(
          node,
          'several_substations',
          `is above feeders of ${taken} and ${passed}; ${taken} is taken`,
          false,
        );
      }
    } else if (substations.length === 1) substation[node] = 0;
    else {
      leftOut.add(node);
      note(node, 'no_place', 'nothing above or below it tells its substation', true);
    }
  }
  return { substation, leftOut };
}

/** Finds or implies the head of every feeder and hangs it where the feeder is fed from. */
function placeHeads(draft: Draft, links: UpstreamLinks, findings: FindingLog): void {
  const { network, nodes, upstream, feeder } = draft;
  const children = childrenOf(links.upstream);
  const lost: number[][] = network.feeders.map(() => []);
  const stationFed: number[][] = network.feeders.map(() => []);
  const foreignFed: number[][] = network.feeders.map(() => []);
  for (let node = network.substations.length; node < network.nodes.length; node += 1) {
    const own = feeder[node]!;
    if (own === NONE) continue;
    const above = upstream[node]!;
    if (above === LOST) lost[own]!.push(node);
    else if (above === SOURCE || feeder[above] === NONE) stationFed[own]!.push(node);
    else if (feeder[above] !== own) foreignFed[own]!.push(node);
  }

  network.feeders.forEach((row, index) => {
    const candidates = [stationFed[index]!, foreignFed[index]!, lost[index]!];
    const roots = candidates.find((list) => list.length > 0) ?? [];
    const ofFeeder = (node: number): number[] => children[node]!.filter((child) => feeder[child] === index);
    const head = findFeederHead(row.feederId, roots, nodes, ofFeeder);
    const substation = network.substationOfFeeder[index]!;
    const above = new Set(roots.map((root) => (upstream[root]! >= 0 ? upstream[root]! : substation)));
    if (head.kind === 'one') {
      draft.headOfFeeder.push(head.node);
      if (upstream[head.node] === LOST && links.refuge[head.node] === NONE) upstream[head.node] = SOURCE;
    } else {
      const implied = nodes.length;
      nodes.push({
        ...IMPLIED_HEAD,
        id: row.feederId,
        name: row.name,
        lat: row.lat,
        lng: row.lng,
        feederId: row.feederId,
        line: row.line,
      });
      feeder.push(index);
      draft.substation.push(substation);
      upstream.push(above.size === 1 ? [...above][0]! : substation);
      draft.headOfFeeder.push(implied);
      for (const root of roots) upstream[root] = implied;
      if (roots.length > 0) {
        const reason =
          head.kind === 'several'
            ? 'several breakers stand side by side at its source; one head breaker is implied above them'
            : 'has no breaker; a head breaker is implied above its devices';
        findings.add({
          code: 'implied_feeder_head',
          file: 'feeders.csv',
          line: row.line,
          field: null,
          id: row.feederId,
          reason,
          leftOut: false,
        });
      }
    }
    for (const root of foreignFed[index]!) {
      if (root === draft.headOfFeeder[index] || upstream[root] === draft.headOfFeeder[index]) continue;
      const { file, line, id } = nodes[root]!;
      const other = network.feeders[feeder[upstream[root]!]!]!.feederId;
      const reason = `is of feeder ${row.feederId} but hangs below a device of feeder ${other}`;
      findings.add({ code: 'feeder_disagrees', file, line, field: 'feeder_id', id, reason, leftOut: false });
    }
  });
}

const IMPLIED_HEAD = {
  kind: 'breaker',
  upstreamId: '',
  normallyOpen: false,
  otherEndId: '',
  phases: null,
  distributionPointId: '',
  file: 'feeders.csv',
} as const satisfies Partial<NetworkNode>;

/** Hangs what the source feeds on the substation, and what is lost below a feeder's head or on the substation. */
function placeTheRest(draft: Draft, { refuge }: UpstreamLinks): void {
  const { upstream, feeder, substation, headOfFeeder } = draft;
  const lost: number[] = [];
  upstream.forEach((above, node) => {
    if (above === SOURCE) upstream[node] = substation[node]!;
    else if (above === LOST) lost.push(node);
  });
  for (const node of lost) {
    const feederIndex = (refuge[node] ?? NONE) !== NONE ? refuge[node]! : feeder[node]!;
    const head = feederIndex === NONE ? NONE : headOfFeeder[feederIndex]!;
    // The head may hang below this very node, in data that contradicts itself.
    upstream[node] = head !== NONE && !isAbove(node, head, upstream) ? head : substation[node]!;
  }
}

function isAbove(node: number, start: number, upstream: readonly number[]): boolean {
  let at = start;
  while (at >= 0 && at !== node) at = upstream[at]!;
  return at === node;
}
