import type { DeviceKind } from '@lastgasp/model';

/** Where something stands, in WGS 84 degrees; both null where it is not known. */
export interface Place {
  readonly lat: number | null;
  readonly lng: number | null;
}

/** One substation of the utility's data. */
export interface SubstationRow extends Place {
  readonly line: number;
  readonly substationId: string;
  readonly name: string | null;
  readonly regionCode: string | null;
  readonly voltageLevel: string | null;
}

/** One feeder of the utility's data. */
export interface FeederRow extends Place {
  readonly line: number;
  readonly feederId: string;
  readonly substationId: string;
  readonly name: string | null;
  readonly capacityKva: number | null;
}

/** One device of the utility's data; `upstreamId` is empty where the source of the feeder feeds it. */
export interface DeviceRow extends Place {
  readonly line: number;
  readonly deviceId: string;
  readonly kind: DeviceKind;
  /** Empty for station equipment above several feeders. */
  readonly feederId: string;
  readonly upstreamId: string;
  readonly normallyOpen: boolean;
  /** Of a tie what its other end is at: a device, a distribution point or a feeder; empty where that is not told. */
  readonly otherEndId: string;
  readonly phases: string | null;
  readonly distributionPointId: string;
  readonly name: string | null;
}

/** One distribution point of the utility's data. */
export interface DistributionPointRow extends Place {
  readonly line: number;
  readonly dpId: string;
  readonly feederId: string;
  readonly upstreamId: string;
  readonly name: string | null;
  readonly buildingId: string | null;
}

/** One customer of the utility's data. */
export interface CustomerRow {
  readonly line: number;
  readonly customerId: string;
  readonly name: string | null;
  readonly phone: string | null;
  readonly address: string | null;
  readonly buildingId: string | null;
}

/** One meter of the utility's data. */
export interface MeterRow extends Place {
  readonly line: number;
  readonly meterNumber: string;
  /** A device or a distribution point; empty where it is not known. */
  readonly upstreamId: string;
  readonly feederId: string;
  readonly customerId: string | null;
  readonly buildingId: string | null;
  readonly assetMrid: string | null;
  readonly usagePointMrid: string | null;
  /** Decimal digits: ONU numbers can be larger than a JavaScript number holds. */
  readonly onuId: string | null;
  readonly onuSerialNo: string | null;
  /** Customers it stands for; 1 unless told. */
  readonly customers: number;
  /** 1 critical to 4 low; 4 unless told. */
  readonly priority: number;
  readonly phases: string | null;
  readonly cell: string | null;
  readonly meterType: string | null;
}

/** The tables of a network that fit in memory; meters and customers are streamed. */
export interface NetworkTables {
  readonly substations: readonly SubstationRow[];
  readonly feeders: readonly FeederRow[];
  /** Null where the utility has no device data: its distribution points, feeders and substations are the levels. */
  readonly devices: readonly DeviceRow[] | null;
  readonly distributionPoints: readonly DistributionPointRow[];
}
