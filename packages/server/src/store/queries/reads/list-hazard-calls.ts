import type { HazardCall } from '@lastgasp/model';
import { maskAddress, maskNumbersInText, maskPhone } from '../../../mask-personal-data.ts';
import type { Queryable } from '../queryable.ts';

interface HazardCallRow {
  ticket_id: string;
  status: string;
  call_kind: HazardCall['kind'];
  event_timestamp: Date;
  received_at: Date;
  meter_number: string | null;
  phone: string | null;
  address: string | null;
  notes: string | null;
  substation_name: string | null;
  feeder_name: string | null;
  outage_code: string | null;
}

/** Which calls are wanted. */
export interface HazardCallFilter {
  readonly limit: number;
  /** Only those that report a danger, or only those with partial supply; both unless told. */
  readonly kind?: HazardCall['kind'] | undefined;
}

/** Calls not yet dealt with that report a danger, then those with partial supply, newest first, caller masked. */
export async function listHazardCalls(
  database: Queryable,
  { limit, kind }: HazardCallFilter,
): Promise<HazardCall[]> {
  const { rows } = await database.query<HazardCallRow>(
    `select h.ticket_id, h.status, h.call_kind, h.event_timestamp, h.meter_number, h.notes, h.substation_name,
       h.feeder_name, h.outage_code, t.phone, t.address, t.received_at
     from oms_hazard_calls h
     join callcenter_tickets t on t.id = h.id
     where $2::text is null or h.call_kind = $2
     order by h.call_kind = 'hazard' desc, h.event_timestamp desc, h.id desc
     limit $1`,
    [limit, kind ?? null],
  );
  return rows.map((row) => ({
    ticketId: row.ticket_id,
    status: row.status,
    kind: row.call_kind,
    calledAt: row.event_timestamp.toISOString(),
    receivedAt: row.received_at.toISOString(),
    meterNumber: row.meter_number,
    phone: maskPhone(row.phone),
    address: maskAddress(row.address),
    notes: maskNumbersInText(row.notes),
    substation: row.substation_name,
    feeder: row.feeder_name,
    outageId: row.outage_code,
  }));
}
