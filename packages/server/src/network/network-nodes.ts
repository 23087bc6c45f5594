import type { DeviceKind } from '@lastgasp/model';
import type { BundleFile } from './bundle-format.ts';
import type { FindingCode, FindingLog } from './finding.ts';
import type { DistributionPointRow, FeederRow, NetworkTables, Place, SubstationRow } from './network-rows.ts';
import { NONE } from './topology.ts';

/** What can stand in the tree, as the utility's data has it. */
export interface NetworkNode extends Place {
  readonly id: string;
  readonly kind: DeviceKind;
  readonly feederId: string;
  readonly upstreamId: string;
  readonly normallyOpen: boolean;
  /** What the other end of a tie is at; empty for all others. */
  readonly otherEndId: string;
  readonly phases: string | null;
  readonly name: string | null;
  /** The distribution point that it names as its own; empty where it names none. */
  readonly distributionPointId: string;
  readonly file: BundleFile;
  readonly line: number;
}

/** The utility's data with an index of every id; numbers are positions in the lists. */
export interface NetworkIndex {
  readonly substations: readonly SubstationRow[];
  readonly substationById: ReadonlyMap<string, number>;
  /** Feeders whose substation is known. */
  readonly feeders: readonly FeederRow[];
  readonly feederById: ReadonlyMap<string, number>;
  readonly substationOfFeeder: readonly number[];
  readonly distributionPoints: readonly DistributionPointRow[];
  readonly distributionPointById: ReadonlyMap<string, number>;
  /** The substations first, in their order, then everything else of the tree. */
  readonly nodes: readonly NetworkNode[];
  /** Every node but the substations. */
  readonly nodeById: ReadonlyMap<string, number>;
  /** The node that supplies each distribution point, or that it is; `NONE` where the data names none. */
  readonly nodeOfDistributionPoint: readonly number[];
  /** True where the utility has no devices, so that its distribution points, feeders and substations are the levels. */
  readonly levelsAreDevices: boolean;
}

/**
 * Indexes the tables. Without devices the feeders and distribution points are the nodes. Leaves out feeders
 * of unknown substations; a device of kind `substation` is the substation itself.
 */
export function indexNetwork(tables: NetworkTables, findings: FindingLog): NetworkIndex {
  const { substations, distributionPoints } = tables;
  const substationById = new Map(substations.map((row, index) => [row.substationId, index]));
  const feeders: FeederRow[] = [];
  for (const row of tables.feeders) {
    if (substationById.has(row.substationId)) {
      feeders.push(row);
      continue;
    }
    const code: FindingCode = 'unknown_substation';
    const reason =
      row.substationId === ''
        ? 'names no substation'
        : `its substation ${row.substationId} is not in substations.csv`;
    findings.add({
      code,
      file: 'feeders.csv',
      line: row.line,
      field: 'substation_id',
      id: row.feederId,
      reason,
      leftOut: true,
    });
  }
  const feederById = new Map(feeders.map((row, index) => [row.feederId, index]));
  const nodes: NetworkNode[] = substations.map((row) => ({
    ...NO_LINKS,
    id: row.substationId,
    kind: 'substation',
    name: row.name,
    lat: row.lat,
    lng: row.lng,
    file: 'substations.csv',
    line: row.line,
  }));
  if (tables.devices === null) pushLevels(nodes, feeders, distributionPoints);
  else pushDevices(nodes, tables.devices, substationById, findings);

  const nodeById = new Map<string, number>();
  for (let index = substations.length; index < nodes.length; index += 1)
    nodeById.set(nodes[index]!.id, index);
  const distributionPointById = new Map(distributionPoints.map((row, index) => [row.dpId, index]));
  const network = { nodes, nodeById, distributionPoints, distributionPointById };
  return {
    substations,
    substationById,
    feeders,
    feederById,
    substationOfFeeder: feeders.map((row) => substationById.get(row.substationId) ?? NONE),
    ...network,
    nodeOfDistributionPoint: findNodesOfDistributionPoints(network, tables, findings),
    levelsAreDevices: tables.devices === null,
  };
}

const NO_LINKS = {
  feederId: '',
  upstreamId: '',
  normallyOpen: false,
  otherEndId: '',
  phases: null,
  distributionPointId: '',
} as const;

function pushLevels(
  nodes: NetworkNode[],
  feeders: readonly FeederRow[],
  distributionPoints: readonly DistributionPointRow[],
): void {
  for (const row of feeders) {
    const { feederId, name, lat, lng, line } = row;
    nodes.push({
      ...NO_LINKS,
      id: feederId,
      kind: 'feeder',
      feederId,
      name,
      lat,
      lng,
      file: 'feeders.csv',
      line,
    });
  }
  for (const row of distributionPoints) {
    const { dpId, feederId, name, lat, lng, line } = row;
    const upstreamId = row.upstreamId === '' ? feederId : row.upstreamId;
    const kind = 'distribution_point';
    nodes.push({
      ...NO_LINKS,
      id: dpId,
      kind,
      feederId,
      upstreamId,
      distributionPointId: dpId,
      name,
      lat,
      lng,
      file: 'distribution_points.csv',
      line,
    });
  }
}

function pushDevices(
  nodes: NetworkNode[],
  devices: NonNullable<NetworkTables['devices']>,
  substationById: ReadonlyMap<string, number>,
  findings: FindingLog,
): void {
  for (const row of devices) {
    const { deviceId: id, line } = row;
    let kind = row.kind;
    if (kind === 'substation') {
      if (substationById.has(id)) continue;
      kind = 'line';
      const reason = 'there is no substation of this id in substations.csv; it is taken as a line';
      findings.add({
        code: 'unknown_substation',
        file: 'devices.csv',
        line,
        field: 'kind',
        id,
        reason,
        leftOut: false,
      });
    }
    const { feederId, upstreamId, normallyOpen, otherEndId, phases, distributionPointId, name, lat, lng } =
      row;
    nodes.push({
      id,
      kind,
      feederId,
      upstreamId,
      normallyOpen,
      otherEndId,
      phases,
      distributionPointId,
      name,
      lat,
      lng,
      file: 'devices.csv',
      line,
    });
  }
}

type NodesAndPoints = Pick<
  NetworkIndex,
  'nodes' | 'nodeById' | 'distributionPoints' | 'distributionPointById'
>;

/**
 * The device that names a distribution point in `distribution_point_id` (of several in a row the lowest),
 * else the one of the same id, else the one that its own `upstream_id` leads to.
 */
function findNodesOfDistributionPoints(
  network: NodesAndPoints,
  tables: NetworkTables,
  findings: FindingLog,
): number[] {
  const { nodeById, distributionPoints, distributionPointById } = network;
  const namers = new Map<number, number[]>();
  for (const { deviceId, distributionPointId, line } of tables.devices ?? []) {
    if (distributionPointId === '') continue;
    const point = distributionPointById.get(distributionPointId);
    const node = nodeById.get(deviceId);
    if (point !== undefined && node !== undefined) {
      const known = namers.get(point);
      if (known === undefined) namers.set(point, [node]);
      else known.push(node);
    } else if (point === undefined) {
      const reason = `${distributionPointId} is not in distribution_points.csv`;
      const field = 'distribution_point_id';
      findings.add({
        code: 'unknown_distribution_point',
        file: 'devices.csv',
        line,
        field,
        id: deviceId,
        reason,
        leftOut: false,
      });
    }
  }
  const direct = distributionPoints.map((row, point) => {
    const named = lowestOf(namers.get(point) ?? [], network);
    if (named.length > 1) {
      const ids = named.map((node) => network.nodes[node]!.id).join(', ');
      const reason = `the devices ${ids} all name it and none is above another; the first counts`;
      findings.add({
        code: 'several_devices',
        file: 'distribution_points.csv',
        line: row.line,
        field: 'dp_id',
        id: row.dpId,
        reason,
        leftOut: false,
      });
    }
    return named[0] ?? nodeById.get(row.dpId) ?? NONE;
  });
  // A distribution point may be fed from another one, and the data may lead in a circle.
  const found: (number | undefined)[] = distributionPoints.map(() => undefined);
  for (let start = 0; start < distributionPoints.length; start += 1) {
    const passed: number[] = [];
    let point: number | undefined = start;
    let node = NONE;
    while (point !== undefined) {
      node = found[point] ?? direct[point]!;
      if (found[point] !== undefined || node !== NONE) break;
      found[point] = NONE;
      passed.push(point);
      const { upstreamId }: DistributionPointRow = distributionPoints[point]!;
      node = nodeById.get(upstreamId) ?? NONE;
      point = node === NONE ? distributionPointById.get(upstreamId) : undefined;
    }
    for (const each of passed) found[each] = node;
    found[start] ??= node;
  }
  return found.map((node) => node ?? NONE);
}

/** The nodes that are above no other of `candidates`. */
function lowestOf(candidates: readonly number[], { nodes, nodeById }: NodesAndPoints): number[] {
  if (candidates.length < 2) return [...candidates];
  const above = new Set<number>();
  for (const start of candidates) {
    let node = nodeById.get(nodes[start]!.upstreamId);
    while (node !== undefined && !above.has(node)) {
      above.add(node);
      node = nodeById.get(nodes[node]!.upstreamId);
    }
  }
  const lowest = candidates.filter((node) => !above.has(node));
  return lowest.length > 0 ? lowest : candidates.slice(0, 1);
}
