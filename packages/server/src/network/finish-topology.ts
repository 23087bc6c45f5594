import type { Draft } from './build-topology.ts';
import type { FindingLog } from './finding.ts';
import { NONE, type PlacedDistributionPoint, type Topology, type TopologyDevice } from './topology.ts';
import { preorder } from './trees.ts';

/** The finished tree of a draft: unique ids, what lies below the heads, islands, and the distribution points' places. */
export function finishTopology(draft: Draft, findings: FindingLog): Topology {
  const { network, nodes } = draft;
  const kept = nodes.map((_, node) => node).filter((node) => !draft.leftOut.has(node));
  const deviceOfNode = new Int32Array(nodes.length).fill(NONE);
  kept.forEach((node, device) => {
    deviceOfNode[node] = device;
  });
  const toDevice = (node: number): number => (node < 0 ? NONE : deviceOfNode[node]!);

  const upstream = Int32Array.from(kept, (node) => toDevice(draft.upstream[node]!));
  const order = preorder(upstream);
  const headOfFeeder = draft.headOfFeeder.map(toDevice);
  const feeder = kept.map((node) => draft.feeder[node]!);
  const isBelowHead = findBelowHeads(upstream, order, feeder, headOfFeeder);
  const island = findIslands(upstream, order, (device) => nodes[kept[device]!]!.normallyOpen);
  const ids = uniqueIds(draft, kept, findings);

  const devices = kept.map((node, device): TopologyDevice => {
    const { kind, name, normallyOpen, phases, lat, lng, file, line } = nodes[node]!;
    const isImplied = node >= network.nodes.length;
    return {
      deviceId: ids[device]!,
      kind,
      name,
      feeder: feeder[device]!,
      substation: draft.substation[node]!,
      upstream: upstream[device]!,
      normallyOpen,
      otherEnd: otherEndOf(draft, node, deviceOfNode, findings),
      phases,
      isFeederHead: feeder[device] !== NONE && headOfFeeder[feeder[device]!] === device,
      implied: isImplied || (kind === 'substation' && !network.levelsAreDevices),
      isBelowHead: isBelowHead[device] === 1,
      island: island[device]!,
      lat,
      lng,
      origin: isImplied || kind === 'substation' ? null : { file, line },
    };
  });
  const deviceById = new Map<string, number>();
  for (const [id, node] of network.nodeById) {
    if (deviceOfNode[node] !== NONE) deviceById.set(id, deviceOfNode[node]!);
  }
  const distributionPoints = placeDistributionPoints(draft, deviceOfNode, devices, findings);
  return {
    substations: network.substations,
    feeders: network.feeders,
    substationOfFeeder: network.substationOfFeeder,
    headOfFeeder,
    deviceOfSubstation: network.substations.map((_, index) => deviceOfNode[index]!),
    devices,
    distributionPoints,
    distributionPointOfDevice: pointsOfDevices(draft, kept, distributionPoints),
    deviceById,
    distributionPointById: network.distributionPointById,
    feederById: network.feederById,
    substationById: network.substationById,
  };
}

/** Where the other end of a tie is: a device, that of a distribution point, or the head of a feeder. */
function otherEndOf(
  { network, nodes, headOfFeeder }: Draft,
  node: number,
  deviceOfNode: Int32Array,
  findings: FindingLog,
): number {
  const { otherEndId, normallyOpen, file, line, id } = nodes[node]!;
  if (otherEndId === '') return NONE;
  const note = (code: 'invalid_value' | 'unknown_other_end', reason: string): number => {
    findings.add({ code, file, line, field: 'other_end_id', id, reason, leftOut: false });
    return NONE;
  };
  if (!normallyOpen) return note('invalid_value', 'only what is normally open has another end; not taken');
  const point = network.distributionPointById.get(otherEndId);
  const feeder = network.feederById.get(otherEndId);
  const substation = network.substationById.get(otherEndId);
  const found =
    network.nodeById.get(otherEndId) ??
    (point === undefined ? undefined : network.nodeOfDistributionPoint[point]!) ??
    (feeder === undefined ? undefined : headOfFeeder[feeder]!) ??
    substation ??
    NONE;
  const device = found === NONE ? NONE : deviceOfNode[found]!;
  if (found === node) return note('invalid_value', 'its other end is itself; not taken');
  return device === NONE ? note('unknown_other_end', `${otherEndId} is not in the network`) : device;
}

/** 1 for every device that hangs on its own feeder's head, however far below; by entry and exit times of a walk. */
function findBelowHeads(
  upstream: Int32Array,
  order: Int32Array,
  feeder: readonly number[],
  headOfFeeder: readonly number[],
): Uint8Array {
  const entry = new Int32Array(upstream.length);
  const size = new Int32Array(upstream.length).fill(1);
  order.forEach((device, time) => {
    entry[device] = time;
  });
  for (let at = order.length - 1; at >= 0; at -= 1) {
    const above = upstream[order[at]!]!;
    if (above >= 0) size[above]! += size[order[at]!]!;
  }
  return Uint8Array.from(upstream, (_, device) => {
    if (feeder[device] === NONE) return 0;
    const head = headOfFeeder[feeder[device]!]!;
    return entry[device]! >= entry[head]! && entry[device]! < entry[head]! + size[head]! ? 1 : 0;
  });
}

function findIslands(
  upstream: Int32Array,
  order: Int32Array,
  isNormallyOpen: (device: number) => boolean,
): Int32Array {
  const island = new Int32Array(upstream.length).fill(NONE);
  for (const device of order) {
    const above = upstream[device]!;
    if (above >= 0 && island[above] !== NONE) island[device] = island[above]!;
    else if (isNormallyOpen(device)) island[device] = device;
  }
  return island;
}

/** Devices of the utility's own data keep their ids; what is implied, or comes later, gives way with `#kind`. */
function uniqueIds({ network, nodes }: Draft, kept: readonly number[], findings: FindingLog): string[] {
  const isOwnDevice = (node: number): boolean => nodes[node]!.file === 'devices.csv';
  const taken = new Set(kept.filter(isOwnDevice).map((node) => nodes[node]!.id));
  return kept.map((node) => {
    const { id, kind, file, line } = nodes[node]!;
    if (isOwnDevice(node)) return id;
    let unique = id;
    while (taken.has(unique)) unique = `${unique}#${kind}`;
    taken.add(unique);
    if (unique !== id) {
      const what = node < network.nodes.length ? `the ${kind.replace('_', ' ')}` : 'its implied head breaker';
      const reason = `the id is also that of another device; ${what} is kept as ${unique}`;
      findings.add({ code: 'id_clash', file, line, field: null, id, reason, leftOut: false });
    }
    return unique;
  });
}

function placeDistributionPoints(
  { network }: Draft,
  deviceOfNode: Int32Array,
  devices: readonly TopologyDevice[],
  findings: FindingLog,
): PlacedDistributionPoint[] {
  const { distributionPoints, nodeOfDistributionPoint, feederById, nodes } = network;
  return distributionPoints.map((row, point): PlacedDistributionPoint => {
    const node = nodeOfDistributionPoint[point]!;
    const device = node === NONE ? NONE : deviceOfNode[node]!;
    const named = feederById.get(row.feederId) ?? feederById.get(row.upstreamId) ?? NONE;
    const followed = device === NONE ? NONE : devices[device]!.feeder;
    const note = (
      code: 'unknown_feeder' | 'unknown_upstream' | 'feeder_disagrees',
      field: string,
      reason: string,
    ): void =>
      findings.add({
        code,
        file: 'distribution_points.csv',
        line: row.line,
        field,
        id: row.dpId,
        reason,
        leftOut: false,
      });
    // Where distribution points are devices themselves, these things have been told of the device.
    if (node === NONE || nodes[node]!.file !== 'distribution_points.csv') {
      if (row.feederId !== '' && !feederById.has(row.feederId))
        note('unknown_feeder', 'feeder_id', `the feeder ${row.feederId} is not in the network`);
      if (row.upstreamId !== '' && !isKnown(network, row.upstreamId))
        note('unknown_upstream', 'upstream_id', `${row.upstreamId} is not in the network`);
    }
    if (followed !== NONE && named !== NONE && followed !== named) {
      const [own, other] = [network.feeders[named]!.feederId, network.feeders[followed]!.feederId];
      note(
        'feeder_disagrees',
        'feeder_id',
        `is said to be of feeder ${own}, but its device is of feeder ${other}, which counts`,
      );
    }
    return { row, feeder: followed === NONE ? named : followed, device };
  });
}

function isKnown(network: Draft['network'], id: string): boolean {
  return (
    network.nodeById.has(id) ||
    network.distributionPointById.has(id) ||
    network.feederById.has(id) ||
    network.substationById.has(id)
  );
}

/** The distribution point that a device names, else the only one that leads to it. */
function pointsOfDevices(
  { network, nodes }: Draft,
  kept: readonly number[],
  points: readonly PlacedDistributionPoint[],
): Map<number, number> {
  const pointOf = new Map<number, number>();
  const several = new Set<number>();
  points.forEach(({ device }, point) => {
    if (device === NONE || several.has(device)) return;
    if (pointOf.delete(device)) several.add(device);
    else pointOf.set(device, point);
  });
  kept.forEach((node, device) => {
    const named = network.distributionPointById.get(nodes[node]!.distributionPointId);
    if (named !== undefined) pointOf.set(device, named);
  });
  return pointOf;
}
