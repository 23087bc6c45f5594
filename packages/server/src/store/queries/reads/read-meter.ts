import type { MeterState } from '@lastgasp/model';
import { maskAddress, maskName, maskPhone } from '../../../mask-personal-data.ts';
import type { Queryable } from '../queryable.ts';
import type { AsOf } from './as-of.ts';
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
  fed_feeder_code: string | null;
  fed_substation_code: string | null;
  fed_through: string | null;
  fed_since: Date | null;
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
export async function readMeter(
  database: Queryable,
  meterNumber: string,
  asOf?: AsOf | undefined,
): Promise<MeterState | null> {
  const { rows } = await database.query<MeterRow>(
    `select m.*, o.event_id as outage_code, o.status as outage_status,
       c.name as customer_name, c.phone as customer_phone, c.address as customer_address
     from oms_meters_with_topology m
     left join oms_outage_events o on o.id = m.outage_event_id
     left join oms_customers c on c.id = m.customer_id
     where m.meter_number = $1`,
    [meterNumber],
  );
  const [row] = rows;
  if (row === undefined) return null;
  return toMeterState(
    asOf === undefined ? row : { ...row, ...(await readPastStates(database, meterNumber, asOf)) },
  );
}

type PastStates = Pick<
  MeterRow,
  | 'power_status'
  | 'last_power_change'
  | 'inferred_power_status'
  | 'communication_status'
  | 'last_communication'
  | 'last_status_change'
  | 'outage_code'
  | 'outage_status'
>;

/** Condition that change `c` is about the meter; the span is what an index finds. */
const IS_OF_METER = 'c.meter_span @> meter.id and meter.id = any (c.meter_ids)';

/** The outage that a meter was held to be out in at `$2`, by decisions made until then. */
const OUTAGE_LEARNT_BY = `
  select o.event_id, o.status
  from (
    select distinct on (c.outage_event_id) c.outage_event_id, c.is_member, c.out_until
    from oms_outage_meter_changes c
    where ${IS_OF_METER} and c.decided_at <= $2
    order by c.outage_event_id, c.id desc
  ) c
  join oms_outages_learnt_by($2) o on o.id = c.outage_event_id
  where c.is_member and c.out_until is null and oms_is_open(o.status)
  limit 1`;

/** The outage that it was out in at `$2`, as far as is known today. */
const OUTAGE_AT = `
  select o.event_id, o.status
  from oms_outage_meters m
  join oms_outages_at($2) o on o.id = m.outage_event_id
  where m.meter_id = meter.id and m.out_from <= $2 and (m.out_until is null or m.out_until > $2)
    and m.outage_event_id in (select c.outage_event_id from oms_outage_meter_changes c where ${IS_OF_METER})
  order by m.out_from desc
  limit 1`;

/**
 * What a meter had reported, and was held to be, at an instant. Of all reports that count the newest by event time tells each state;
 * it holds since the first such report after the last opposite one.
 */
async function readPastStates(
  database: Queryable,
  meterNumber: string,
  { at, by }: AsOf,
): Promise<PastStates> {
  const stateOf = (good: string, bad: string, kinds: string): string => `
    select s.state, s.at,
      (select min(r.event_at) from report r where r.kind in (${kinds}) and (r.kind in ('power_on', 'heard')) = s.is_good
        and r.event_at > coalesce((select max(p.event_at) from report p
          where p.kind in (${kinds}) and (p.kind in ('power_on', 'heard')) <> s.is_good and (p.event_at, p.rank) < (s.at, s.rank)), '-infinity')
      ) as since
    from (
      select r.kind in ('power_on', 'heard') as is_good, r.event_at as at, r.rank,
        case when r.kind in ('power_on', 'heard') then '${good}' else '${bad}' end as state
      from report r where r.kind in (${kinds})
      order by r.event_at desc, r.rank desc
      limit 1
    ) s`;
  const { rows } = await database.query<PastStates>(
    `with meter as (
       select id from oms_meters where meter_number = $1
     ), report as materialized (
       select e.kind, e.event_at, oms_report_rank(e.source_type, e.kind) as rank
       from oms_evidence e
       join meter on e.meter_id = meter.id
       where e.kind in ('power_on', 'power_off', 'heard', 'not_heard') and not e.clock_suspect
         and ${by === 'learnt' ? 'e.received_at' : 'e.event_at'} <= $2
     )
     select coalesce(power.state, 'unknown') as power_status, power.since as last_power_change,
       coalesce(word.state, 'unknown') as communication_status, word.at as last_communication, word.since as last_status_change,
       outage.event_id as outage_code, outage.status as outage_status,
       case when outage.event_id is not null then 'off' end as inferred_power_status
     from meter
     left join lateral (${stateOf('on', 'off', "'power_on', 'power_off'")}) power on true
     left join lateral (${stateOf('online', 'offline', "'power_on', 'power_off', 'heard', 'not_heard'")}) word on true
     left join lateral (${by === 'learnt' ? OUTAGE_LEARNT_BY : OUTAGE_AT}) outage on true`,
    [meterNumber, at],
  );
  return rows[0] as PastStates;
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
    fedBy:
      row.fed_through === null
        ? null
        : {
            feederId: row.fed_feeder_code,
            substationId: row.fed_substation_code,
            tieId: row.fed_through,
            sinceAt: toInstant(row.fed_since),
          },
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
