import type {
  CustomerRow,
  DeviceRow,
  DistributionPointRow,
  FeederRow,
  MeterRow,
  SubstationRow,
} from './network-rows.ts';
import type { RowReader } from './row-reader.ts';

/** How one row of a file becomes a record: the column of its id, and its other fields. */
export interface RecordFormat<T> {
  readonly idColumn: string;
  readonly read: (row: RowReader, id: string) => T;
}

export const SUBSTATION_RECORD: RecordFormat<SubstationRow> = {
  idColumn: 'substation_id',
  read: (row, substationId) => ({
    line: row.line,
    substationId,
    name: row.text('name'),
    ...row.place(),
    regionCode: row.idOrNull('region_code'),
    voltageLevel: row.idOrNull('voltage_level'),
  }),
};

export const FEEDER_RECORD: RecordFormat<FeederRow> = {
  idColumn: 'feeder_id',
  read: (row, feederId) => ({
    line: row.line,
    feederId,
    substationId: row.id('substation_id'),
    name: row.text('name'),
    ...row.place(),
    capacityKva: row.amount('capacity_kva'),
  }),
};

export const DEVICE_RECORD: RecordFormat<DeviceRow> = {
  idColumn: 'device_id',
  read: (row, deviceId) => ({
    line: row.line,
    deviceId,
    kind: row.kind('kind'),
    feederId: row.id('feeder_id'),
    upstreamId: row.id('upstream_id'),
    normallyOpen: row.flag('normally_open'),
    otherEndId: row.id('other_end_id'),
    phases: row.idOrNull('phases'),
    ...row.place(),
    distributionPointId: row.id('distribution_point_id'),
    name: row.text('name'),
  }),
};

export const DISTRIBUTION_POINT_RECORD: RecordFormat<DistributionPointRow> = {
  idColumn: 'dp_id',
  read: (row, dpId) => ({
    line: row.line,
    dpId,
    feederId: row.id('feeder_id'),
    upstreamId: row.id('upstream_id'),
    name: row.text('name'),
    ...row.place(),
    buildingId: row.idOrNull('building_id'),
  }),
};

export const CUSTOMER_RECORD: RecordFormat<CustomerRow> = {
  idColumn: 'customer_id',
  read: (row, customerId) => ({
    line: row.line,
    customerId,
    name: row.text('name'),
    phone: row.text('phone'),
    address: row.text('address'),
    buildingId: row.idOrNull('building_id'),
  }),
};

export const METER_RECORD: RecordFormat<MeterRow> = {
  idColumn: 'meter_number',
  read: (row, meterNumber) => ({
    line: row.line,
    meterNumber,
    upstreamId: row.id('upstream_id'),
    feederId: row.id('feeder_id'),
    customerId: row.idOrNull('customer_id'),
    buildingId: row.idOrNull('building_id'),
    ...row.place(),
    assetMrid: row.idOrNull('asset_mrid'),
    usagePointMrid: row.idOrNull('usage_point_mrid'),
    onuId: row.onuId('onu_id'),
    onuSerialNo: row.idOrNull('onu_serial_no'),
    customers: row.integer('customers', 0, 1_000_000, 1),
    priority: row.integer('priority', 1, 4, 4),
    phases: row.idOrNull('phases'),
    cell: row.idOrNull('cell'),
    meterType: row.idOrNull('meter_type'),
  }),
};
