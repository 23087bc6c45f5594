import type { DeviceKind } from '@lastgasp/model';

/** A place in WGS 84 degrees; null where the utility does not know it. */
interface MaybePlaced {
  readonly lat: number | null;
  readonly lng: number | null;
}

export interface BundleSubstation extends MaybePlaced {
  readonly substation_id: string;
  readonly name: string;
  readonly region_code: string;
  readonly voltage_level: string;
}

export interface BundleFeeder extends MaybePlaced {
  readonly feeder_id: string;
  readonly substation_id: string;
  readonly name: string;
}

export interface BundleDevice extends MaybePlaced {
  readonly device_id: string;
  readonly kind: DeviceKind;
  /** Null for station equipment above several feeders. */
  readonly feeder_id: string | null;
  /** Null where the source of the feeder feeds it. */
  readonly upstream_id: string | null;
  readonly normally_open: boolean;
  readonly phases: string;
  readonly distribution_point_id: string | null;
  readonly name: string | null;
}

export interface BundleDistributionPoint extends MaybePlaced {
  readonly dp_id: string;
  readonly feeder_id: string;
  readonly upstream_id: string | null;
  readonly name: string;
  readonly building_id: string | null;
}

export interface BundleCustomer {
  readonly customer_id: string;
  readonly name: string;
  readonly phone: string;
  readonly address: string;
  readonly building_id: string;
}

export interface BundleMeter extends MaybePlaced {
  readonly meter_number: string;
  readonly upstream_id: string;
  readonly feeder_id: string;
  readonly customer_id: string;
  readonly building_id: string;
  readonly asset_mrid: string | null;
  readonly usage_point_mrid: string | null;
  readonly onu_id: number | null;
  readonly onu_serial_no: string | null;
  readonly customers: number;
  readonly priority: number;
  readonly phases: string;
  readonly cell: string;
  readonly meter_type: string;
}

/**
 * A network as its CSV files have it, column by column. Customers and meters are made anew at each call, so
 * that a million of them need not fit in memory.
 */
export interface NetworkBundle {
  readonly substations: readonly BundleSubstation[];
  readonly feeders: readonly BundleFeeder[];
  readonly devices: readonly BundleDevice[];
  readonly distributionPoints: readonly BundleDistributionPoint[];
  readonly customers: () => Iterable<BundleCustomer>;
  readonly meters: () => Iterable<BundleMeter>;
}
