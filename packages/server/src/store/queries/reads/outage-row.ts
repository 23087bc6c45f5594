import type { OutageSummary, SourceCounts } from '@lastgasp/model';
import type { AsOf } from './as-of.ts';

/** One row of `OUTAGE_SELECT`. */
export interface OutageRow {
  id: string;
  event_id: string;
  revision: string;
  event_type: string;
  status: OutageSummary['status'];
  severity: OutageSummary['severity'];
  confidence_score: string;
  affected_customers_count: number;
  customers_out_now: number;
  device_code: string;
  device_kind: string;
  device_name: string | null;
  service_meter: string | null;
  customers_low: number | null;
  customers_high: number | null;
  unverified_customers: number;
  planned: boolean;
  substation_code: string | null;
  substation_name: string | null;
  feeder_code: string | null;
  feeder_name: string | null;
  dp_code: string | null;
  dp_name: string | null;
  sources: Partial<SourceCounts> | null;
  started_at: Date;
  first_detected_at: Date;
  last_updated_at: Date;
  actual_restoration_time: Date | null;
  estimated_restoration_time: Date | null;
  momentary: boolean;
  root_cause: string | null;
  description: string | null;
  event_latitude: number | null;
  event_longitude: number | null;
  replaced_by: string | null;
}

/** Where the rows of a summary come from. */
interface OutageRelation {
  readonly outages: string;
  readonly customersOutNow: string;
  /** Conditions on its timeline entries `t` and on the provider events `x` that speak for it. */
  readonly entries: string;
  readonly events: string;
}

/** Everything that a summary shows, for outages `o` that a `where`, `order by` and `limit` choose. */
export const OUTAGE_SELECT = selectOutages({
  outages: 'oms_outage_events',
  customersOutNow: `(select coalesce(sum(m.customers), 0)::integer from oms_outage_meters m
      where m.outage_event_id = o.id and m.out_until is null)`,
  entries: '',
  events: '',
});

/** The same as of an instant in the past, which `bind` makes a parameter of the statement. */
export function selectOutagesAsOf({ at, by }: AsOf, bind: (value: unknown) => string): string {
  const instant = `${bind(at)}::timestamptz`;
  const isLearnt = by === 'learnt';
  return selectOutages({
    outages: `${isLearnt ? 'oms_outages_learnt_by' : 'oms_outages_at'}(${instant})`,
    customersOutNow: 'o.customers_out_now',
    entries: isLearnt ? `and t."timestamp" <= ${instant}` : '',
    events: `and ${isLearnt ? 'x.detected_at' : 'x.event_timestamp'} <= ${instant}`,
  });
}

function selectOutages({ outages, customersOutNow, entries, events }: OutageRelation): string {
  return `
  select o.id, o.event_id, o.event_type, o.status, o.severity, o.confidence_score, o.affected_customers_count,
    (select coalesce(max(t.id), 0) from oms_event_timeline t where t.outage_event_id = o.id ${entries}) as revision,
    ${customersOutNow} as customers_out_now,
    (select jsonb_object_agg(e.source_type, e.events) from (
      select x.source_type, count(*) as events from oms_event_sources x
      where x.outage_event_id = o.id ${events} group by x.source_type) e) as sources,
    d.device_id as device_code, d.kind as device_kind, d.name as device_name,
    v.meter_number as service_meter, o.customers_low, o.customers_high, o.unverified_customers, o.planned,
    s.substation_id as substation_code, s.name as substation_name,
    f.feeder_id as feeder_code, f.name as feeder_name,
    p.dp_id as dp_code, p.name as dp_name,
    o.started_at, o.first_detected_at, o.last_updated_at, o.actual_restoration_time, o.estimated_restoration_time,
    o.momentary, o.root_cause, o.description, o.event_latitude, o.event_longitude, r.event_id as replaced_by
  from ${outages} o
  join network_devices d on d.id = o.device_id
  left join oms_meters v on v.id = o.meter_id
  left join network_substations s on s.id = o.substation_id
  left join network_feeders f on f.id = o.feeder_id
  left join network_distribution_points p on p.id = o.dp_id
  left join oms_outage_events r on r.id = o.replaced_by`;
}

/** A row of an outage in the words of the wire. */
export function toOutageSummary(row: OutageRow): OutageSummary {
  return {
    id: row.event_id,
    number: Number(row.id),
    revision: Number(row.revision),
    type: row.event_type,
    status: row.status,
    severity: row.severity,
    confidence: Number(row.confidence_score),
    device: { id: row.device_code, kind: row.device_kind, name: row.device_name },
    service: row.service_meter,
    substation: named(row.substation_code, row.substation_name),
    feeder: named(row.feeder_code, row.feeder_name),
    distributionPoint: named(row.dp_code, row.dp_name),
    customersOut: row.affected_customers_count,
    customersOutInterval:
      row.customers_low === null || row.customers_high === null
        ? null
        : { low: row.customers_low, high: row.customers_high },
    customersOutNow: row.customers_out_now,
    unverifiedCustomers: row.unverified_customers,
    planned: row.planned,
    sources: {
      scada: row.sources?.scada ?? 0,
      onu: row.sources?.onu ?? 0,
      kaifa: row.sources?.kaifa ?? 0,
      call_center: row.sources?.call_center ?? 0,
    },
    startedAt: row.started_at.toISOString(),
    detectedAt: row.first_detected_at.toISOString(),
    updatedAt: row.last_updated_at.toISOString(),
    endedAt: toInstant(row.actual_restoration_time),
    estimatedRestorationAt: toInstant(row.estimated_restoration_time),
    momentary: row.momentary,
    cause: row.root_cause,
    description: row.description,
    location: toPlace(row.event_latitude, row.event_longitude),
    replacedBy: row.replaced_by,
  };
}

/** A stored instant as the wire says it. */
export function toInstant(at: Date | null): string | null {
  return at === null ? null : at.toISOString();
}

/** A place where both coordinates are known. */
export function toPlace(lat: number | null, lng: number | null): { lat: number; lng: number } | null {
  return lat === null || lng === null ? null : { lat, lng };
}

/** A part of the network where one is known. */
export function named(id: string | null, name: string | null): { id: string; name: string | null } | null {
  return id === null ? null : { id, name };
}
