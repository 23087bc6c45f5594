import type { TicketState } from '@lastgasp/model';
import type { Queryable } from '../queryable.ts';
import { toInstant } from './outage-row.ts';

type TicketOutage = NonNullable<TicketState['outage']>;

interface TicketRow {
  ticket_id: string;
  intake_id: string;
  oms_event_id: string;
  status: string;
  event_timestamp: Date;
  status_changed_at: Date;
  outage_code: string | null;
  outage_status: TicketOutage['status'];
  started_at: Date;
  estimated_restoration_time: Date | null;
  actual_restoration_time: Date | null;
  root_cause: string | null;
  affected_customers_count: number;
  customers_out_now: number;
}

// The ticket's own tracking id, or one that a sender gave it in a later message.
const BY_TRACKING_ID = `t.oms_event_id = $1
         or t.ticket_id = (select m.ticket_id from callcenter_ticket_messages m where m.oms_event_id = $1 order by m.id limit 1)`;

/** What a ticket is asked for by. */
export type TicketReference = { readonly ticketId: string } | { readonly omsEventId: string };

/**
 * A ticket and the outage it belongs to, or null where there is no such ticket. The outage is the one it
 * was filed under, else the one its meter is out with now, followed to whatever took that outage's place.
 */
export async function readTicketState(
  database: Queryable,
  reference: TicketReference,
): Promise<TicketState | null> {
  const byTicket = 'ticketId' in reference;
  const { rows } = await database.query<TicketRow>(
    `with recursive ticket as (
       select t.*, coalesce(t.outage_event_id,
         (select m.outage_event_id from oms_outage_meters m
           where m.meter_id = t.meter_id and m.out_until is null and t.status <> 'Restored')) as belongs_to
       from callcenter_tickets t
       where ${byTicket ? 't.ticket_id = $1' : BY_TRACKING_ID}
     ), lineage as (
       select o.id, o.replaced_by, 0 as depth from oms_outage_events o join ticket t on t.belongs_to = o.id
       union all
       select o.id, o.replaced_by, l.depth + 1 from oms_outage_events o join lineage l on l.replaced_by = o.id
       where l.depth < 100
     )
     select t.ticket_id, t.intake_id, t.oms_event_id, t.status, t.event_timestamp, t.status_changed_at,
       o.event_id as outage_code, o.status as outage_status, o.started_at, o.estimated_restoration_time,
       o.actual_restoration_time, o.root_cause, o.affected_customers_count,
       (select coalesce(sum(m.customers), 0)::integer from oms_outage_meters m
         where m.outage_event_id = o.id and m.out_until is null) as customers_out_now
     from ticket t
     left join oms_outage_events o on o.id = (select l.id from lineage l order by l.depth desc limit 1)`,
    [byTicket ? reference.ticketId : reference.omsEventId],
  );
  return rows[0] === undefined ? null : toTicketState(rows[0]);
}

function toTicketState(row: TicketRow): TicketState {
  return {
    ticketId: row.ticket_id,
    intakeId: row.intake_id,
    omsEventId: row.oms_event_id,
    status: row.status,
    calledAt: row.event_timestamp.toISOString(),
    statusChangedAt: row.status_changed_at.toISOString(),
    outage:
      row.outage_code === null
        ? null
        : {
            id: row.outage_code,
            status: row.outage_status,
            startedAt: row.started_at.toISOString(),
            estimatedRestorationAt: toInstant(row.estimated_restoration_time),
            endedAt: toInstant(row.actual_restoration_time),
            cause: row.root_cause,
            customersOut: row.affected_customers_count,
            customersOutNow: row.customers_out_now,
          },
  };
}
