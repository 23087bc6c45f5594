import type { DeviceKind } from '@lastgasp/model';
import type { BundleFile } from './bundle-format.ts';
import type { DistributionPointRow, FeederRow, Place, SubstationRow } from './network-rows.ts';

/** Stands for "none" wherever a number points into a list of the topology. */
export const NONE = -1;

/** One node of the tree from the substations down. */
export interface TopologyDevice extends Place {
  /** Unique; an implied device has the id of what it stands in for, with `#kind` where that is taken. */
  readonly deviceId: string;
  readonly kind: DeviceKind;
  readonly name: string | null;
  /** Index of its feeder, `NONE` for station equipment. */
  readonly feeder: number;
  /** Index of its substation. */
  readonly substation: number;
  /** Index of the next device towards the source, `NONE` for a substation. */
  readonly upstream: number;
  readonly normallyOpen: boolean;
  /** Index of the device at the other end of a tie, `NONE` for all others. */
  readonly otherEnd: number;
  readonly phases: string | null;
  readonly isFeederHead: boolean;
  /** True where the utility's data has no such device and this one stands in for it. */
  readonly implied: boolean;
  /** True from its feeder's head down; false for station equipment and what is fed from before the head. */
  readonly isBelowHead: boolean;
  /** Index of the topmost normally open device that it is fed through (itself counts), else `NONE`. */
  readonly island: number;
  /** Where it stands in the utility's data; null for an implied device. */
  readonly origin: { readonly file: BundleFile; readonly line: number } | null;
}

/** A distribution point with its place in the network. */
export interface PlacedDistributionPoint {
  readonly row: DistributionPointRow;
  /** Index of its feeder, or `NONE`. */
  readonly feeder: number;
  /** Index of the device that supplies it, or that it is; `NONE` while no meter asks for one. */
  device: number;
}

/** The network as a tree, with indices instead of ids. */
export interface Topology {
  readonly substations: readonly SubstationRow[];
  /** The feeders whose substation is known. */
  readonly feeders: readonly FeederRow[];
  /** Index of the substation of each feeder. */
  readonly substationOfFeeder: readonly number[];
  /** Index of the head device of each feeder. */
  readonly headOfFeeder: readonly number[];
  /** Index of the device that stands for each substation. */
  readonly deviceOfSubstation: readonly number[];
  /** Every device; distribution points that turn out to be devices are added behind while meters are placed. */
  readonly devices: TopologyDevice[];
  readonly distributionPoints: readonly PlacedDistributionPoint[];
  /** The distribution point that a device names, else the only one that leads to it; absent where there is none. */
  readonly distributionPointOfDevice: ReadonlyMap<number, number>;
  readonly deviceById: ReadonlyMap<string, number>;
  readonly distributionPointById: ReadonlyMap<string, number>;
  readonly feederById: ReadonlyMap<string, number>;
  readonly substationById: ReadonlyMap<string, number>;
}
