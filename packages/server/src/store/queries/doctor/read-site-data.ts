import type { Queryable } from '../queryable.ts';

/** How much the registry holds and when each provider was last heard. */
export interface SiteData {
  readonly substations: number;
  readonly feeders: number;
  readonly meters: number;
  /** Active meters whose feeder is known. */
  readonly linkedMeters: number;
  readonly customers: number;
  readonly deadLetters: number;
  readonly unmatchedIdentifiers: number;
  /** Time of receipt of each provider's newest event; null where there is none. */
  readonly lastReceivedAt: {
    readonly scada: Date | null;
    readonly onu: Date | null;
    readonly kaifa: Date | null;
    readonly callCenter: Date | null;
  };
}

/** Counts what is there. */
export async function readSiteData(client: Queryable): Promise<SiteData> {
  const { rows } = await client.query(
    `select (select count(*)::int from network_substations) as substations,
       (select count(*)::int from network_feeders) as feeders,
       m.meters, m.linked,
       (select count(*)::int from oms_customers) as customers,
       (select count(*)::int from oms_dead_letters where status = 'set_aside') as dead_letters,
       (select count(*)::int from oms_unmatched_identifiers where matched_at is null) as unmatched,
       (select received_at from scada_events order by id desc limit 1) as scada,
       (select received_at from onu_events order by id desc limit 1) as onu,
       (select received_at from kaifa_events order by id desc limit 1) as kaifa,
       (select received_at from callcenter_ticket_messages order by id desc limit 1) as call_center
     from (select count(*)::int as meters, count(feeder_id)::int as linked from oms_meters where status = 'active') m`,
  );
  const row = rows[0];
  return {
    substations: row.substations,
    feeders: row.feeders,
    meters: row.meters,
    linkedMeters: row.linked,
    customers: row.customers,
    deadLetters: row.dead_letters,
    unmatchedIdentifiers: row.unmatched,
    lastReceivedAt: { scada: row.scada, onu: row.onu, kaifa: row.kaifa, callCenter: row.call_center },
  };
}
