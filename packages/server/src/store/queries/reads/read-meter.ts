import type { MeterState } from '@lastgasp/model';
import { maskAddress, maskName, maskPhone } from '../../../mask-personal-data.ts';
import type { Queryable } from '../queryable.ts';
import { named, toInstant, toPlace } from './outage-row.ts';

interface MeterRow {
  meter_number: string;
  meter_type: string | null;
  status: string;
  power_status: MeterState['powerStatus'];
  last_power_change: Date | null;
  inferred_power_status: MeterState['inferredPowerStatus'];
  communication_status: MeterState['communicationStatus'];
  last_communication: Date | null;
  last_status_change: Date | null;
  outage_code: string | null;
  outage_status: string | null;
  customers: number;
  priority: number;
  substation_code: string | null;
  substation_name: string | null;
  feeder_code: string | null;
  feeder_name: string | null;
  dp_code: string | null;
  dp_name: string | null;
  device_code: string | null;
  device_kind: string | null;
  link_source: string;
  building_id: string | null;
  asset_mrid: string | null;
  usage_point_mrid: string | null;
  onu_id: string | null;
  onu_serial_no: string | null;
  location_lat: number | null;
  location_lng: number | null;
  customer_code: string | null;
  customer_name: string | null;
  customer_phone: string | null;
  customer_address: string | null;
}

/** The meter with this number, its customer's data masked, or null. */
export async function readMeter(database: Queryable, meterNumber: string): Promise<MeterState | null> {
  const { rows } = await database.query<MeterRow>(
    `select m.*, o.event_id as outage_code, o.status as outage_status,
       c.name as customer_name, c.phone as customer_phone, c.address as customer_address
     from oms_meters_with_topology m
     left join oms_outage_events o on o.id = m.outage_event_id
     left join oms_customers c on c.id = m.customer_id
     where m.meter_number = $1`,
    [meterNumber],
  );
  return rows[0] === undefined ? null : toMeterState(rows[0]);
}

function toMeterState(row: MeterRow): MeterState {
  return {
    meterNumber: row.meter_number,
    meterType: row.meter_type,
    status: row.status,
    powerStatus: row.power_status,
    lastPowerChangeAt: toInstant(row.last_power_change),
    inferredPowerStatus: row.inferred_power_status,
    communicationStatus: row.communication_status,
    lastCommunicationAt: toInstant(row.last_communication),
    lastStatusChangeAt: toInstant(row.last_status_change),
    outage:
      row.outage_code === null || row.outage_status === null
        ? null
        : { id: row.outage_code, status: row.outage_status },
    customers: row.customers,
    priority: row.priority,
    substation: named(row.substation_code, row.substation_name),
    feeder: named(row.feeder_code, row.feeder_name),
    distributionPoint: named(row.dp_code, row.dp_name),
    device:
      row.device_code === null || row.device_kind === null
        ? null
        : { id: row.device_code, kind: row.device_kind },
    linkSource: row.link_source,
    buildingId: row.building_id,
    assetMrid: row.asset_mrid,
    usagePointMrid: row.usage_point_mrid,
    onuId: row.onu_id === null ? null : Number(row.onu_id),
    onuSerialNo: row.onu_serial_no,
    location: toPlace(row.location_lat, row.location_lng),
    customer:
      row.customer_code === null
        ? null
        : {
            id: row.customer_code,
            name: maskName(row.customer_name),
            phone: maskPhone(row.customer_phone),
            address: maskAddress(row.customer_address),
          },
  };
}
