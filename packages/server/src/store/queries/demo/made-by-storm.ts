/** How events of the demo's storm are told from those of others. */
export interface StormMark {
  /** The source that its SCADA alarms name. */
  readonly scadaSource: string;
  /** What the ids of its ONU and KAIFA events begin with; letters, digits and hyphens. */
  readonly eventPrefix: string;
  /** What the ids of its tickets begin with; letters, digits and hyphens. */
  readonly ticketPrefix: string;
}

/** The values of the parameters $1 to $3 that the conditions below read. */
export const stormParameters = (mark: StormMark): string[] => [
  mark.scadaSource,
  mark.eventPrefix,
  mark.ticketPrefix,
];

/** A condition: the event that the columns `source_type` and `source_event_id` (text) of `row` name is the storm's. */
export function isMadeByStorm(row: string): string {
  const key = `case when ${row}.source_event_id ~ '^[0-9]{1,18}$' then ${row}.source_event_id::bigint end`;
  return `(case ${row}.source_type
    when 'scada' then exists (select from scada_events e where e.id = ${key} and e.source = $1)
    when 'onu' then exists (select from onu_events e where e.id = ${key} and starts_with(e.event_id, $2))
    when 'kaifa' then exists (select from kaifa_events e where e.id = ${key} and starts_with(e.event_mrid, $2))
    when 'call_center' then exists (select from callcenter_tickets e where e.id = ${key} and starts_with(e.ticket_id, $3))
    else false end)`;
}

/** A condition: the open outage `outage` was made by the storm, and no other SCADA says that its supply is gone. */
export function isOutageOfStorm(outage: string): string {
  return `(exists (
      select from scada_events e where e.outage_event_id = ${outage}.id and e.source = $1
      union all
      select from oms_event_sources s where s.outage_event_id = ${outage}.id and ${isMadeByStorm('s')})
    and not exists (
      select from scada_events e where e.outage_event_id = ${outage}.id and e.source is distinct from $1
        and e.signal in ('switch_open', 'voltage_lost'))
    and not exists (
      select from oms_event_sources s
      join scada_events e on e.id = case when s.source_event_id ~ '^[0-9]{1,18}$' then s.source_event_id::bigint end
      where s.outage_event_id = ${outage}.id and s.source_type = 'scada' and e.source is distinct from $1
        and e.signal in ('switch_open', 'voltage_lost')))`;
}

/** A condition: somebody's event speaks for the outage `outage`. */
export function hasSource(outage: string): string {
  return `(exists (select from scada_events e where e.outage_event_id = ${outage}.id)
    or exists (select from oms_event_sources s where s.outage_event_id = ${outage}.id))`;
}

/** A condition: the report that the supply of the meter `meter` went, which still holds, is the storm's. */
export function isGaspOfStorm(meter: string): string {
  return `(select ${isMadeByStorm('last')} from (
      select r.source_type, r.source_event_id from oms_meter_status_events r
      where r.meter_id = ${meter}.id and r.applied and r.event_type in ('power_on', 'power_off')
      order by r.event_timestamp desc, r.id desc limit 1) last)`;
}
