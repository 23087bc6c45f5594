import type { Instant } from '@lastgasp/engine';
import type { Queryable } from '../queryable.ts';
import { microsOf } from './array-literal.ts';

/** A call of lost supply. */
export interface StandingCall {
  readonly eventAt: Instant;
  readonly receivedAt: Instant;
}

/** The calls of lost supply from each of these meters, as the tickets stand: each ticket's messages of status Registered, else its first. */
export async function readStandingCalls(
  client: Queryable,
  meterKeys: readonly number[],
): Promise<ReadonlyMap<number, readonly StandingCall[]>> {
  const { rows } = await client.query<{ meter: number; event_at: number; received_at: number }>(
    `select t.meter_id::float8 as meter, ${microsOf('c.event_timestamp')} as event_at, ${microsOf('min(c.received_at)')} as received_at
     from callcenter_tickets t
     join callcenter_ticket_messages c on c.ticket_id = t.ticket_id
       and (c.status = 'Registered' or (c.event_timestamp = t.event_timestamp and not exists (
         select from callcenter_ticket_messages r where r.ticket_id = t.ticket_id and r.status = 'Registered')))
     where t.meter_id = any ($1::bigint[]) and t.call_kind = 'no_supply'
     group by t.meter_id, t.id, c.event_timestamp
     order by t.meter_id, c.event_timestamp`,
    [meterKeys],
  );
  const calls = new Map<number, StandingCall[]>();
  for (const { meter, event_at: eventAt, received_at: receivedAt } of rows) {
    const known = calls.get(meter);
    if (known === undefined) calls.set(meter, [{ eventAt, receivedAt }]);
    else known.push({ eventAt, receivedAt });
  }
  return calls;
}
