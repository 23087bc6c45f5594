import { type DeviceRecord, isOpenNow, type Network } from '../network.ts';
import type { TrackingPolicy } from '../policy-tracking.ts';
import { LazyZone } from './lazy-zone.ts';
import { findSharedCells, type SharedCells } from './shared-cells.ts';

/** What the tracker must know of the meters beside their place; columns by the meter's position in the network. */
export interface TrackingSite {
  readonly network: Network;
  readonly meters: {
    /** The radio cell or concentrator of each meter. */
    readonly cell: Int32Array;
    /** The fibre terminal of its building; -1 where there is none. */
    readonly terminal: Int32Array;
    /** 1 where the head-end knows the meter, so that it can gasp. */
    readonly isSmart: Uint8Array;
    /** Bits: 1 is phase A, 2 is B, 4 is C. */
    readonly phases: Uint8Array;
  };
  readonly devicePhases: Uint8Array;
}

/** The meters of one cell that hang on one node: they share an unknown quality of delivery. */
export interface CellGroup {
  readonly cell: number;
  /** Positions of those that can gasp. */
  readonly meters: readonly number[];
}

/** A class of devices that meters cannot tell apart, with what hangs on it directly. */
export interface ZoneNode {
  readonly parent: number;
  readonly children: readonly number[];
  /** Devices of the class that can open, the likeliest first; empty for the source. */
  readonly devices: readonly number[];
  /** Probability that one of them opens in one slot. */
  readonly prior: number;
  /** Probability that it closes again soon, by itself or by hand. */
  readonly reclosed: number;
  /** How much likelier it is to open together with what protects it: the reason of one trip lies in one place. */
  readonly nestedFactor: number;
  readonly isThreePhase: boolean;
  /** Whether telemetry usually tells of it: a feeder's head or a substation. */
  readonly isTelemetered: boolean;
  /** Meters below, by position. */
  readonly from: number;
  readonly to: number;
  /** One past the last node below. */
  readonly end: number;
  readonly depth: number;
  readonly groups: readonly CellGroup[];
  /** Terminals whose building hangs on the node. */
  readonly terminals: readonly number[];
  /** Positions of all meters that hang on it. */
  readonly meters: readonly number[];
  readonly customers: number;
  /** Customers, smart meters and cells at and below. */
  readonly customersBelow: number;
  readonly smartBelow: number;
  readonly cellsBelow: number;
}

/** The tree below one source: what is judged together. Node 0 is the source, which never opens. */
export interface Zone {
  readonly nodes: readonly ZoneNode[];
  readonly from: number;
  readonly to: number;
  readonly nodeOfDevice: ReadonlyMap<number, number>;
  readonly cells: SharedCells;
  /** How many devices open in one slot of a disturbed hour, in the mean. */
  readonly openingsPerSlot: number;
  /** By position minus `from`. */
  readonly nodeOfMeter: Int32Array;
  readonly nodeOfTerminal: ReadonlyMap<number, number>;
}

interface Draft {
  parent: number;
  children: number[];
  devices: number[];
  prior: number;
  phases: number;
  from: number;
  to: number;
  groups: Map<number, number[]>;
  terminals: number[];
  meters: number[];
}

/** Whether a device can be the one that is open: lines open nothing, and an open tie carries nothing. */
function opens(device: DeviceRecord): boolean {
  return device.kind !== 'line' && !(device.isNormallyOpen && isOpenNow(device));
}

function isReclosing(network: Network, device: number): boolean {
  const { kind } = network.devices[device] as DeviceRecord;
  return kind === 'breaker' || kind === 'recloser' || kind === 'feeder';
}

function isTelemetered(network: Network, device: number): boolean {
  const { kind, isFeederHead } = network.devices[device] as DeviceRecord;
  return isFeederHead || kind === 'substation';
}

/** The zones of a site, one for each root of its network that feeds meters; each is made when it is first looked into. */
export function buildZones(site: TrackingSite, policy: TrackingPolicy): readonly Zone[] {
  const { network } = site;
  const zones: Zone[] = [];
  for (let root = 0; root < network.deviceCount; root = network.subtreeEnd[root] as number) {
    const from = network.firstMeter[root] as number;
    const to = network.firstMeter[network.subtreeEnd[root] as number] as number;
    if (to > from) zones.push(new LazyZone(from, to, () => buildZone(site, policy, root)));
  }
  return zones;
}

function buildZone(
  { network, meters, devicePhases }: TrackingSite,
  policy: TrackingPolicy,
  root: number,
): Zone {
  const end = network.subtreeEnd[root] as number;
  const rangeOf = (device: number): readonly [number, number] => [
    network.firstMeter[device] as number,
    network.firstMeter[network.subtreeEnd[device] as number] as number,
  ];
  const [zoneFrom, zoneTo] = rangeOf(root);
  const drafts: Draft[] = [newDraft(-1, zoneFrom, zoneTo)];
  const nodeOfDevice = new Map<number, number>();
  for (let device = root; device < end; device++) {
    const [from, to] = rangeOf(device);
    const above = device === root ? 0 : (nodeOfDevice.get(network.parent[device] as number) as number);
    const record = network.devices[device] as DeviceRecord;
    const draft = drafts[above] as Draft;
    if (!opens(record) || to === from) {
      nodeOfDevice.set(device, above);
      continue;
    }
    const prior = policy.openPriors[record.kind];
    if (above !== 0 && draft.from === from && draft.to === to) {
      draft.devices.push(device);
      draft.prior += prior;
      draft.phases |= devicePhases[device] as number;
      nodeOfDevice.set(device, above);
      continue;
    }
    const node = newDraft(above, from, to);
    node.devices.push(device);
    node.prior = prior;
    node.phases = devicePhases[device] as number;
    draft.children.push(drafts.length);
    nodeOfDevice.set(device, drafts.length);
    drafts.push(node);
  }

  const nodeOfMeter = new Int32Array(zoneTo - zoneFrom);
  const nodeOfTerminal = new Map<number, number>();
  for (let device = root; device < end; device++) {
    const node = nodeOfDevice.get(device) as number;
    const draft = drafts[node] as Draft;
    for (let m = network.firstMeter[device] as number; m < (network.firstMeter[device + 1] as number); m++) {
      nodeOfMeter[m - zoneFrom] = node;
      draft.meters.push(m);
      const cell = meters.cell[m] as number;
      if (meters.isSmart[m] === 1) {
        const group = draft.groups.get(cell);
        if (group === undefined) draft.groups.set(cell, [m]);
        else group.push(m);
      }
      const terminal = meters.terminal[m] as number;
      if (terminal >= 0 && !nodeOfTerminal.has(terminal)) {
        nodeOfTerminal.set(terminal, node);
        draft.terminals.push(terminal);
      }
    }
  }
  const nodes = finish(drafts, network, policy);
  return {
    nodes,
    cells: findSharedCells(nodes),
    openingsPerSlot: drafts.reduce((sum, { prior }) => sum + prior, 0),
    from: zoneFrom,
    to: zoneTo,
    nodeOfDevice,
    nodeOfMeter,
    nodeOfTerminal,
  };
}

function newDraft(parent: number, from: number, to: number): Draft {
  return {
    parent,
    children: [],
    devices: [],
    prior: 0,
    phases: 0,
    from,
    to,
    groups: new Map(),
    terminals: [],
    meters: [],
  };
}

function finish(drafts: readonly Draft[], network: Network, policy: TrackingPolicy): readonly ZoneNode[] {
  const priorOf = (device: number): number =>
    policy.openPriors[(network.devices[device] as DeviceRecord).kind];
  const below = drafts.map((draft) => ({
    customers: draft.meters.reduce((sum, m) => sum + (network.customers[m] as number), 0),
    smart: [...draft.groups.values()].reduce((sum, group) => sum + group.length, 0),
    cells: draft.groups.size,
    openings: draft.prior,
    end: 0,
    depth: 0,
  }));
  const own = below.map(({ customers }) => customers);
  for (let node = drafts.length - 1; node >= 0; node--) {
    const sums = below[node] as (typeof below)[number];
    sums.end = Math.max(sums.end, node + 1);
    const above = below[(drafts[node] as Draft).parent];
    if (above === undefined) continue;
    above.customers += sums.customers;
    above.smart += sums.smart;
    above.cells += sums.cells;
    above.openings += sums.openings;
    above.end = Math.max(above.end, sums.end);
  }
  for (const [node, { parent }] of drafts.entries())
    if (parent >= 0)
      (below[node] as { depth: number }).depth = (below[parent] as { depth: number }).depth + 1;
  const isReclosingNode = ({ devices }: Draft): boolean =>
    devices.some((device) => isReclosing(network, device));
  // The nearest reclosing device above is what opens for a fault at a node, and only one of those below it is the reason.
  const nestedFactors = new Float64Array(drafts.length).fill(1);
  const protects = new Int32Array(drafts.length);
  for (const [node, { parent }] of drafts.entries()) {
    if (parent < 0) continue;
    protects[node] = isReclosingNode(drafts[parent] as Draft) ? parent : (protects[parent] as number);
    const { openings } = below[protects[node] as number] as (typeof below)[number];
    nestedFactors[node] = Math.max(1, Math.min(policy.nestedFactor, policy.nestedShare / openings));
  }
  return drafts.map((draft, node): ZoneNode => {
    const sums = below[node] as (typeof below)[number];
    return {
      parent: draft.parent,
      children: draft.children,
      devices: draft.devices.toSorted((a, b) => priorOf(b) - priorOf(a) || a - b),
      // Where only one meter hangs below, its service is of the class.
      prior: node === 0 ? 0 : draft.prior + (draft.to - draft.from === 1 ? policy.openPriors.service : 0),
      nestedFactor: nestedFactors[node] as number,
      reclosed: isReclosingNode(draft) ? policy.reclosedByItself : policy.reclosedByHand,
      isThreePhase: draft.phases === 7,
      isTelemetered: draft.devices.some((device) => isTelemetered(network, device)),
      from: draft.from,
      to: draft.to,
      end: sums.end,
      depth: sums.depth,
      groups: [...draft.groups].map(([cell, group]) => ({ cell, meters: group })),
      terminals: draft.terminals,
      meters: draft.meters,
      customers: own[node] as number,
      customersBelow: sums.customers,
      smartBelow: sums.smart,
      cellsBelow: sums.cells,
    };
  });
}
