/** The files of a network bundle, in the order in which they are read and reported. */
export const BUNDLE_FILES = [
  'substations.csv',
  'feeders.csv',
  'devices.csv',
  'distribution_points.csv',
  'customers.csv',
  'meters.csv',
] as const;
export type BundleFile = (typeof BUNDLE_FILES)[number];

/** What a file of the bundle holds: which columns it cannot do without, and which others it may have. */
export interface FileFormat {
  /** False where a bundle without the file is complete. */
  readonly required: boolean;
  /** Columns without which no row could be placed; a file lacking one is refused. */
  readonly keyColumns: readonly string[];
  /** Columns of the format that may be absent; the registry then keeps what it has. */
  readonly otherColumns: readonly string[];
}

/** The network bundle of docs/network-bundle.md; columns may stand in any order. */
export const BUNDLE_FORMAT = {
  'substations.csv': {
    required: true,
    keyColumns: ['substation_id'],
    otherColumns: ['name', 'lat', 'lng', 'region_code', 'voltage_level'],
  },
  'feeders.csv': {
    required: true,
    keyColumns: ['feeder_id', 'substation_id'],
    otherColumns: ['name', 'lat', 'lng', 'capacity_kva'],
  },
  'devices.csv': {
    required: false,
    keyColumns: ['device_id', 'kind', 'feeder_id', 'upstream_id'],
    otherColumns: ['normally_open', 'other_end_id', 'phases', 'lat', 'lng', 'distribution_point_id', 'name'],
  },
  'distribution_points.csv': {
    required: false,
    keyColumns: ['dp_id', 'feeder_id'],
    otherColumns: ['upstream_id', 'name', 'lat', 'lng', 'building_id'],
  },
  'customers.csv': {
    required: false,
    keyColumns: ['customer_id'],
    otherColumns: ['name', 'phone', 'address', 'building_id'],
  },
  'meters.csv': {
    required: true,
    keyColumns: ['meter_number', 'upstream_id', 'feeder_id'],
    otherColumns: [
      'customer_id',
      'building_id',
      'lat',
      'lng',
      'asset_mrid',
      'usage_point_mrid',
      'onu_id',
      'onu_serial_no',
      'customers',
      'priority',
      'phases',
      'cell',
      'meter_type',
    ],
  },
} as const satisfies Record<BundleFile, FileFormat>;

/** Columns whose absence needs no mention: most utilities have no use for them. */
export const RARE_COLUMNS: ReadonlySet<string> = new Set([
  'capacity_kva',
  'normally_open',
  'other_end_id',
  'phases',
  'distribution_point_id',
  'upstream_id',
  'customers',
  'priority',
  'cell',
  'meter_type',
]);
